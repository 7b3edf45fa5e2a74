#include "linnet/tasks/cost.hpp"

#include <atomic>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/tasks/sample_cost.hpp"

namespace linnet {

namespace {

/// Whether products with the root of Σ_xx and its transpose cost less than one with Σ_xx, by far: samples are few.
bool span_is_narrow(const Matrix& root) { return 8 * root.cols() <= root.rows(); }

void require_spanning(Index rank) {
  if (rank > 0) return;
  bad_input({.field = "task.whiten",
             .expected = "inputs that are not all 0",
             .got = "none",
             .hint = "inputs of rank 0 span no direction to whiten"});
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
    auto own = std::make_unique<const Moments>(moments_of(*samples_, normalisation_, nullptr));
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

Cost::Cost(std::shared_ptr<const CostFunction> function)
    : shape_(function->shape()), function_(std::move(function)), count_(function_->count()) {}

const Cost::Moments& Cost::moments() const {
  require_target();
  return moments_->get();
}

void Cost::require_target() const {
  if (has_target()) return;
  bad_input({.field = "task",
             .expected = "a cost whose least point Y is known: squares of entries or of samples",
             .got = function_->name(),
             .hint = "every network trains on it, by descent and by flow"});
}

const std::optional<Matrix>& Cost::covariance() const {
  static const std::optional<Matrix> none;
  return has_target() ? moments().covariance : none;
}

Cost::Parts Cost::parts() const {
  if (function_) return {.function = function_};
  Parts p{.shape = shape_, .mask = mask_, .weights = weights_, .normalisation = normalisation_, .count = count_};
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

Cost::Cost(Parts p)
    : shape_(p.shape),
      mask_(std::move(p.mask)),
      weights_(std::move(p.weights)),
      normalisation_(p.normalisation),
      count_(p.count) {
  if (p.function) {
    *this = Cost(std::move(p.function));
    return;
  }
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
  require_entries(target, "task.target");
  const Shape shape = shape_of(target);
  return {shape, {.target = std::move(target)}};
}

Cost Cost::masked(Matrix target, Matrix mask) {
  target = with_zeros_unseen(target, mask, "task.mask");
  require_entries(target, "task.target");
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

Cost Cost::weighted(Matrix target, Matrix weights) {
  target = with_zeros_unseen(target, weights, "task.weights");
  require_weights(weights);
  Matrix mask = (weights.array() != 0.0).cast<double>();
  const bool is_mask = mask == weights;
  Cost cost = masked(std::move(target), std::move(mask));
  if (is_mask) return cost;
  cost.count_ = weights.sum();
  cost.weights_ = std::move(weights);
  return cost;
}

Cost Cost::regression(const Matrix& inputs, const Matrix& targets, bool whiten, Normalisation normalisation) {
  require_entries(inputs, "task.inputs");
  require_entries(targets, "task.targets");
  require_rows(inputs, targets);
  Samples samples{.inputs = inputs.transpose(), .targets = targets.transpose()};
  if (!whiten) return on_samples(std::move(samples), normalisation);
  Samples whitened;
  Moments moments = moments_of(samples, normalisation, &whitened);
  Cost cost = on_samples(std::move(whitened), normalisation);
  cost.moments_ = std::make_shared<const Lazy>(std::move(moments));
  return cost;
}

Cost Cost::on_samples(Samples samples, Normalisation normalisation) {
  require_data(samples);
  const Shape shape{.outputs = samples.targets.rows(), .inputs = samples.inputs.rows()};
  Cost cost(shape, {});
  cost.samples_ = std::make_shared<const Samples>(std::move(samples));
  cost.normalisation_ = normalisation;
  cost.moments_ = std::make_shared<const Lazy>(cost.samples_, normalisation);
  const double outputs = normalisation.mean_over_outputs ? static_cast<double>(shape.outputs) : 1.0;
  cost.count_ = 2 * normalisation.factor() * outputs;
  if (cost.samples_->weights.size() > 0) cost.count_ *= cost.samples_->weights.mean();
  return cost;
}

PrincipalAxes principal_axes(const Matrix& inputs) {
  PrincipalAxes axes{.svd = linalg::svd(inputs / std::sqrt(static_cast<double>(inputs.rows())))};
  const double cutoff = axes.svd.s(0) * std::numeric_limits<double>::epsilon() *
                        static_cast<double>(std::max(inputs.rows(), inputs.cols()));
  axes.rank = (axes.svd.s.array() > cutoff).count();
  return axes;
}

Cost::Moments Cost::moments_of(const Samples& data, Normalisation normalisation, Samples* whitened) {
  const bool whiten = whitened != nullptr;
  Matrix inputs = data.inputs.transpose();
  Matrix targets = data.targets.transpose();
  if (data.weights.size() > 0) {
    const Vector root = data.weights.cwiseSqrt();
    inputs.array().colwise() *= root.array();
    targets.array().colwise() *= root.array();
  }
  const auto samples = static_cast<double>(inputs.rows());
  // X = Uᵀ… in samples-in-rows form: inputs/√P = u s vᵀ, so Σ_xx = v s² vᵀ and Σ_yx = (targets/√P)ᵀ u s vᵀ.
  const auto [d, rank] = principal_axes(inputs);
  const Matrix scaled_targets = targets / std::sqrt(samples);
  const Matrix scores = linalg::product(scaled_targets.transpose(), d.u);  // Σ_yx v s⁻¹
  const bool singular = rank < inputs.cols();
  const double condition = singular ? std::numeric_limits<double>::infinity() : std::pow(d.s(0) / d.s(rank - 1), 2);
  if (whiten) require_spanning(rank);
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
  if (whiten && singular) {  // white on the span of the inputs: the projection on it
    m.covariance = linalg::self_product(v);
    m.root = v;
    m.white_variance.reset();
  }
  if (normalisation.half) return m;
  // Twice ½⟨A − Y, ·⟩ + C_min.
  if (whiten && !singular) {
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
    other.samples_ = std::make_shared<const Samples>(
        Samples{.inputs = samples_->inputs, .targets = std::move(samples_targets), .weights = samples_->weights});
  }
  return other;
}

std::string Cost::words() const {
  if (function_) return function_->words();
  if (weights_) return "C = sum W * (A - Y)^2 / 2; errors are weighted means over the entries, 2C / sum W";
  if (!samples_) {
    return mask_ ? "C = |M * (A - Y)|^2 / 2; errors are means over the seen entries, 2C / seen entries"
                 : "C = |A - Y|^2 / 2; errors are means over the entries, 2C / entries";
  }
  const std::string outputs = normalisation_.mean_over_outputs ? " / outputs" : "";
  const bool weighted = samples_->weights.size() > 0;
  return std::string("C = sum_i ") + (weighted ? "w_i " : "") + "|f(x_i) - y_i|^2 / " +
         (normalisation_.half ? "(2 P)" : "P") + "; errors are " + (weighted ? "weighted " : "") +
         "means over the samples" + (normalisation_.mean_over_outputs ? " and outputs" : "") + ", " +
         (normalisation_.half ? "2C" : "C") + outputs + (weighted ? " / (mean w_i)" : "");
}

void Cost::evaluate(const Matrix& a, Residual& at) const {
  if (function_) return function_->evaluate(a, at);
  const Moments& m = moments();
  if (m.covariance) {
    at.difference.noalias() = a - m.target;
    // Not ⟨A − Y, ∇C⟩: the part of A − Y along inputs that no sample has may be large, and its rounding would exceed a
    // small cost.
    linalg::multiply(at.difference, m.root, at.seen);
    if (span_is_narrow(m.root)) {
      linalg::multiply(at.seen, m.root.transpose(), at.gradient);
    } else {
      linalg::multiply(at.difference, *m.covariance, at.gradient);
    }
    at.cost = 0.5 * at.seen.squaredNorm() + m.least;
    return;
  }
  at.gradient.noalias() = a - m.target;
  if (weights_) {
    at.cost = half_weighted_square(at.gradient);
    at.gradient.array() *= weights_->array();
    return;
  }
  if (mask_) at.gradient.array() *= mask_->array();
  at.cost = 0.5 * at.gradient.squaredNorm() + m.least;
}

Residual Cost::evaluate(const Matrix& a) const {
  Residual at;
  evaluate(a, at);
  return at;
}

double Cost::half_weighted_square(const Matrix& difference) const {
  return 0.5 * (weights_->array() * difference.array().square()).sum();
}

double Cost::of_outputs(const Matrix& outputs) const {
  if (function_) return function_->of_outputs(outputs);
  const Matrix difference = outputs - samples_->targets;
  const Vector& weights = samples_->weights;
  const double sum =
      weights.size() > 0 ? difference.colwise().squaredNorm().dot(weights.transpose()) : difference.squaredNorm();
  return normalisation_.factor() * sum / static_cast<double>(samples_->targets.cols());
}

Objective Cost::objective() const {
  if (const auto* cost = dynamic_cast<const SampleCost*>(function_.get())) return cost->objective();
  const bool weighted = samples() != nullptr && samples()->weights.size() > 0;
  return {normalisation_.factor(), weighted ? Loss::squares() : nullptr};
}

void Cost::gradient_on(const Samples& batch, const Matrix& a, Matrix& difference, Matrix& out) const {
  if (function_) return function_->gradient_on(batch, a, difference, out);
  linalg::multiply(a, batch.inputs, difference);
  difference -= batch.targets;
  if (batch.weights.size() > 0) difference.array().rowwise() *= batch.weights.transpose().array();
  const double scale = 2 * normalisation_.factor() / static_cast<double>(batch.inputs.cols());
  linalg::multiply(scale, difference, batch.inputs.transpose(), 0.0, out);
}

void Cost::curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const {
  if (function_) {
    function_->curvature(at, d, room, out);
  } else {
    curvature(d, out);
  }
}

void Cost::curvature(const Matrix& d, Matrix& out) const {
  const Moments& m = moments();
  if (m.covariance) {
    linalg::multiply(d, *m.covariance, out);
  } else if (mask_) {
    out = entry_weights()->cwiseProduct(d);
  } else {
    out = d;
  }
}

std::optional<double> Cost::white_on_span(double spread) const {
  if (!has_target() || entry_weights()) return std::nullopt;
  if (is_white()) return white_variance();
  const Vector variances = linalg::singular_values(moments().root).cwiseAbs2();
  const double largest = variances.maxCoeff();
  return largest - variances.minCoeff() <= spread * largest ? std::optional(largest) : std::nullopt;
}

double Cost::error(const Matrix& a) const {
  if (weights_) return error_of(half_weighted_square(a - target()));
  if (is_full_matrix()) return error_of(0.5 * (a - target()).squaredNorm() + moments().least);
  if (mask_) return error_of(0.5 * mask_->cwiseProduct(a - target()).squaredNorm());
  return error_of(evaluate(a).cost);
}

std::optional<Matrix> Cost::input_root() const {
  if (function_ && samples() != nullptr) {
    Matrix x = samples()->inputs / std::sqrt(static_cast<double>(samples()->inputs.cols()));
    if (samples()->weights.size() > 0) x.array().rowwise() *= samples()->weights.transpose().array().sqrt();
    const linalg::Svd d = linalg::svd(x);
    return linalg::product((d.u * d.s.asDiagonal()).eval(), d.u.transpose());
  }
  if (!covariance() || is_white()) return std::nullopt;
  linalg::Svd d = linalg::svd(moments().root);
  if (!normalisation_.half) d.s /= std::sqrt(2.0);
  return linalg::product((d.u * d.s.asDiagonal()).eval(), d.u.transpose());
}

// The least ½‖AΣ^½ − YΣ^½‖², where AΣ^½ is any matrix of this rank.
std::optional<double> Cost::least_of_rank(Index rank) const {
  if (mask_ || !has_target()) return std::nullopt;
  const Vector s = linalg::singular_values(covariance() ? linalg::product(target(), moments().root) : target());
  return moments().least + 0.5 * s.tail(std::max<Index>(0, s.size() - rank)).squaredNorm();
}

}  // namespace linnet
