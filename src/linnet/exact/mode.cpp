#include "linnet/exact/mode.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"

namespace linnet {

namespace {

/// a + √(κ² + a²), without cancellation for either sign of a.
double grow(double a, double kappa) {
  const double root = std::hypot(a, kappa);
  if (a >= 0) return a + root;
  return kappa == 0 ? 0.0 : kappa * (kappa / (root - a));
}

/// grow(to) − grow(from), without cancellation beyond that of to − from.
double growth(double from, double to, double kappa) {
  const double roots = std::hypot(to, kappa) + std::hypot(from, kappa);
  return roots > 0 ? (to - from) * ((grow(to, kappa) + grow(from, kappa)) / roots) : 0.0;
}

}  // namespace

Mode::Mode(const Parameters& p) : p_(p), kappa_(p.threshold) {
  require_finite(p.target, "mode.target");
  require_non_negative(p.threshold, "mode.threshold");
  require_finite(p.start, "mode.start");
  // (a, y) → (−a, −y) leaves the equation as it is.
  if (kappa_ == 0 || p.target == 0 ? p.start < 0 : p.target < 0) sign_ = -1;
  y_ = sign_ * p.target;
  a0_ = sign_ * p.start;
  if (kappa_ > 0 && a0_ < 0) kappa_ = std::max(kappa_, 1e-140 * (y_ - a0_));
  r_ = std::hypot(y_, kappa_);
  g0_ = grow(a0_, kappa_);
  end_ = grow(y_, kappa_);
  above_ = growth(a0_, y_, kappa_);
  below_ = g0_ + grow(-y_, kappa_);
}

// With E = e^{−2rt}, φ = (1 − E)/(2r) and D = E + below φ, all of them positive,
//     g = (g_0 E + g₊ below φ)/D,   g − g_0 = above below φ/D,   g₊ − g = above E/D,
// and a = (g − κ²/g)/2. Which of the three gives a without cancellation depends on the start of the mode.
Mode::Solution Mode::solution(double t) const {
  const double x = 2 * r_ * t;
  // E and 1 − E from one exponential: the larger of the two gives the other without cancellation.
  const bool early = x < 0.6;
  const double exponential = early ? std::expm1(-x) : std::exp(-x);
  const double decayed = early ? 1 + exponential : exponential;
  const double lost = early ? -exponential : 1 - exponential;
  const double grown = below_ * (r_ > 0 ? lost / (2 * r_) : t);
  const double sum = decayed + grown;
  return {.decayed = decayed / sum, .grown = grown / sum, .g = g0_ * (decayed / sum) + end_ * (grown / sum)};
}

double Mode::left(const Solution& now) const {
  const double curved = kappa_ > 0 ? (kappa_ / now.g) * (kappa_ / end_) : 0.0;
  return 0.5 * above_ * now.decayed * (1 + curved);
}

double Mode::at(double t) const {
  if (t == 0 || a0_ == y_ || (kappa_ == 0 && a0_ == 0)) return p_.start;
  if (t == std::numeric_limits<double>::infinity()) return kappa_ == 0 && y_ < 0 ? 0.0 : p_.target;
  const Solution now = solution(t);
  if (kappa_ == 0) return sign_ * now.g / 2;
  if (a0_ > y_ || (a0_ < 0 && y_ < kappa_ && now.decayed < now.grown)) return sign_ * (y_ - left(now));
  if (a0_ >= -kappa_) return sign_ * (a0_ + 0.5 * above_ * now.grown * (1 + (kappa_ / now.g) * (kappa_ / g0_)));
  return sign_ * 0.5 * (now.g - kappa_ * (kappa_ / now.g));
}

double Mode::residual(double t) const {
  const bool moves = t > 0 && a0_ != y_ && (kappa_ > 0 || a0_ != 0);
  if (!moves || (kappa_ == 0 && y_ < 0)) return p_.target - at(t);
  return t == std::numeric_limits<double>::infinity() ? 0.0 : sign_ * left(solution(t));
}

double Mode::time_to(double value) const {
  if (value == p_.start) return 0;
  if (value == p_.target) return std::numeric_limits<double>::infinity();
  const bool rises = p_.target > p_.start;
  if (!(rises ? value > p_.start && value < p_.target : value < p_.start && value > p_.target)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const double a = sign_ * value;
  if (kappa_ == 0 && (a0_ == 0 || a <= 0)) return std::numeric_limits<double>::infinity();
  // (g − g_0)/(g₊ − g) = below φ/E = below (e^{2rt} − 1)/(2r).
  const double passed = growth(a0_, a, kappa_);
  const double ahead = growth(a, y_, kappa_);
  const double ratio = passed / ahead;
  if (r_ == 0) return ratio / below_;
  const double grown = (2 * r_ / below_) * ratio;
  if (grown < 1e17) return std::log1p(grown) / (2 * r_);
  // Where 1 is negligible beside it, the exponential may overflow.
  return (std::log(2 * r_) - std::log(below_) + std::log(std::abs(passed)) - std::log(std::abs(ahead))) / (2 * r_);
}

double Mode::by_threshold(double t) const {
  const double kappa = p_.threshold;
  if (!(t > 0) || t == std::numeric_limits<double>::infinity() || kappa == 0) return 0;
  const double y = p_.target;
  const double a0 = p_.start;
  const double a = at(t);
  const double h = std::hypot(kappa, a);
  const double h0 = std::hypot(kappa, a0);
  // κ²(1/h_0 − 1/h) = κ² (a − a_0)(a + a_0)/(h h_0 (h + h_0)): for a start at 0 all terms have the sign of y.
  const double grown = (kappa / h) * (kappa / h0) * ((a - a0) * (a + a0) / (h + h0));
  const double along = y * (a / h - a0 / h0);
  const double r2 = y * y + kappa * kappa;
  return residual(t) * (h / r2) * (2 * kappa * kappa * t + along + grown);
}

double Mode::speed(double value) const { return 2 * std::hypot(p_.threshold, value) * (p_.target - value); }

}  // namespace linnet
