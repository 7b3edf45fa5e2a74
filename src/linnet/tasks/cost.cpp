#include "linnet/tasks/cost.hpp"

#include <atomic>
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

class Cost::Lazy {
 public:
  explicit Lazy(Moments moments) : made_(new Moments(std::move(moments))) {}
  Lazy(std::shared_ptr<const Samples> samples, Normalisation normalisation)
      : samples_(std::move(samples)), normalisation_(normalisation) {}
  Lazy(const Lazy&) = delete;
  [[nodiscard]] bool follow_from_samples() const { return samples_ != nullptr; }
  Lazy& operator=(const Lazy&) = delete;
  ~Lazy() { delete made_.load(); }

  /// Two threads that ask at once both compute the same; the first to end is kept.
  [[nodiscard]] const Moments& get() const {
    if (const Moments* made = made_.load(std::memory_order_acquire)) return *made;
    const linalg::SerialBlas serial;
    auto own = std::make_unique<const Moments>(
        moments_of(samples_->inputs.transpose(), samples_->targets.transpose(), normalisation_, nullptr));
    const Moments* first = nullptr;
    if (made_.compare_exchange_strong(first, own.get())) return *own.release();
    return *first;
  }

 private:
  std::shared_ptr<const Samples> samples_;
  Normalisation normalisation_;
  mutable std::atomic<const Moments*> made_ = nullptr;
};

Cost::Cost(Shape shape, Moments moments) : shape_(shape), moments_(std::make_shared<const Lazy>(std::move(moments))) {
  count_ = static_cast<double>(shape.outputs * shape.inputs);
}

const Cost::Moments& Cost::moments() const { return moments_->get(); }

Cost::Parts Cost::parts() const {
  Parts p{.shape = shape_, .mask = mask_, .normalisation = normalisation_, .count = count_};
  if (samples_) p.samples = *samples_;
  if (moments_->follow_from_samples()) return p;
  const Moments& m = moments();
  p.least = m.least;
  p.target = m.target;
  p.covariance = m.covariance;
  p.root = m.root;
  p.condition = m.condition;
  p.white_variance = m.white_variance;
  return p;
}

Cost::Cost(Parts p) : shape_(p.shape), mask_(std::move(p.mask)), normalisation_(p.normalisation), count_(p.count) {
  if (p.samples) samples_ = std::make_shared<const Samples>(*std::move(p.samples));
  if (p.least) {
    moments_ = std::make_shared<const Lazy>(Moments{.target = std::move(p.target),
                                                    .covariance = std::move(p.covariance),
                                                    .root = std::move(p.root),
                                                    .least = *p.least,
                                                    .condition = p.condition,
                                                    .white_variance = p.white_variance});
  } else {
    moments_ = std::make_shared<const Lazy>(samples_, normalisation_);
  }
}

Cost Cost::full_matrix(Matrix target) {
  require_data(target, "task.target");
  const Shape shape = shape_of(target);
  return {shape, {.target = std::move(target)}};
}

Cost Cost::masked(Matrix target, Matrix mask) {
  if (mask.rows() != target.rows() || mask.cols() != target.cols()) {
    bad_input({.field = "task.mask",
               .expected = format_shape(target.rows(), target.cols()) + ", the shape of the target",
               .got = format_shape(mask.rows(), mask.cols())});
  }
  // The unobserved entries of a target are often unknown and stored as nan; they never enter the cost.
  target = (mask.array() == 0.0).select(target.unaryExpr([](double y) { return std::isfinite(y) ? y : 0.0; }), target);
  require_data(target, "task.target");
  if (!((mask.array() == 0.0) || (mask.array() == 1.0)).all()) {
    bad_input({.field = "task.mask", .expected = "entries 0 (unseen) or 1 (seen)", .got = "another value"});
  }
  const double seen = mask.sum();
  if (seen == 0) {
    bad_input({.field = "task.mask",
               .expected = "at least one seen entry (1)",
               .got = "none",
               .hint = "a mask holds 1 where an entry of the target is seen"});
  }
  const Shape shape = shape_of(target);
  Cost cost(shape, {.target = std::move(target), .white_variance = std::nullopt});
  cost.count_ = seen;
  cost.mask_ = std::move(mask);
  return cost;
}

Cost Cost::regression(const Matrix& inputs, const Matrix& targets, bool whiten, Normalisation normalisation) {
  require_data(inputs, "task.inputs");
  require_data(targets, "task.targets");
  if (inputs.rows() != targets.rows()) {
    bad_input({.field = "task.targets",
               .expected = std::to_string(inputs.rows()) + " rows, one a sample as in the inputs",
               .got = std::to_string(targets.rows()),
               .hint = "data sets are samples in rows"});
  }
  if (!whiten) return on_samples({.inputs = inputs.transpose(), .targets = targets.transpose()}, normalisation);
  Samples whitened;
  Moments moments = moments_of(inputs, targets, normalisation, &whitened);
  Cost cost = on_samples(std::move(whitened), normalisation);
  cost.moments_ = std::make_shared<const Lazy>(std::move(moments));
  return cost;
}

Cost Cost::on_samples(Samples samples, Normalisation normalisation) {
  require_data(samples.inputs, "task.inputs");
  require_data(samples.targets, "task.targets");
  const Shape shape{.outputs = samples.targets.rows(), .inputs = samples.inputs.rows()};
  Cost cost(shape, {});
  cost.samples_ = std::make_shared<const Samples>(std::move(samples));
  cost.normalisation_ = normalisation;
  cost.moments_ = std::make_shared<const Lazy>(cost.samples_, normalisation);
  const double outputs = normalisation.mean_over_outputs ? static_cast<double>(shape.outputs) : 1.0;
  cost.count_ = 2 * normalisation.factor() * outputs;
  return cost;
}

