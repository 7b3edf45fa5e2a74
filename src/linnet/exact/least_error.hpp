#pragma once

#include <algorithm>
#include <cmath>
#include <deque>
#include <queue>
#include <utility>
#include <vector>

#include "linnet/exact/false_position.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

/// All values between two.
struct Bounds {
  double low = 0;
  double high = 0;
  static Bounds between(double a, double b) { return {.low = std::min(a, b), .high = std::max(a, b)}; }
};

inline Bounds operator+(Bounds a, Bounds b) { return {.low = a.low + b.low, .high = a.high + b.high}; }
inline Bounds operator-(double a, Bounds b) { return {.low = a - b.high, .high = a - b.low}; }
inline Bounds operator*(double a, Bounds b) { return Bounds::between(a * b.low, a * b.high); }
inline Bounds operator*(Bounds a, Bounds b) {
  const Bounds low = a.low * b;
  const Bounds high = a.high * b;
  return {.low = std::min(low.low, high.low), .high = std::max(low.high, high.high)};
}
inline Bounds squared(Bounds a) {
  const Bounds ends = Bounds::between(a.low * a.low, a.high * a.high);
  return {.low = a.low <= 0 && a.high >= 0 ? 0.0 : ends.low, .high = ends.high};
}
inline Bounds root(Bounds a) { return {.low = std::sqrt(a.low), .high = std::sqrt(a.high)}; }

/// The least of a squared error E(t) over t in [0, inf], by branch and bound. A `Path` has
///
///     Sample at(t)            its `time`, `error` E and `slope` E'/4, and what else the path needs
///     Range over(from, to)    bounds between two samples: `least` of E, `slope` of E'/4, `curvature` of E''/8
///     double soonest()        a time before which little happens; inf where nothing moves
///     double uncertain()      what rounding leaves open of E at the end
///
/// An interval over which E' has one sign has its minimum at an end, one over which E'' > 0 at a root of E' or an end.
template <class Path>
class LeastError {
 public:
  using Sample = typename Path::Sample;

  explicit LeastError(Path path) : path_(std::move(path)) {}

  /// From the most promising interval on, until none is left that may contain a lower error.
  const Sample& find() {
    const Sample& start = look(0);
    const Sample& end = look(infinity);
    const double soonest = path_.soonest();
    if (!std::isfinite(soonest)) return *best_;
    const Sample& first = look(soonest);
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
    return end.error <= best_->error + path_.uncertain() ? end : *best_;
  }

 private:
  static constexpr double negligible = 1e-11;  // relative to the least error: how much lower an ignored interval may be
  static constexpr double rounding = 1e-14;    // of the error, a sum of squares

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

  const Sample& look(double time) {
    samples_.push_back(path_.at(time));
    const Sample& looked_at = samples_.back();
    if (best_ == nullptr || looked_at.error < (1 - rounding) * best_->error) best_ = &looked_at;
    return looked_at;
  }

  /// Kept where E may be lower inside than at the ends by more than a negligible amount.
  void add(const Sample& from, const Sample& to) {
    const auto [least, slope, curvature] = path_.over(from, to);
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
    const auto slope = [&](double time) { return path_.at(time).slope; };
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

  Path path_;
  std::deque<Sample> samples_;
  std::priority_queue<Interval> intervals_;
  const Sample* best_ = nullptr;
};

}  // namespace linnet
