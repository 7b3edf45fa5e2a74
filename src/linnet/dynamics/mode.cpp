#include "linnet/dynamics/mode.hpp"

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

/// grow(to) − grow(from) = (to − from)(1 + (to + from)/(√(κ²+to²) + √(κ²+from²))), which keeps its digits when κ is
/// large.
double growth(double from, double to, double kappa) {
  const double roots = std::hypot(to, kappa) + std::hypot(from, kappa);
  return roots > 0 ? (to - from) * (1 + (to + from) / roots) : 0.0;
}

}  // namespace

Mode::Mode(const Parameters& p)
    : p_(p),
      r_(std::hypot(p.target, p.threshold)),
      g0_(grow(p.start, p.threshold)),
      above_(growth(p.start, p.target, p.threshold)),
      below_(g0_ + grow(-p.target, p.threshold)) {
  require_finite(p.target, "mode.target");
  require_non_negative(p.threshold, "mode.threshold");
  require_finite(p.start, "mode.start");
}

double Mode::at(double t) const {
  if (below_ == 0 || above_ == 0) return p_.start;  // a fixed point
  double gain = above_;                             // g(t) − g_0, here its limit at t = ∞
  if (std::isfinite(t)) {
    const double x = 2 * r_ * t;
    const double lost = -std::expm1(-x);
    const double phi = r_ > 0 ? lost / (2 * r_) : t;
    const double decayed = x < 0.5 ? 1 - lost : std::exp(-x);
    gain = above_ * (below_ * phi) / (decayed + below_ * phi);
  }
  const double g = g0_ + gain;
  // a = (g − κ²/g)/2, written as a(0) plus a change so that small times keep their digits.
  const double ratio = p_.threshold == 0 ? 0.0 : (p_.threshold / g) * (p_.threshold / g0_);
  return p_.start + 0.5 * gain * (1 + ratio);
}

double Mode::time_to(double value) const {
  const bool rises = p_.target > p_.start;
  if (value == p_.start) return 0;
  if (value == p_.target) return std::numeric_limits<double>::infinity();
  if ((value > p_.start) != rises || (value > p_.target) == rises) return std::numeric_limits<double>::quiet_NaN();
  if (below_ == 0) return std::numeric_limits<double>::infinity();
  const double gain = growth(p_.start, value, p_.threshold);
  const double left = growth(value, p_.target, p_.threshold);
  // gain = above below φ / (1 − 2rφ + below φ)  ⇒  φ = gain / (below left + 2 r gain), and e^{−2rt} = 1 − 2rφ.
  const double phi = gain / (below_ * left + 2 * r_ * gain);
  return r_ > 0 ? -std::log1p(-2 * r_ * phi) / (2 * r_) : phi;
}

double Mode::speed(double value) const { return 2 * std::hypot(p_.threshold, value) * (p_.target - value); }

}  // namespace linnet
