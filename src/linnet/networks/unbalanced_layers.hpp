#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// The layer that is out of balance with all others.
enum class UnbalancedLayer { first, last };

/// All neighbouring layers are balanced, W_{l+1}ᵀW_{l+1} = W_lW_lᵀ, except the first pair, W_2ᵀW_2 − W_1W_1ᵀ = λI (or
/// the last, W_LᵀW_L − W_{L−1}W_{L−1}ᵀ = λI). *Get rich quick* calls λ δ. λ > 0 is upstream: the later layers are
/// larger, and the earlier ones move faster. λ < 0 is downstream. Two such layers are λ-balanced weights.
struct LayerImbalance {
  double balance = 0;  ///< λ
  UnbalancedLayer layer = UnbalancedLayer::first;

  /// y² − x², with y the singular values of the unbalanced layer and x those of all others: −λ of the first, λ of the
  /// last.
  [[nodiscard]] double excess() const { return layer == UnbalancedLayer::first ? -balance : balance; }
};

/// The singular values of layers along one singular vector of A.
struct LayerValues {
  double inner = 0;  ///< x, of every layer but the unbalanced one
  double outer = 0;  ///< y, of the unbalanced one
};

/// x, y ≥ 0 with x^{L−1} y = s and y² − x² = `excess`, to rounding whatever their sizes: Newton's method for the
/// logarithm of the smaller one, in which the equation is convex and its slope lies between 1 and L. s ≥ 0, L ≥ 2.
LayerValues layer_values(double s, Index depth, double excess);

/// The speed μ of a mode of A, ds/dt = −μ ∂C/∂s: μ = x^{2(L−1)} + (L−1) x^{2(L−2)} y², rates 1.
double mode_speed(const LayerValues& values, Index depth);

/// x and y along all singular vectors of A, whose singular values (as many as its rank) are `s`. Of the `width`
/// directions of the hidden layer beside the unbalanced one, those that A does not use have √|excess| in the larger
/// layers. Zeros fill the vectors up to `length`.
struct LayerSpectra {
  Vector inner;
  Vector outer;
};

LayerSpectra layer_spectra(const Vector& s, Index depth, double excess, Index width, Index length);

/// How many of the singular values, falling, of an A of this shape are above rounding.
Index rank_of(const Vector& singular_values, Shape shape);

}  // namespace linnet
