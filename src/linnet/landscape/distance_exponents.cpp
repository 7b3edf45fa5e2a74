#include "linnet/landscape/distance_exponents.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"

namespace linnet::landscape {

DistanceExponents distance_exponents(double depth, double gamma) {
  if (!(depth > 1)) {
    bad_input({.field = "network.depth", .expected = "more than 1 layer", .got = format_number(depth)});
  }
  if (!std::isfinite(gamma)) {
    bad_input({.field = "network.gamma", .expected = "a finite number", .got = format_number(gamma)});
  }
  constexpr double rounding = 1e-12;  // allowed in 1 − 1/L
  const bool claimed = gamma >= 1 - 1 / depth - rounding;
  return {.minimum = claimed ? std::fmin(0, -(1 - gamma) * (depth - 1) / 2) : std::numeric_limits<double>::quiet_NaN(),
          .saddle = (1 - gamma) / 2};
}

}  // namespace linnet::landscape
