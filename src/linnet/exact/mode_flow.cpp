#include "linnet/exact/mode_flow.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

void require_signal(const TaskSpectrum& s) {
  if (s.overlap.size() == 0) {
    bad_input({.field = "task.signal",
               .expected = "a signal A*, for the test error",
               .got = "a task without one",
               .hint = "give the task a signal, or use the train error"});
  }
}

void require_time(double t) {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
}

Vector ones_where_empty(const Vector& v, Index modes) { return v.size() == 0 ? Vector::Ones(modes) : v; }

void require_modes(const Vector& v, Index modes, const char* field) {
  if (v.size() == 0 || v.size() == modes) return;
  bad_input({.field = field,
             .expected = std::to_string(modes) + " modes, as the target has",
             .got = std::to_string(v.size())});
}

/// The test error as a sum over the modes. As the u_i are orthogonal, so are the u_i v_iᵀ seen through any inputs.
void take_test(const Cost& test, TaskSpectrum& s) {
  const linalg::Svd& of = *s.vectors;
  if (test.is_full_matrix()) {
    const Matrix& signal = test.target();
    const Matrix seen = linalg::product(signal, of.v);
    s.overlap = of.u.cwiseProduct(seen).colwise().sum();
    s.unseen = (signal - linalg::product((of.u * s.overlap.asDiagonal()).eval(), of.v.transpose())).squaredNorm();
    return;
  }
  if (!test.is_white() && !test.covariance()) return;
  Matrix through = of.v;  // the test inputs along v_i
  Matrix target = test.target();
  if (test.is_white()) {
    const double root = std::sqrt(*test.white_variance());
    through *= root;
    target *= root;
  } else {
    const Matrix root = cost_root(test);
    through = linalg::product(root, through);
    target = linalg::product(target, root);
  }
  s.test_variance = through.colwise().squaredNorm();
  const Vector product = of.u.cwiseProduct(linalg::product(target, through)).colwise().sum();
  s.overlap = (s.test_variance.array() > 0).select(product.array() / s.test_variance.array(), 0.0);
  s.unseen = 2 * test.evaluate(linalg::product((of.u * s.overlap.asDiagonal()).eval(), of.v.transpose())).cost;
  s.entries = 2 / test.error_of(1.0);
}

}  // namespace

double TaskSpectrum::train_error(const Vector& residuals) const {
  const Vector of_inputs = ones_where_empty(variance, target.size());
  const double squares = (of_inputs.array() * weight.array() * residuals.array().square()).sum();
  return (squares + 2 * least_cost) / train_count;
}

double TaskSpectrum::test_error(const Vector& residuals) const {
  require_signal(*this);
  // ‖A − A*‖², of the modes a_i − o_i
  const Vector of_inputs = ones_where_empty(test_variance, target.size());
  const Vector off = (target - overlap) - residuals;
  return (unseen + (of_inputs.array() * weight.array() * off.array().square()).sum()) / entries;
}

Matrix TaskSpectrum::matrix_of(const Vector& modes) const {
  if (!vectors) {
    bad_input({.field = "task",
               .expected = "a sampled task",
               .got = "a limit spectrum, which has no singular vectors",
               .hint = "use sample_spectrum(task)"});
  }
  return linalg::product((vectors->u * modes.asDiagonal()).eval(), vectors->v.transpose());
}

TaskSpectrum sample_spectrum(const Task& task, double tolerance) {
  require_positive(tolerance, "tolerance");
  require_inputs_only(task);
  TaskSpectrum s;
  const Index n = task.shape().modes();
  if (task.train.is_white()) {
    s.vectors = linalg::svd(task.target());
    s.variance = Vector::Constant(n, *task.train.white_variance());
  } else {
    AlignedModes modes = aligned_modes(task.target(), cost_root(task.train));
    require_aligned(modes.misalignment, tolerance, task);
    s.vectors = {.u = modes.vectors.u.leftCols(n), .s = modes.vectors.s, .v = modes.vectors.v.leftCols(n)};
    s.variance = modes.variances.head(n);
    s.white = false;
  }
  s.target = s.vectors->s;
  s.weight = Vector::Ones(n);
  s.entries = static_cast<double>(task.target().size());
  s.least_cost = task.train.evaluate(task.target()).cost;
  s.train_count = 2 / task.train.error_of(1.0);
  if (task.test) take_test(*task.test, s);
  return s;
}

