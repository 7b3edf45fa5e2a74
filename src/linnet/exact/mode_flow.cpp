#include "linnet/exact/mode_flow.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

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

}  // namespace

TaskSpectrum sample_spectrum(const Task& task) {
  task.train.require_target();
  if (!task.train.is_white()) {
    bad_input({.field = "task",
               .expected = "whitened inputs, no mask and no weights, for the mode-wise closed form",
               .got = task.name,
               .hint = "whiten the inputs or train by gradient flow"});
  }
  TaskSpectrum s;
  s.vectors = linalg::svd(task.target());
  s.target = s.vectors->s;
  s.weight = Vector::Ones(s.target.size());
  s.entries = static_cast<double>(task.target().size());
  s.least_cost = task.train.evaluate(task.target()).cost;
  s.train_count = 2 / task.train.error_of(1.0);
  s.variance = *task.train.white_variance();
  if (task.test && task.test->is_full_matrix()) {
    const Matrix& signal = task.test->target();
    const Matrix seen = linalg::product(signal, s.vectors->v);
    s.overlap = s.vectors->u.cwiseProduct(seen).colwise().sum();
    s.unseen = (signal - linalg::product((s.vectors->u * s.overlap.asDiagonal()).eval(), s.vectors->v.transpose()))
                   .squaredNorm();
  }
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
  if (o.start.size() != 0 && o.start.size() != n) {
    bad_input({.field = "network.start",
               .expected = std::to_string(n) + " modes, as the target has",
               .got = std::to_string(o.start.size())});
  }
  const double skew = std::sqrt(rates_[1] / rates_[0]);
  threshold_ = (scales_[0] * skew + scales_[1] / skew) / 2;
  clock_ = std::sqrt(rates_[0] * rates_[1]) * spectrum_->variance;
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
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  Vector a(spectrum_->target.size());
  for (Index i = 0; i < a.size(); ++i) a(i) = modes_[static_cast<std::size_t>(i)].at(clock_ * t);
  return a;
}

Vector ModeFlow::residuals(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  Vector left(spectrum_->target.size());
  for (Index i = 0; i < left.size(); ++i) left(i) = modes_[static_cast<std::size_t>(i)].residual(clock_ * t);
  return left;
}

double ModeFlow::train_error(double t) const {
  const double squares = (spectrum_->weight.array() * residuals(t).array().square()).sum();
  return (spectrum_->variance * squares + 2 * spectrum_->least_cost) / spectrum_->train_count;
}

double ModeFlow::test_error(double t) const {
  require_signal(*spectrum_);
  // ‖A − A*‖², of the modes a_i − u_iᵀA*v_i
  const Vector off = (spectrum_->target - spectrum_->overlap) - residuals(t);
  return (spectrum_->unseen + (spectrum_->weight.array() * off.array().square()).sum()) / spectrum_->entries;
}

Vector ModeFlow::learning_times(double fraction) const {
  require_fraction(fraction, "fraction");
  Vector times(spectrum_->target.size());
  for (Index i = 0; i < times.size(); ++i) {
    const Mode& mode = modes_[static_cast<std::size_t>(i)];
    const double level = fraction * spectrum_->target(i);
    times(i) = mode.at(0) >= level ? 0.0 : mode.time_to(level) / clock_;
  }
  return times;
}

Matrix ModeFlow::end_to_end(double t) const {
  if (!spectrum_->vectors) {
    bad_input({.field = "task",
               .expected = "a sampled task",
               .got = "a limit spectrum, which has no singular vectors",
               .hint = "use sample_spectrum(task)"});
  }
  return linalg::product((spectrum_->vectors->u * modes(t).asDiagonal()).eval(), spectrum_->vectors->v.transpose());
}

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
  if (!rates_.uniform() || longer < 4 * std::min(a.rows(), a.cols())) return gram_state(t);
  return SelfConsistent(std::move(a), scales_);
}

}  // namespace linnet
