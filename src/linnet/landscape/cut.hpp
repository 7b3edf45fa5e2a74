#pragma once

#include <vector>

#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/deep_linear.hpp"

namespace linnet::landscape {

/// A cut of a network in two parts: the layers up to `split` map the inputs V to 0, and the layers after it do not
/// reach the outputs U,
///
///     W_s⋯W_1 V = 0,    Uᵀ W_L⋯W_{s+1} = 0.
///
/// Then ∂C/∂θ = 0 if U and V span the columns and rows of ∇C(A). A cut is stored as flags, spaces E_l that contain the
/// image of V after l layers, W_l E_{l−1} ⊆ E_l with E_0 = V and E_s = 0, and likewise for the transposed layers from
/// U. The weights that respect given flags form a linear space.
class Cut {
 public:
  /// The nearest cut to these weights that the search finds. Given its neighbours, the best E_l is the negative
  /// eigenspace of W_{l+1}ᵀ(I − P_{l+1})W_{l+1} − W_lP_{l−1}W_lᵀ, P being the projectors, and the search optimizes one
  /// E_l at a time. It starts from flags where one layer maps the image of V to 0: each layer in turn, or, for hidden
  /// layers wider than 64, the layer where this changes the weights least. For two layers the result is the nearest
  /// cut. Without a search, and for layers wider than 512, only the start is used. U and V have orthonormal columns, 1
  /// ≤ split < L. The cost of an optimization of all E_l is O(w³).
  Cut(const DeepLinear& start, const Matrix& inputs, const Matrix& outputs, Index split, bool search = true);

  /// The nearest weights of this cut.
  [[nodiscard]] DeepLinear nearest(const DeepLinear& network) const;
  /// The same for a vector of all weights.
  [[nodiscard]] Vector nearest(const Vector& theta) const;
  /// The kernel JΠJᵀ of A for weights restricted to the cut, as `DeepLinearized::kernel`; two shares a layer.
  [[nodiscard]] std::vector<DeepLinearized::LayerKernel> kernel(const DeepLinear& at) const;

 private:
  void project(Matrix& w, std::size_t layer) const;

  std::vector<Index> sizes_;
  std::size_t split_;
  std::vector<Matrix> below_;  // E_0 … E_s, orthonormal columns
  std::vector<Matrix> above_;  // of the transposed layers from the last one down: U, …, nothing
};

/// The distance |θ − θ'| to weights that cut all modes of `gradient` = ∇C(A), all at one layer or each at the layer
/// where the change is least. Modes of a strength of at most `negligible` are ignored. This measures the distance to a
/// critical point in units of the weights, whereas ‖∂C/∂θ‖ falls with their (L−1)-th power.
double distance_to_cut(const DeepLinear& at, const Matrix& gradient, double negligible);

}  // namespace linnet::landscape