TaskSpectrum limit_spectrum(Index dim, Index rank, double noise, Index nodes) {
  require_at_least(dim, 1, "task.dim");
  require_at_least(rank, 1, "task.rank");
  require_at_least(nodes, 1, "task.nodes");
  require_positive(noise, "task.noise");
  const auto d = static_cast<double>(dim);
  const double theta = std::sqrt(d / static_cast<double>(rank)) / noise;
  if (theta <= 1) {
    bad_input({.field = "task.rank",
               .expected = "spikes above the noise, dim / rank > noise²",
               .got = "θ = " + format_number(theta),
               .hint = "below θ = 1 the signal leaves no spike in the spectrum"});
  }
  for (const auto& [count, field] : {std::pair{rank, "task.rank"}, {nodes, "task.nodes"}}) {
    require_memory(matrix_bytes(8, static_cast<double>(count)), field, std::to_string(count) + " singular values");
  }
  TaskSpectrum s;
  s.target.resize(rank + nodes);
  s.weight.resize(rank + nodes);
  s.overlap = Vector::Zero(rank + nodes);
  s.target.head(rank).setConstant(noise * std::sqrt(d) * (theta + 1 / theta));
  s.weight.head(rank).setOnes();
  const double strength = noise * theta * std::sqrt(d);  // s_i(A*)
  const double lost = 1 / (theta * theta);
  s.overlap.head(rank).setConstant(strength * (1 - lost));
  // ∫₀² f(x) (1/π)√(4 − x²) dx, f taken as even: Gauss–Chebyshev of the second kind on [−2, 2], both halves folded.
  const Index all = 2 * nodes;
  for (Index j = 0; j < nodes; ++j) {
    const double angle = std::numbers::pi * static_cast<double>(j + 1) / static_cast<double>(all + 1);
    s.target(rank + j) = noise * std::sqrt(d) * 2 * std::cos(angle);
    s.weight(rank + j) = d * 4 * std::pow(std::sin(angle), 2) / static_cast<double>(all + 1);
  }
  s.unseen = static_cast<double>(rank) * strength * strength * lost * (2 - lost);  // s² − overlap² each
  s.entries = d * d;
  s.train_count = s.entries;
  return s;
}

ModeFlow::ModeFlow(TaskSpectrum spectrum, const Options& o)
    : ModeFlow(std::make_shared<const TaskSpectrum>(std::move(spectrum)), o) {}

ModeFlow::ModeFlow(std::shared_ptr<const TaskSpectrum> spectrum, const Options& o)
    : spectrum_(std::move(spectrum)), scales_(o.scales), rates_(o.rates) {
  require_non_negative(o.scales.pair("network.scale"), "network.scale");
  require_positive(o.rates.pair("solver.rates"), "solver.rates");
  const Index n = spectrum_->target.size();
  require_modes(o.start, n, "network.start");
  require_modes(spectrum_->variance, n, "task.variance");
  require_modes(spectrum_->test_variance, n, "task.test_variance");
  const double skew = std::sqrt(rates_[1] / rates_[0]);
  threshold_ = (scales_[0] * skew + scales_[1] / skew) / 2;
  pace_ = ones_where_empty(spectrum_->variance, n);
  const double largest = n == 0 ? 1.0 : pace_.maxCoeff();
  if (largest > 0) pace_ /= largest;
  clock_ = std::sqrt(rates_[0] * rates_[1]) * largest;
  modes_.reserve(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    modes_.emplace_back(Mode::Parameters{
        .target = spectrum_->target(i), .threshold = threshold_, .start = o.start.size() == 0 ? 0.0 : o.start(i)});
  }
}

