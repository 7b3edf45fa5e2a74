#pragma once

#include "linnet/linalg/decompositions.hpp"

namespace linnet {

/// Σ_{l=1}^L x^{(L−l)/L} y^{(l−1)/L} at x = s², y = s'². This is (s² − s'²)/(s^{2/L} − s'^{2/L}) without its
/// cancellation, and L s^{2−2/L} where s and s' are equal.
double balanced_coupling(double s, double other, double depth);

/// The velocity of A of balanced weights of depth L > 1, −η Σ_l (AAᵀ)^{(L−l)/L} R (AᵀA)^{(l−1)/L}. Singular vectors i
/// and j couple by `balanced_coupling`; singular vector i couples with the directions of singular value 0 by
/// s_i^{2−2/L}. The object keeps its buffers between calls.
class BalancedVelocity {
 public:
  /// Into `out`, from the nonzero singular values of A and their vectors. Six products.
  void evaluate(const linalg::Svd& a, double depth, double rate, const Matrix& r, Matrix& out);

 private:
  Matrix x_;
  Matrix y_;
  Matrix z_;
};

}  // namespace linnet
