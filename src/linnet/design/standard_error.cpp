#include "linnet/design/standard_error.hpp"

#include <cmath>
#include <numbers>

#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

/// P(|T| <= t) of Student's law of a whole number of degrees of freedom, a finite sum (Abramowitz & Stegun 26.7.3-4).
double within(double t, Index degrees) {
  const double angle = std::atan(t / std::sqrt(static_cast<double>(degrees)));
  const double cosine2 = std::pow(std::cos(angle), 2);
  const bool odd = degrees % 2 == 1;
  double term = odd ? std::cos(angle) : 1.0;
  double sum = 0;
  for (Index k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine2 * static_cast<double>(k + 1) / static_cast<double>(k + 2);
  }
  if (odd) return 2 / std::numbers::pi * (angle + std::sin(angle) * sum);
  return std::sin(angle) * sum;
}

double quantile(Index degrees) {
  double low = 1.9;
  double high = 13;
  while (high - low > 1e-9) {
    const double middle = (low + high) / 2;
    (within(middle, degrees) < 0.95 ? low : high) = middle;
  }
  return high;
}

}  // namespace

double half_interval(const Vector& values) {
  const Index count = values.size();
  if (count < 2) return infinity;
  const auto n = static_cast<double>(count);
  const double variance = (values.array() - values.mean()).square().sum() / (n - 1);
  return quantile(count - 1) * std::sqrt(variance / n);
}

}  // namespace linnet