std::string ModeFlow::warning() const {
  if (threshold_ > 0) return {};
  const Vector start = modes(0);
  if (!((start.array() == 0) && (spectrum_->target.array() > 0)).any()) return {};
  return "the start is at a saddle, κ = 0 with modes of size 0: exactly those stay there, and any noise would leave it";
}

Vector ModeFlow::modes(double t) const {
  require_time(t);
  Vector a(spectrum_->target.size());
  for (Index i = 0; i < a.size(); ++i) a(i) = modes_[static_cast<std::size_t>(i)].at(time_of(i, t));
  return a;
}

/// The time of a mode; 0 for ever where no input has a part along v_i.
double ModeFlow::time_of(Index mode, double t) const {
  const double clock = clock_ * pace_(mode);
  return clock > 0 ? clock * t : 0.0;
}

Vector ModeFlow::residuals(double t) const {
  require_time(t);
  Vector left(spectrum_->target.size());
  for (Index i = 0; i < left.size(); ++i) left(i) = modes_[static_cast<std::size_t>(i)].residual(time_of(i, t));
  return left;
}

double ModeFlow::train_error(double t) const { return spectrum_->train_error(residuals(t)); }

double ModeFlow::test_error(double t) const { return spectrum_->test_error(residuals(t)); }

ModeFlow::Slopes ModeFlow::slopes(double t) const {
  require_time(t);
  const Index n = spectrum_->target.size();
  Slopes s{.by_time = Vector::Zero(n), .by_threshold = Vector::Zero(n)};
  for (Index i = 0; i < n; ++i) {
    const Mode& mode = modes_[static_cast<std::size_t>(i)];
    const double own = time_of(i, t);
    if (std::isfinite(own)) s.by_time(i) = own * mode.speed(mode.at(own));
    s.by_threshold(i) = mode.by_threshold(own);
  }
  return s;
}

Vector ModeFlow::learning_times(double fraction) const {
  require_fraction(fraction, "fraction");
  Vector times(spectrum_->target.size());
  for (Index i = 0; i < times.size(); ++i) {
    const Mode& mode = modes_[static_cast<std::size_t>(i)];
    const double level = fraction * spectrum_->target(i);
    const bool still = !(clock_ * pace_(i) > 0);
    times(i) = mode.at(0) >= level ? 0.0 : still ? infinity : mode.time_to(level) / (clock_ * pace_(i));
  }
  return times;
}

double ModeFlow::kernel_distance(double t) const {
  if (!spectrum_->vectors || !spectrum_->white) {
    bad_input({.field = "task",
               .expected = "a sampled task whose inputs are white, for the tangent kernel",
               .got = spectrum_->vectors ? "inputs that are not" : "a limit spectrum",
               .hint = spectrum_->vectors ? "record kernel_distance of a trace, which is on the task's inputs" : ""});
  }
  const Shape shape{.outputs = spectrum_->vectors->u.rows(), .inputs = spectrum_->vectors->v.rows()};
  return linnet::kernel_distance(shape, threshold_, modes(0), modes(t));
}

Matrix ModeFlow::end_to_end(double t) const { return spectrum_->matrix_of(modes(t)); }

GramState ModeFlow::gram_state(double t) const {
  if (rates_.uniform()) return SelfConsistent(end_to_end(t), scales_).gram_state();
  // In the rescaled layers W_l/√η_l the closure has equal rates; its blocks scale back by η_1, √(η_1η_2), η_2.
  const double root = std::sqrt(rates_[0] * rates_[1]);
  const GramState scaled =
      SelfConsistent(end_to_end(t) / root, {scales_[0] / rates_[0], scales_[1] / rates_[1]}).gram_state();
  return {rates_[0] * scaled.input_representation(), root * scaled.end_to_end(),
          rates_[1] * scaled.output_representation()};
}

Network ModeFlow::state(double t) const {
  Matrix a = end_to_end(t);
  const Index longer = std::max(a.rows(), a.cols());
  if (longer < 4 * std::min(a.rows(), a.cols())) return gram_state(t);
  return SelfConsistent(std::move(a), scales_, rates_);
}

}  // namespace linnet
