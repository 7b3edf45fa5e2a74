#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <queue>
#include <vector>

#include "linnet/exact/false_position.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {
constexpr double negligible = 1e-11;         // relative to the least error: how much lower an ignored interval may be
constexpr double rounding_of_error = 1e-14;  // of the error, a sum of squares

/// All values between two.
struct Bounds {
  double low = 0;
  double high = 0;
};

Bounds between(double a, double b) { return {.low = std::min(a, b), .high = std::max(a, b)}; }
Bounds operator+(Bounds a, Bounds b) { return {.low = a.low + b.low, .high = a.high + b.high}; }
Bounds operator-(double a, Bounds b) { return {.low = a - b.high, .high = a - b.low}; }
Bounds operator*(double a, Bounds b) { return between(a * b.low, a * b.high); }
Bounds operator*(Bounds a, Bounds b) {
  const Bounds low = a.low * b;
  const Bounds high = a.high * b;
  return {.low = std::min(low.low, high.low), .high = std::max(low.high, high.high)};
}
Bounds squared(Bounds a) {
  const Bounds ends = between(a.low * a.low, a.high * a.high);
  return {.low = a.low <= 0 && a.high >= 0 ? 0.0 : ends.low, .high = ends.high};
}
Bounds root(Bounds a) { return {.low = std::sqrt(a.low), .high = std::sqrt(a.high)}; }

/// The least of the squared error E(t) = unseen + Σ weight_i e_i², e_i = a_i − o_i, over t in [0, inf], by branch and
/// bound. t is the time of the fastest mode, and mode i has the time p_i t. Each a_i is monotonic from its start to
/// y_i. Hence over an interval of time every term has a least value, and with ρ_i = y_i − a_i and q_i² = κ² + a_i² so
/// have
///
///     E'/4 = Σ weight_i p_i e_i q_i ρ_i,   E''/8 = Σ weight_i p_i² ρ_i (q_i²(ρ_i − e_i) + e_i a_i ρ_i).
///
/// weight_i counts the modes, times the variance of the test inputs along them.
///
/// An interval over which E' has one sign has its minimum at an end, one over which E'' > 0 at a root of E' or an end.
class BranchAndBound {
 public:
  BranchAndBound(const TaskSpectrum& spectrum, const std::vector<Mode>& modes, double threshold, const Vector& pace)
      : spectrum_(spectrum),
        modes_(modes),
        kappa2_(threshold * threshold),
        pace_(pace),
        weight_(spectrum.weight),
        off_(spectrum.target - spectrum.overlap) {
    if (spectrum.test_variance.size() != 0) weight_.array() *= spectrum.test_variance.array();
  }

  struct Sample {
    double time = 0;
    Vector residual;   // ρ
    double error = 0;  // E
    double slope = 0;  // E'/4
  };

  /// From the most promising interval on, until none is left that may contain a lower error.
  const Sample& least() {
    const Sample& start = look(0);
    const Sample& end = look(infinity);
    double fastest = 0;
    for (Index i = 0; i < off_.size(); ++i) {
      const double largest = std::max(std::abs(spectrum_.target(i)), std::abs(start.residual(i)));
      fastest = std::max(fastest, std::hypot(std::sqrt(kappa2_), largest));
    }
    if (fastest == 0) return *best_;
    const Sample& first = look(1 / fastest);
    add(start, first);
    add(first, end);
    while (!intervals_.empty() && intervals_.top().bound < enough()) {
      const Interval widest = intervals_.top();
      intervals_.pop();
      const double middle = middle_of(widest.from->time, widest.to->time);
      if (!(middle > widest.from->time && middle < widest.to->time)) continue;
      const Sample& inside = look(middle);
      add(*widest.from, inside);
      add(inside, *widest.to);
    }
    polish();
    return end.error <= best_->error + uncertain() ? end : *best_;
  }

 private:
  /// What rounding of y_i and u_iᵀA*v_i leaves open of E at the end, by a backward error of the decomposition.
  [[nodiscard]] double uncertain() const {
    const double moved = 8 * std::numeric_limits<double>::epsilon() * spectrum_.target.cwiseAbs().maxCoeff();
    return (weight_.array() * moved * (2 * off_.array().abs() + moved)).sum();
  }

  struct Interval {
    const Sample* from;
    const Sample* to;
    double bound;                                                                // E is nowhere less
    bool operator<(const Interval& other) const { return bound > other.bound; }  // the least is on top of the queue
  };

