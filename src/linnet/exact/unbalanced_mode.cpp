#include "linnet/exact/unbalanced_mode.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/false_position.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {
constexpr std::size_t points = 16;

struct Quadrature {
  std::array<double, points> node;
  std::array<double, points> weight;
};

/// Gauss–Legendre on [0, 1]: the roots of P_16 by Newton's method.
Quadrature gauss_legendre() {
  Quadrature rule{};
  constexpr auto n = static_cast<double>(points);
  for (std::size_t i = 0; i < points; ++i) {
    double x = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (n + 0.5));
    double slope = 0;
    for (int iteration = 0; iteration < 6; ++iteration) {
      double before = 0;
      double p = 1;
      for (std::size_t k = 0; k < points; ++k) {
        const auto order = static_cast<double>(k);
        before = std::exchange(p, ((2 * order + 1) * x * p - order * before) / (order + 1));
      }
      slope = n * (before - x * p) / (1 - x * x);
      x -= p / slope;
    }
    rule.node[i] = (1 + x) / 2;
    rule.weight[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return rule;
}

}  // namespace

UnbalancedMode::UnbalancedMode(const Parameters& p) : p_(p), above_(p.start > p.target) {
  require_at_least(p.depth, 2, "mode.depth");
  require_non_negative(p.start, "mode.start");
  require_non_negative(p.target, "mode.target");
  require_finite(p.imbalance.balance, "mode.balance");
  require_positive(p.rate, "mode.rate");
  // μ(s) differs from μ(0) by the square of s over the size at which layers change.
  constexpr double small = 1e-8;
  const double excess = std::abs(p.imbalance.excess());
  if (speed(0) > 0) linear_end_ = small * std::min(p.target, std::pow(excess, static_cast<double>(p.depth) / 2));
  if (p.start == p.target || barred()) return;
  // Where s equals the target to rounding, or underflows, the time has no effect.
  double place = place_of(above_ ? p.start : std::max(p.start, linear_end_));
  for (; value_at(place) != p.target; place += 1) {
    waits_.push_back(wait(place, place + 1));
    if (!std::isfinite(waits_.back())) break;
  }
}

double UnbalancedMode::speed(double s) const {
  return p_.rate * mode_speed(layer_values(s, p_.depth, p_.imbalance.excess()), p_.depth);
}

bool UnbalancedMode::barred() const { return p_.start == 0 && speed(0) == 0; }

double UnbalancedMode::place_of(double s) const {
  return above_ ? -std::log(s - p_.target) : std::log(s / (p_.target - s));
}

double UnbalancedMode::value_at(double place) const {
  if (above_) return p_.target + std::exp(-place);
  return p_.target * (place < 0 ? std::exp(place) / (1 + std::exp(place)) : 1 / (1 + std::exp(-place)));
}

double UnbalancedMode::wait(double from, double to) const {
  static const Quadrature rule = gauss_legendre();
  double sum = 0;
  for (std::size_t i = 0; i < points; ++i) {
    const double s = value_at(from + (to - from) * rule.node[i]);
    sum += rule.weight[i] * (above_ ? 1 : s / p_.target) / speed(s);
  }
  return (to - from) * sum;
}

double UnbalancedMode::linear_time(double from, double to) const {
  return std::log1p((to - from) / (p_.target - to)) / speed(0);
}

double UnbalancedMode::time_to(double value) const {
  if (value == p_.start) return 0;
  const bool between = above_ ? value >= p_.target && value < p_.start : value <= p_.target && value > p_.start;
  if (!between) return std::numeric_limits<double>::quiet_NaN();
  if (value == p_.target || barred()) return infinity;
  double time = 0;
  double start = p_.start;
  if (!above_ && start < linear_end_) {
    const double end = std::min(value, linear_end_);
    time = linear_time(start, end);
    if (end == value) return time;
    start = end;
  }
  const double last = place_of(value);
  double place = place_of(start);
  while (place < last) {
    const double next = std::min(place + 1, last);
    time += wait(place, next);
    place = next;
  }
  return time;
}

double UnbalancedMode::at(double t) const {
  if (t == 0 || p_.start == p_.target || barred()) return p_.start;
  if (t == infinity) return p_.target;
  double left = t;
  double start = p_.start;
  if (!above_ && start < linear_end_) {
    const double passed = linear_time(start, linear_end_);
    if (left <= passed) return start * std::exp(-speed(0) * left) - p_.target * std::expm1(-speed(0) * left);
    left -= passed;
    start = linear_end_;
  }
  double place = place_of(start);
  for (const double passed : waits_) {
    if (left <= passed) {
      const auto late = [&](double ahead) { return wait(place, place + ahead) - left; };
      return value_at(place + false_position(late, 0.0, -left, 1.0, passed - left, 1e-15));
    }
    left -= passed;
    place += 1;
  }
  return p_.target;
}

}  // namespace linnet
