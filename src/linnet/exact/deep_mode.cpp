#include "linnet/exact/deep_mode.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "linnet/error.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

/// Σ_{m ≥ first} x^m / (offset + m L), 0 <= x <= 1/2.
double series(double x, double offset, double depth, int first) {
  double sum = 0;
  double power = first == 0 ? 1 : x;
  for (int m = first; m < 60; ++m, power *= x) sum += power / (offset + m * depth);
  return sum;
}

/// ∫₀ᵛ v dv/(1 − v^L) = −(1/L) Σ_k ω_k² ln|1 − v/ω_k| over the L-th roots of 1, where log_gap = ln|1 − v|.
double by_partial_fractions(double v, double log_gap, Index depth) {
  double sum = log_gap;
  for (Index k = 1; k < depth; ++k) {
    stop_if_asked(k);
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(depth);
    sum += (std::polar(1.0, 2 * angle) * std::log(1.0 - std::polar(v, -angle))).real();
  }
  return -sum / static_cast<double>(depth);
}

}  // namespace

// The place of a mode is q = ln(s/|y − s|), linear in time for L = 2, so that both ends of the path are resolved. With
// v = (s/y)^{1/L},
//     y^{2−2/L} t = ∫ dv/(v^{L−1}(1 − v^L)) = ∫ v^{1−L} dv + ∫ v dv/(1 − v^L).
DeepMode::DeepMode(const Parameters& p) : p_(p), depth_(static_cast<double>(p.depth)) {
  require_at_least(p.depth, 1, "mode.depth");
  require_non_negative(p.start, "mode.start");
  require_non_negative(p.target, "mode.target");
  require_positive(p.rate, "mode.rate");
  fastest_ = std::pow(p.target, 2 - 2 / depth_);
  above_ = p.start > p.target;
  if (!above_ || p.depth < 3) return;
  // At s = 2y, where the form that converges above takes over.
  const double v = std::pow(2.0, 1 / depth_);
  offset_ = by_partial_fractions(v, std::log(v - 1), p.depth) - std::pow(v, 2 - depth_) / (depth_ - 2) -
            std::pow(v, 2 - depth_) * series(0.5, depth_ - 2, depth_, 1);
}

// Near y the difference is exact, and the quotient by y is not.
double DeepMode::place_of(double s) const {
  if (s > 2 * p_.target) return -std::log1p(-p_.target / s);
  return std::log(s / std::abs(p_.target - s));
}

/// Below y the primitive of the second integral only, above y that of both.
double DeepMode::primitive(double q) const {
  // ln(1 − e^{−q}), of all digits on either side; 0 for a large q would make the time infinite.
  const auto log_of_rest = [](double x) {
    return x < std::numbers::ln2 ? std::log(-std::expm1(-x)) : std::log1p(-std::exp(-x));
  };
  const double log_ratio = above_ ? -log_of_rest(q) : q < 0 ? q - std::log1p(std::exp(q)) : -std::log1p(std::exp(-q));
  const double v = std::exp(log_ratio / depth_);
  if (!above_ && log_ratio < -std::numbers::ln2) return v * v * series(std::exp(log_ratio), 2, depth_, 0);
  if (above_ && log_ratio > std::numbers::ln2) {
    return std::pow(v, 2 - depth_) * series(std::exp(-log_ratio), depth_ - 2, depth_, 1);
  }
  const double log_gap = q > 40 ? -q - std::log(depth_) : std::log(std::abs(std::expm1(log_ratio / depth_)));
  const double sum = by_partial_fractions(v, log_gap, p_.depth);
  return above_ ? sum - std::pow(v, 2 - depth_) / (depth_ - 2) - offset_ : sum;
}

double DeepMode::time_between(double from, double to) const {
  double sum = primitive(to) - primitive(from);
  if (!above_) {
    const auto log_v = [&](double q) {
      return (q < 0 ? q - std::log1p(std::exp(q)) : -std::log1p(std::exp(-q))) / depth_;
    };
    const double power = depth_ - 2;
    sum += std::exp(-power * log_v(from)) * -std::expm1(power * (log_v(from) - log_v(to))) / power;
  }
  return sum / (fastest_ * p_.rate);
}

double DeepMode::at(double t) const {
  const double y = p_.target;
  const double s = p_.start;
  if (t == 0 || s == y || (p_.depth > 1 && s == 0)) return s;
  if (t == infinity) return y;
  const double passed = p_.rate * t;
  if (p_.depth == 1)
    return s > 2 * y ? y + (s - y) * std::exp(-passed) : s * std::exp(-passed) - y * std::expm1(-passed);
  if (y == 0) {
    const double power = 2 * depth_ - 2;
    return s * std::exp(-depth_ / power * std::log1p(power * std::pow(s, power / depth_) * passed));
  }
  const double start = place_of(s);
  double q = start;
  if (p_.depth == 2) {
    q += 2 * y * passed;
  } else {
    // Newton's method. The time is concave in q below y and convex above, so that at most the first step overshoots.
    for (int iteration = 0; iteration < 500; ++iteration) {
      const double here = above_ ? y / -std::expm1(-q) : y / (1 + std::exp(-q));
      const double slope = std::pow(here, 2 / depth_ - 1) / (depth_ * y * p_.rate);
      const double step = (t - time_between(start, q)) / slope;
      const double next = std::max(q + step, start);
      const bool done = std::abs(next - q) <= 4 * epsilon * std::abs(next);
      q = next;
      if (done) break;
    }
  }
  return above_ ? y / -std::expm1(-q) : q < 0 ? y * std::exp(q) / (1 + std::exp(q)) : y / (1 + std::exp(-q));
}

double DeepMode::time_to(double value) const {
  const double y = p_.target;
  const double s = p_.start;
  if (value == s) return 0;
  const bool between = above_ ? value >= y && value < s : value <= y && value > s;
  if (!between) return std::numeric_limits<double>::quiet_NaN();
  if (value == y || (p_.depth > 1 && s == 0)) return infinity;
  if (p_.depth == 1) {
    const double passed = (value - s) / (y - s);
    return (passed < 0.5 ? -std::log1p(-passed) : std::log((y - s) / (y - value))) / p_.rate;
  }
  if (y == 0) {
    const double power = 2 * depth_ - 2;
    return std::expm1(power / depth_ * std::log(s / value)) / (power * std::pow(s, power / depth_) * p_.rate);
  }
  if (p_.depth == 2) return (place_of(value) - place_of(s)) / (2 * y * p_.rate);
  return time_between(place_of(s), place_of(value));
}

}  // namespace linnet
