#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// aᵀs of n numbers, in eight partial sums. Adjacent terms are added to different sums, and the sums are added in
/// pairs, so that adjacent terms that cancel each other do so exactly: a network of antisymmetric pairs is exactly 0.
inline double paired_dot(const double* __restrict a, const double* __restrict s, Index n) {
  double sums[8] = {};
  Index k = 0;
  for (; k + 8 <= n; k += 8) {
    for (int j = 0; j < 8; ++j) sums[j] += a[k + j] * s[k + j];
  }
  for (int j = 0; k + j < n; ++j) sums[j] += a[k + j] * s[k + j];
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

}  // namespace linnet::linalg
