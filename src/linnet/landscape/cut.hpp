#pragma once

#include <vector>

#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/deep_linear.hpp"

namespace linnet::landscape {

/// A cut of a network in two: the layers up to `split` do not pass on the inputs V, and those beyond do not feed the
/// outputs U,
///
///     W_s⋯W_1 V = 0,    Uᵀ W_L⋯W_{s+1} = 0.
///
/// Then ∂C/∂θ = 0 wherever U and V span the columns and rows of ∇C(A). Kept as flags, the spaces E_l that may hold what
/// becomes of V after l layers, W_l E_{l−1} ⊆ E_l with E_0 = V, E_s = 0, and the like from behind: a linear space of
/// weights.
class Cut {
 public:
  /// The one nearest to these weights, as far as searched: given its neighbours, the best E_l is the negative
  /// eigenspace of W_{l+1}ᵀ(I − P_{l+1})W_{l+1} − W_lP_{l−1}W_lᵀ, P the projectors. So by turns from one layer that
  /// lets nothing pass, each in turn or, of hidden layers wider than 64, the one that takes least; the nearest of two
  /// layers. Without a search, and with layers wider than 512, from there alone. U and V are given by orthonormal
  /// columns, 1 ≤ split < L; the cost is O(w³) a turn.
  Cut(const DeepLinear& start, const Matrix& inputs, const Matrix& outputs, Index split, bool search = true);

  /// The nearest weights of this cut.
  [[nodiscard]] DeepLinear nearest(const DeepLinear& network) const;
  /// The same for a vector of all weights.
  [[nodiscard]] Vector nearest(const Vector& theta) const;
  /// The kernel JΠJᵀ of A when the weights keep to the cut, as `DeepLinearized::kernel`; two shares a layer.
  [[nodiscard]] std::vector<DeepLinearized::Share> kernel(const DeepLinear& at) const;

 private:
  void project(Matrix& w, std::size_t layer) const;

  std::vector<Index> sizes_;
  std::size_t split_;
  std::vector<Matrix> below_;  // E_0 … E_s, orthonormal columns
  std::vector<Matrix> above_;  // of the transposed layers from the last one down: U, …, nothing
};

/// |θ − θ'| to weights that no mode of `gradient` = ∇C(A) gets into or out of: all of them cut at one layer, or each
/// where that takes least; modes of a strength of at most `negligible` do not count. The distance to a critical point
/// nearby, in the units of the weights whatever their size, where ‖∂C/∂θ‖ falls with its (L−1)-th power.
double distance_to_cut(const DeepLinear& at, const Matrix& gradient, double negligible);

}  // namespace linnet::landscape
