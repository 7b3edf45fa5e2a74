#include "linnet/tasks/huber_entries.hpp"

#include "linnet/error.hpp"

namespace linnet {

HuberEntries::HuberEntries(Matrix target, std::optional<Matrix> weights, double threshold)
    : target_(weights ? with_zeros_unseen(target, *weights, "task.weights") : std::move(target)),
      weights_(std::move(weights)),
      huber_{require_positive(threshold, "task.huber")} {
  require_entries(target_, "task.target");
  if (weights_) require_weights(*weights_);
  count_ = weights_ ? weights_->sum() : static_cast<double>(target_.size());
}

HuberEntries::HuberEntries(Parts parts)
    : HuberEntries(std::move(parts.matrices.at(0)),
                   parts.matrices.size() > 1 ? std::optional<Matrix>(std::move(parts.matrices[1])) : std::nullopt,
                   parts.numbers.at(0)) {}

CostFunction::Parts HuberEntries::parts() const {
  Parts parts{.kind = kind, .matrices = {target_}, .numbers = {huber_.threshold}};
  if (weights_) parts.matrices.push_back(*weights_);
  return parts;
}

std::string HuberEntries::words() const {
  return std::string("C = sum ") + (weights_ ? "W * " : "") + "rho(A - Y), rho(r) = r^2 / 2 up to " +
         format_number(huber_.threshold) + ", linear beyond; errors are means over the entries, 2C / " +
         (weights_ ? "sum W" : "entries");
}

void HuberEntries::evaluate(const Matrix& a, Residual& at) const {
  at.difference.noalias() = a - target_;
  at.gradient = at.difference.unaryExpr([this](double r) { return huber_.slope(r); });
  at.seen = at.difference.unaryExpr([this](double r) { return huber_.value(r); });
  if (weights_) {
    at.gradient.array() *= weights_->array();
    at.seen.array() *= weights_->array();
  }
  at.cost = at.seen.sum();
}

void HuberEntries::curvature(const Residual& at, const Matrix& d, Room& /*room*/, Matrix& out) const {
  out = at.difference.binaryExpr(d, [this](double r, double v) { return huber_.curvature(r) * v; });
  if (weights_) out.array() *= weights_->array();
}

}  // namespace linnet
