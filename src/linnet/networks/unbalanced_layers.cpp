#include "linnet/networks/unbalanced_layers.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

/// The smaller of the two values, z^p (z² + gap²)^{q/2} = s. From above Newton's method for ln z falls monotonically to
/// the root.
double smaller_value(double s, double p, double q, double gap) {
  double z = std::min(std::pow(s, 1 / (p + q)), std::pow(s / std::pow(gap, q), 1 / p));
  for (int iteration = 0; iteration < 100 && z > 0; ++iteration) {
    const double other = std::hypot(z, gap);
    const double ratio = z / other;
    const double step = std::log(std::pow(z, p) * std::pow(other, q) / s) / (p + q * ratio * ratio);
    z *= std::exp(-step);
    if (std::abs(step) <= 4 * epsilon) break;
  }
  return z;
}

}  // namespace

LayerValues layer_values(double s, Index depth, double excess) {
  const auto others = static_cast<double>(depth - 1);
  const double gap = std::sqrt(std::abs(excess));
  if (excess == 0) {
    const double root = std::pow(s, 1 / (others + 1));
    return {.inner = root, .outer = root};
  }
  if (excess > 0) {
    const double x = s > 0 ? smaller_value(s, others, 1, gap) : 0;
    return {.inner = x, .outer = std::hypot(x, gap)};
  }
  const double y = s > 0 ? smaller_value(s, 1, others, gap) : 0;
  return {.inner = std::hypot(y, gap), .outer = y};
}

double mode_speed(const LayerValues& values, Index depth) {
  const auto others = static_cast<double>(depth - 1);
  return std::pow(values.inner, 2 * (others - 1)) *
         (values.inner * values.inner + others * values.outer * values.outer);
}

LayerSpectra layer_spectra(const Vector& s, Index depth, double excess, Index width, Index length) {
  LayerSpectra spectra{.inner = Vector::Zero(length), .outer = Vector::Zero(length)};
  const Index directions = excess == 0 ? s.size() : std::min(width, length);
  for (Index i = 0; i < directions; ++i) {
    const LayerValues values = layer_values(i < s.size() ? s(i) : 0.0, depth, excess);
    spectra.inner(i) = values.inner;
    spectra.outer(i) = values.outer;
  }
  return spectra;
}

Index rank_of(const Vector& singular_values, Shape shape) {
  const double cutoff = epsilon * static_cast<double>(shape.sum()) * singular_values(0);
  return (singular_values.array() > cutoff).count();
}

}  // namespace linnet
