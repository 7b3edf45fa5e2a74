#include "linnet/tasks/cost.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

void require_data(const Matrix& m, const char* field) {
  if (m.size() == 0) {
    bad_input({.field = field, .expected = "a matrix with entries", .got = format_shape(m.rows(), m.cols())});
  }
  if (!m.allFinite()) {
    bad_input({.field = field, .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
}

}  // namespace

Cost::Cost(Matrix target) : target_(std::move(target)), count_(static_cast<double>(target_.size())) {
  require_data(target_, "task.target");
}

Cost Cost::full_matrix(Matrix target) { return Cost(std::move(target)); }

Cost Cost::masked(Matrix target, Matrix mask) {
  if (mask.rows() != target.rows() || mask.cols() != target.cols()) {
    bad_input({.field = "task.mask",
               .expected = format_shape(target.rows(), target.cols()) + ", the shape of the target",
               .got = format_shape(mask.rows(), mask.cols())});
  }
  // The unseen entries of a target are often unknown and stored as nan; they never enter the cost.
  target = (mask.array() == 0.0).select(target.unaryExpr([](double y) { return std::isfinite(y) ? y : 0.0; }), target);
  Cost cost(std::move(target));
  if (!((mask.array() == 0.0) || (mask.array() == 1.0)).all()) {
    bad_input({.field = "task.mask", .expected = "entries 0 (unseen) or 1 (seen)", .got = "another value"});
  }
  cost.count_ = mask.sum();
  if (cost.count_ == 0) {
    bad_input({.field = "task.mask",
               .expected = "at least one seen entry (1)",
               .got = "none",
               .hint = "a mask holds 1 where an entry of the target is seen"});
  }
  cost.mask_ = std::move(mask);
  cost.white_variance_.reset();
  return cost;
}

Cost Cost::regression(const Matrix& inputs, const Matrix& targets, bool whiten) {
  require_data(inputs, "task.inputs");
  require_data(targets, "task.targets");
  if (inputs.rows() != targets.rows()) {
    bad_input({.field = "task.targets",
               .expected = std::to_string(inputs.rows()) + " rows, one a sample as in the inputs",
               .got = std::to_string(targets.rows()),
               .hint = "data sets are samples in rows"});
  }
  const auto samples = static_cast<double>(inputs.rows());
  // X = Uᵀ… in samples-in-rows form: inputs/√P = u s vᵀ, so Σ_xx = v s² vᵀ and Σ_yx = (targets/√P)ᵀ u s vᵀ.
  const linalg::Svd d = linalg::svd(inputs / std::sqrt(samples));
  const Matrix scaled_targets = targets / std::sqrt(samples);
  const Matrix scores = linalg::product(scaled_targets.transpose(), d.u);  // Σ_yx v s⁻¹
  const double largest = d.s(0);
  const double cutoff =
      largest * std::numeric_limits<double>::epsilon() * static_cast<double>(std::max(inputs.rows(), inputs.cols()));
  const auto rank = static_cast<Index>((d.s.array() > cutoff).count());
  const bool singular = rank < inputs.cols();
  const double condition = singular ? std::numeric_limits<double>::infinity() : std::pow(largest / d.s(rank - 1), 2);
  if (whiten && singular) {
    bad_input({.field = "task.whiten",
               .expected = "inputs of full column rank " + std::to_string(inputs.cols()),
               .got = "rank " + std::to_string(rank),
               .hint = "drop dependent input columns, add samples, or train without whitening"});
  }
  const Matrix v = d.v.leftCols(rank);
  const Matrix scores_used = scores.leftCols(rank);
  const Vector scale = whiten ? Vector::Ones(rank) : Vector(d.s.head(rank).cwiseInverse());
  Cost cost(linalg::product((scores_used * scale.asDiagonal()).eval(), v.transpose()));
  if (!whiten) {
    cost.covariance_ = linalg::product((v * d.s.head(rank).cwiseAbs2().asDiagonal()).eval(), v.transpose());
    cost.root_ = v * d.s.head(rank).asDiagonal();
    cost.white_variance_.reset();
    if (condition < 1 + white_to) cost.white_variance_ = d.s.squaredNorm() / static_cast<double>(inputs.cols());
  }
  const Matrix u = d.u.leftCols(rank);
  Samples kept{.inputs = inputs.transpose(), .targets = targets.transpose()};
  if (whiten) linalg::multiply(std::sqrt(samples), v, u.transpose(), 0.0, kept.inputs);
  cost.samples_ = std::make_shared<const Samples>(std::move(kept));
  cost.least_ = 0.5 * (scaled_targets - linalg::product(u, scores_used.transpose())).squaredNorm();
  cost.count_ = static_cast<double>(targets.cols());
  cost.condition_ = condition;
  return cost;
}

Cost Cost::with_targets(Matrix target, Matrix samples_targets) const {
  Cost other = *this;
  other.target_ = std::move(target);
  if (samples_) {
    other.samples_ =
        std::make_shared<const Samples>(Samples{.inputs = samples_->inputs, .targets = std::move(samples_targets)});
  }
  return other;
}

void Cost::evaluate(const Matrix& a, Residual& at) const {
  if (covariance_) {
    at.difference.noalias() = a - target_;
    linalg::multiply(at.difference, *covariance_, at.gradient);
    // Not ⟨A − Y, ∇C⟩: the part of A − Y along inputs that no sample has may be large, and its rounding would exceed a
    // small cost.
    linalg::multiply(at.difference, root_, at.seen);
    at.cost = 0.5 * at.seen.squaredNorm() + least_;
    return;
  }
  at.gradient.noalias() = a - target_;
  if (mask_) at.gradient.array() *= mask_->array();
  at.cost = 0.5 * at.gradient.squaredNorm() + least_;
}

Residual Cost::evaluate(const Matrix& a) const {
  Residual at;
  evaluate(a, at);
  return at;
}

void Cost::curvature(const Matrix& d, Matrix& out) const {
  if (covariance_) {
    linalg::multiply(d, *covariance_, out);
  } else if (mask_) {
    out = mask_->cwiseProduct(d);
  } else {
    out = d;
  }
}

double Cost::error(const Matrix& a) const {
  if (is_full_matrix()) return error_of(0.5 * (a - target_).squaredNorm() + least_);
  if (mask_) return error_of(0.5 * mask_->cwiseProduct(a - target_).squaredNorm());
  return error_of(evaluate(a).cost);
}

std::optional<Matrix> Cost::input_root() const {
  if (!covariance_ || is_white()) return std::nullopt;
  const linalg::Svd d = linalg::svd(root_);
  return linalg::product((d.u * d.s.asDiagonal()).eval(), d.u.transpose());
}

// The least ½‖AΣ^½ − YΣ^½‖², where AΣ^½ is any matrix of this rank.
std::optional<double> Cost::least_of_rank(Index rank) const {
  if (mask_) return std::nullopt;
  const Vector s = linalg::singular_values(covariance_ ? linalg::product(target_, root_) : target_);
  return least_ + 0.5 * s.tail(std::max<Index>(0, s.size() - rank)).squaredNorm();
}

}  // namespace linnet
