#include <algorithm>
#include <cmath>

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/predict/prediction.hpp"
#include "linnet/support/constants.hpp"

// What a prediction says of each mode.

namespace linnet {

namespace {

constexpr double nothing = 1e-12;  // of the largest y_i: nothing to learn

/// Whether a mode of the flow is larger than the error of A.
Eigen::Array<bool, Eigen::Dynamic, 1> is_resolved(const Prediction& p, const FlowPath& path) {
  const Vector& y = p.mode_vectors().s;
  const double least = std::isnan(p.error()) ? 0.0 : p.error() * path.size();
  return y.array() > least || y.array() <= nothing * y.maxCoeff();
}

}  // namespace

/// The first times at which modes pass these levels: bracketed by the points of the path, then by two times sixteen
/// times between, and between these on a straight line.
Vector Prediction::passages(const FlowPath& path, const Vector& levels) const {
  const linalg::Svd& modes = mode_vectors();
  const Index count = modes.s.size();
  struct Bracket {
    double from = nan, to = nan, at_from = 0, at_to = 0;
  };
  std::vector<Bracket> brackets(static_cast<std::size_t>(count));
  Vector passed = Vector::Constant(count, path.settled() ? infinity : nan);
  Vector before;
  double time = 0;
  for (const FlowPath::Point& p : path.points()) {
    const Vector now = strengths(modes, p.view);
    for (Index i = 0; i < count; ++i) {
      if (passed(i) < infinity || !(now(i) >= levels(i))) continue;
      passed(i) = p.time;
      if (before.size() > 0) {
        brackets[static_cast<std::size_t>(i)] = {.from = time, .to = p.time, .at_from = before(i), .at_to = now(i)};
      }
    }
    before = now;
    time = p.time;
  }
  constexpr int parts = 16;
  for (int round = 0; round < 2; ++round) {
    std::vector<double> times;
    for (const Bracket& b : brackets) {
      for (int k = 1; k < parts && b.to > b.from; ++k) times.push_back(b.from + (b.to - b.from) * k / parts);
    }
    std::ranges::sort(times);
    times.erase(std::unique(times.begin(), times.end()), times.end());
    std::vector<bool> found(brackets.size(), false);
    const std::vector<Bracket> coarse = brackets;
    path.visit(times, [&](double t, const Dynamics& dynamics) {
      const Vector now = strengths(modes, dynamic_cast<const LinearDynamics&>(dynamics).end_to_end());
      for (std::size_t i = 0; i < brackets.size(); ++i) {
        Bracket& b = brackets[i];
        if (found[i] || !(t > coarse[i].from && t < coarse[i].to)) continue;
        const double value = now(static_cast<Index>(i));
        if (value >= levels(static_cast<Index>(i))) {
          b.to = t;
          b.at_to = value;
          found[i] = true;
        } else {
          b.from = t;
          b.at_from = value;
        }
      }
    });
  }
  for (Index i = 0; i < count; ++i) {
    const Bracket& b = brackets[static_cast<std::size_t>(i)];
    if (!(b.to > b.from)) continue;
    const double rise = b.at_to - b.at_from;
    passed(i) = rise > 0 ? b.from + (b.to - b.from) * (levels(i) - b.at_from) / rise : b.to;
  }
  return passed;
}

Vector Prediction::learning_times(double fraction) const {
  if (!(fraction > 0) || !(fraction < 1)) {
    bad_input({.field = "fraction", .expected = "a number between 0 and 1", .got = format_number(fraction)});
  }
  const Vector& y = mode_vectors().s;
  if (y.size() == 0) return {};
  const Vector never = Vector::Constant(y.size(), infinity);
  const auto is_something = y.array() > nothing * y(0);
  const auto of_something = [&](const Vector& times) -> Vector { return is_something.select(times, never); };
  if (const auto* exact = closed_form()) return of_something(exact->learning_times(fraction));
  if (const auto* modes = std::get_if<ModeFlow>(&parts_->source)) {
    return of_something(modes->learning_times(fraction));
  }
  const auto* path = std::get_if<FlowPath>(&parts_->source);
  if (path == nullptr) return {};
  const Vector levels = is_something.select(fraction * y, never);
  return of_something(is_resolved(*this, *path).select(passages(*path, levels), Vector::Constant(y.size(), nan)));
}

Vector Prediction::activation_times() const {
  const Vector& y = mode_vectors().s;
  if (!std::isfinite(threshold())) return Vector::Constant(y.size(), nan);
  if (const auto* exact = closed_form()) return exact->activation_times();
  const double kappa = threshold();
  if (const auto* modes = std::get_if<ModeFlow>(&parts_->source)) {
    Vector times = Vector::Constant(y.size(), infinity);
    const Vector start = modes->modes(0);
    for (Index i = 0; i < y.size(); ++i) {
      if (start(i) >= kappa) {
        times(i) = 0;
      } else if (y(i) > kappa) {
        times(i) = modes->learning_times(std::max(kappa / y(i), 1e-300))(i);
      }
    }
    return times;
  }
  const auto* path = std::get_if<FlowPath>(&parts_->source);
  if (path == nullptr || y.size() == 0) return {};
  return is_resolved(*this, *path)
      .select(passages(*path, Vector::Constant(y.size(), kappa)), Vector::Constant(y.size(), nan));
}

namespace {

/// Of each mode; none for one that is on its way when the integration ends.
std::vector<std::optional<bool>> learned_on(const FlowPath& path, const linalg::Svd& modes) {
  const auto& points = path.points();
  const auto middle =
      std::find_if(points.rbegin(), points.rend(), [&](const FlowPath::Point& p) { return p.time <= path.end() / 2; });
  const Vector end = strengths(modes, points.back().view);
  const Vector before = strengths(modes, middle == points.rend() ? points.front().view : middle->view);
  std::vector<std::optional<bool>> learned;
  for (Index i = 0; i < end.size(); ++i) {
    constexpr double resting = 1e-2;
    const double y = modes.s(i);
    const bool something = y > nothing * modes.s(0);
    const bool rests = path.settled() && std::abs(end(i) - before(i)) <= resting * y;
    if (something && end(i) >= y / 2) {
      learned.emplace_back(true);
    } else if (!something || rests) {
      learned.emplace_back(false);
    } else {
      learned.emplace_back(std::nullopt);
    }
  }
  return learned;
}

std::vector<std::optional<Regime>> regimes_of(const Vector& motion, const std::vector<std::optional<bool>>& learned,
                                              const Vector& y, double kappa) {
  std::vector<std::optional<Regime>> regimes;
  for (Index i = 0; i < y.size(); ++i) {
    const std::optional<bool>& is_learned = learned[static_cast<std::size_t>(i)];
    regimes.push_back(is_learned ? std::optional(regime_of(motion(i), y(i), y(0), kappa, *is_learned)) : std::nullopt);
  }
  return regimes;
}

}  // namespace

std::vector<std::optional<Regime>> Prediction::regimes() const {
  const linalg::Svd& modes = mode_vectors();
  if (modes.s.size() == 0) return {};
  if (!needs::tangent_kernel().met(start())) {
    return std::vector<std::optional<Regime>>(static_cast<std::size_t>(modes.s.size()));
  }
  const auto by = [&](const FlowPath& path) {
    const Vector motion = kernel_motion(path.start(), *path.points().back().state, modes, rates());
    return regimes_of(motion, learned_on(path, modes), modes.s, threshold());
  };
  if (const auto* path = std::get_if<FlowPath>(&parts_->source)) {
    std::vector<std::optional<Regime>> regimes = by(*path);
    const auto known = is_resolved(*this, *path);
    for (std::size_t i = 0; i < regimes.size(); ++i) {
      if (!known(static_cast<Index>(i))) regimes[i] = std::nullopt;
    }
    return regimes;
  }
  if (method() == Method::nearest_closed_form) {
    const DeepLinear* weights = two_layers_of(start());
    const bool wide = weights != nullptr && weights->width() >= weights->shape().sum();
    return by(FlowPath(wide ? Network(gram_state(start())) : start(), parts_->task,
                       {.rates = rates(), .rtol = 1e-6, .settled = 1e-4}));
  }
  const Vector motion = kernel_motion(*state(0), *state(infinity), modes, rates());
  std::vector<std::optional<bool>> learned;
  if (const auto* exact = closed_form()) {
    for (const bool is : exact->learned()) learned.emplace_back(is);
  } else {
    const Vector end = this->modes(infinity);
    for (Index i = 0; i < end.size(); ++i) learned.emplace_back(end(i) >= modes.s(i) / 2);
  }
  return regimes_of(motion, learned, modes.s, threshold());
}

}  // namespace linnet
