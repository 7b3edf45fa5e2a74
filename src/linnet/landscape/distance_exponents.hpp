#pragma once

namespace linnet::landscape {

/// Exponents x of distances ~ w^x as the width grows.
struct DistanceExponents {
  double minimum = 0;  ///< of d_m, to the nearest global minimum
  double saddle = 0;   ///< of d_s, to the nearest saddle
};

/// Of a deep Gaussian start of variance w^{−γ} (*Saddle-to-saddle*): d_m ~ w^{−(1−γ)(L−1)/2} for 1 − 1/L ≤ γ ≤ 1, ~ 1
/// beyond, and nan below, where A_0 is larger than Y and the theory makes no statement; d_s ~ w^{(1−γ)/2}. L may be any
/// number above 1; throws for others, and for a γ that is not finite.
DistanceExponents distance_exponents(double depth, double gamma);

}  // namespace linnet::landscape