  [[nodiscard]] double enough() const { return (1 - negligible) * best_->error; }

  static double middle_of(double from, double to) {
    if (to == infinity) return 4 * from;
    return to > 3 * from && from > 0 ? std::sqrt(from) * std::sqrt(to) : from + (to - from) / 2;
  }

  [[nodiscard]] Sample at(double time) const {
    Sample now{.time = time, .residual = Vector(off_.size()), .error = spectrum_.unseen};
    for (Index i = 0; i < off_.size(); ++i) {
      const double left = modes_[static_cast<std::size_t>(i)].residual(pace_(i) > 0 ? pace_(i) * time : 0.0);
      const double off = off_(i) - left;
      const double a = spectrum_.target(i) - left;
      now.residual(i) = left;
      now.error += weight_(i) * off * off;
      now.slope += weight_(i) * pace_(i) * off * std::sqrt(kappa2_ + a * a) * left;
    }
    return now;
  }

  const Sample& look(double time) {
    samples_.push_back(at(time));
    const Sample& looked_at = samples_.back();
    if (best_ == nullptr || looked_at.error < (1 - rounding_of_error) * best_->error) best_ = &looked_at;
    return looked_at;
  }

  /// Kept where E may be lower inside than at the ends by more than a negligible amount.
  void add(const Sample& from, const Sample& to) {
    double least = spectrum_.unseen;
    Bounds slope;
    Bounds curvature;
    for (Index i = 0; i < off_.size(); ++i) {
      const double weight = weight_(i);
      const double pace = pace_(i);
      const Bounds left = between(from.residual(i), to.residual(i));
      const Bounds a = spectrum_.target(i) - left;
      const Bounds off = off_(i) - left;
      const Bounds a2 = squared(a);
      const Bounds q2{.low = kappa2_ + a2.low, .high = kappa2_ + a2.high};
      const Bounds ahead{.low = 2 * left.low - off_(i), .high = 2 * left.high - off_(i)};  // ρ − e
      least += weight * squared(off).low;
      slope = slope + weight * pace * (off * (root(q2) * left));
      curvature = curvature + weight * pace * pace * (left * (q2 * ahead + off * (a * left)));
    }
    if (least >= enough() || slope.low >= 0 || slope.high <= 0) return;
    if (curvature.low > 0) {
      if (from.slope < 0 && to.slope > 0) look_at_root(from, to);
      return;
    }
    // A bound below both lines that start at the ends and fall with the steepest possible slope.
    const double steps = 16 * slope.low * slope.high * (to.time - from.time);
    const double fall = 4 * (slope.high - slope.low);
    const double met = (4 * (slope.high * from.error - slope.low * to.error) + steps) / fall;
    intervals_.push({.from = &from, .to = &to, .bound = std::max(least, met)});
  }

  void look_at_root(const Sample& from, const Sample& to) {
    const auto slope = [&](double time) { return at(time).slope; };
    look(false_position(slope, from.time, from.slope, to.time, to.slope, 1e-10));
  }

  /// The true minimum may lie in an interval that was ignored as negligible.
  void polish() {
    std::vector<const Sample*> in_order;
    for (const Sample& m : samples_) in_order.push_back(&m);
    std::sort(in_order.begin(), in_order.end(), [](const Sample* a, const Sample* b) { return a->time < b->time; });
    const auto best = std::find(in_order.begin(), in_order.end(), best_);
    if (best == in_order.begin() || best == in_order.end() - 1) return;
    const auto from = best_->slope > 0 ? best - 1 : best;
    if (!((*from)->slope < 0 && (*(from + 1))->slope > 0)) return;
    look_at_root(**from, **(from + 1));
    if (samples_.back().error <= best_->error) best_ = &samples_.back();
  }

  const TaskSpectrum& spectrum_;
  const std::vector<Mode>& modes_;
  double kappa2_;
  const Vector& pace_;  // p_i
  Vector weight_;
  Vector off_;  // e_i at t = inf
  std::deque<Sample> samples_;
  std::priority_queue<Interval> intervals_;
  const Sample* best_ = nullptr;
};

}  // namespace

BestMoment ModeFlow::best() const {
  const double at_start = test_error(0);
  if (spectrum_->target.size() == 0 || !(clock_ > 0)) return {.time = 0, .test_error = at_start};
  const double t = BranchAndBound(*spectrum_, modes_, threshold_, pace_).least().time / clock_;
  return {.time = t, .test_error = test_error(t)};
}

}  // namespace linnet