Cost::Moments Cost::moments_of(const Matrix& inputs, const Matrix& targets, Normalisation normalisation,
                               Samples* whitened) {
  const bool whiten = whitened != nullptr;
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
  Moments m{.target = linalg::product((scores_used * scale.asDiagonal()).eval(), v.transpose()),
            .condition = condition};
  if (!whiten) {
    m.covariance = linalg::product((v * d.s.head(rank).cwiseAbs2().asDiagonal()).eval(), v.transpose());
    m.root = v * d.s.head(rank).asDiagonal();
    m.white_variance.reset();
    if (condition < 1 + white_to) m.white_variance = d.s.squaredNorm() / static_cast<double>(inputs.cols());
  }
  const Matrix u = d.u.leftCols(rank);
  if (whiten) {
    *whitened = {.inputs = inputs.transpose(), .targets = targets.transpose()};
    linalg::multiply(std::sqrt(samples), v, u.transpose(), 0.0, whitened->inputs);
  }
  m.least = 0.5 * (scaled_targets - linalg::product(u, scores_used.transpose())).squaredNorm();
  if (normalisation.half) return m;
  // Twice ½⟨A − Y, ·⟩ + C_min.
  if (whiten) {
    m.covariance = Matrix::Identity(inputs.cols(), inputs.cols());
    m.root = *m.covariance;
  }
  *m.covariance *= 2;
  m.root *= std::sqrt(2.0);
  m.least *= 2;
  if (m.white_variance) *m.white_variance *= 2;
  return m;
}

Cost Cost::with_targets(Matrix target, Matrix samples_targets) const {
  Cost other = *this;
  other.shape_ = linnet::shape_of(target);
  Moments moved = moments();
  moved.target = std::move(target);
  other.moments_ = std::make_shared<const Lazy>(std::move(moved));
  if (samples_) {
    other.samples_ =
        std::make_shared<const Samples>(Samples{.inputs = samples_->inputs, .targets = std::move(samples_targets)});
  }
  return other;
}

std::string Cost::words() const {
  if (!samples_) {
    return mask_ ? "C = |M * (A - Y)|^2 / 2; errors are means over the seen entries, 2C / seen entries"
                 : "C = |A - Y|^2 / 2; errors are means over the entries, 2C / entries";
  }
  const std::string outputs = normalisation_.mean_over_outputs ? " / outputs" : "";
  return std::string("C = sum_i |f(x_i) - y_i|^2 / ") + (normalisation_.half ? "(2 P)" : "P") +
         "; errors are means over the samples" + (normalisation_.mean_over_outputs ? " and outputs" : "") + ", " +
         (normalisation_.half ? "2C" : "C") + outputs;
}

void Cost::evaluate(const Matrix& a, Residual& at) const {
  const Moments& m = moments();
  if (m.covariance) {
    at.difference.noalias() = a - m.target;
    linalg::multiply(at.difference, *m.covariance, at.gradient);
    // Not ⟨A − Y, ∇C⟩: the part of A − Y along inputs that no sample has may be large, and its rounding would exceed a
    // small cost.
    linalg::multiply(at.difference, m.root, at.seen);
    at.cost = 0.5 * at.seen.squaredNorm() + m.least;
    return;
  }
  at.gradient.noalias() = a - m.target;
  if (mask_) at.gradient.array() *= mask_->array();
  at.cost = 0.5 * at.gradient.squaredNorm() + m.least;
}

Residual Cost::evaluate(const Matrix& a) const {
  Residual at;
  evaluate(a, at);
  return at;
}

double Cost::of_outputs(const Matrix& outputs) const {
  return normalisation_.factor() * (outputs - samples_->targets).squaredNorm() /
         static_cast<double>(samples_->targets.cols());
}

void Cost::gradient_on(const Samples& batch, const Matrix& a, Matrix& difference, Matrix& out) const {
  linalg::multiply(a, batch.inputs, difference);
  difference -= batch.targets;
  const double scale = 2 * normalisation_.factor() / static_cast<double>(batch.inputs.cols());
  linalg::multiply(scale, difference, batch.inputs.transpose(), 0.0, out);
}

void Cost::curvature(const Matrix& d, Matrix& out) const {
  if (covariance()) {
    linalg::multiply(d, *covariance(), out);
  } else if (mask_) {
    out = mask_->cwiseProduct(d);
  } else {
    out = d;
  }
}

double Cost::error(const Matrix& a) const {
  if (is_full_matrix()) return error_of(0.5 * (a - target()).squaredNorm() + moments().least);
  if (mask_) return error_of(0.5 * mask_->cwiseProduct(a - target()).squaredNorm());
  return error_of(evaluate(a).cost);
}

std::optional<Matrix> Cost::input_root() const {
  if (!covariance() || is_white()) return std::nullopt;
  linalg::Svd d = linalg::svd(moments().root);
  if (!normalisation_.half) d.s /= std::sqrt(2.0);
  return linalg::product((d.u * d.s.asDiagonal()).eval(), d.u.transpose());
}

// The least ½‖AΣ^½ − YΣ^½‖², where AΣ^½ is any matrix of this rank.
std::optional<double> Cost::least_of_rank(Index rank) const {
  if (mask_) return std::nullopt;
  const Vector s = linalg::singular_values(covariance() ? linalg::product(target(), moments().root) : target());
  return moments().least + 0.5 * s.tail(std::max<Index>(0, s.size() - rank)).squaredNorm();
}

}  // namespace linnet
