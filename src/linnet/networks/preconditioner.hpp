#pragma once

#include <vector>

#include "linnet/networks/kernel.hpp"
#include "linnet/networks/unbalanced_layers.hpp"

namespace linnet {

/// How the weights of a linear network of any depth turn the gradient of A into its motion under gradient flow
/// (*Get rich quick*): dvec(A)/dt = −M vec(∇C(A)), n_0n_L square, symmetric and positive,
///
///     M = Σ_l η_l (W_{l−1}⋯W_1)ᵀ(W_{l−1}⋯W_1) ⊗ (W_L⋯W_{l+1})(W_L⋯W_{l+1})ᵀ,
///
/// with vec stacking columns. M is the neural tangent kernel over whitened inputs (`TangentKernel`, which stores the
/// factors). Two layers: M = η_1 I ⊗ C_2 + η_2 C_1 ⊗ I.
class Preconditioner {
 public:
  /// Throws unless there is one rate, or one a layer, all positive.
  explicit Preconditioner(const DeepLinear& network, const Layerwise& rates = 1.0);

  [[nodiscard]] Shape shape() const { return kernel_.shape(); }
  [[nodiscard]] Index unknowns() const { return shape().outputs * shape().inputs; }  ///< n_0n_L
  [[nodiscard]] Index depth() const { return kernel_.depth(); }

  /// Σ_l η_l K_l^out G K_l^in, the matrix of M vec(G): 2L products of the end-to-end size.
  [[nodiscard]] Matrix apply(const Matrix& gradient) const;
  /// M itself, n_0n_L square; memory (n_0n_L)². Throws above 4096 unknowns.
  [[nodiscard]] Matrix dense() const;
  /// All n_0n_L eigenvalues, rising, with an absolute error of rounding times the largest. Up to two layers any size is
  /// possible, in O(n³), n = n_0 + n_L, or O(nw²) for a narrow hidden layer, because the factors commute. Deeper
  /// networks diagonalize M, which allows up to 4096 unknowns.
  [[nodiscard]] Vector eigenvalues() const;

 private:
  TangentKernel kernel_;
};

/// M where it follows from A alone: for weights that are balanced except for their first or last layer
/// (`LayerImbalance`, `deep_unbalanced`), a structure that gradient flow keeps. With A = U S Vᵀ all factors are
/// diagonal in V and U, so that M (v_i ⊗ u_j) = μ_ji v_i ⊗ u_j: with x, y of every singular value from `layer_values`,
/// an unbalanced first layer has
///
///     μ_ji = x_j^{2(L−1)} + Σ_{l≥2} y_i² x_i^{2(l−2)} x_j^{2(L−l)},
///
/// and an unbalanced last one x_i^{2(L−1)} + Σ_{l<L} x_i^{2(l−1)} x_j^{2(L−1−l)} y_j².
struct PreconditionerModes {
  Matrix u;            ///< n_L square
  Matrix eigenvalues;  ///< μ_ji ≥ 0, n_L x n_0
  Matrix v;            ///< n_0 square

  /// U (μ ∘ UᵀGV) Vᵀ, the matrix of M vec(G).
  [[nodiscard]] Matrix apply(const Matrix& gradient) const;
};

/// The structure of weights that are balanced except for one layer.
struct PreconditionerStructure {
  Index depth = 2;           ///< L ≥ 2
  LayerImbalance imbalance;  ///< of the rescaled layers W_l/√η_l
  Index width = 0;           ///< of the hidden layer beside the unbalanced one; needed for λ ≠ 0
  Layerwise rates = 1.0;
};

/// M from A and the structure, by one SVD of A. Throws where A does not determine which of its unused directions the
/// larger layers have: for λ ≠ 0 the width must be the dimension of the end that they face (n_0 or n_L), or the rank of
/// A.
PreconditionerModes preconditioner_modes(const Matrix& end_to_end, const PreconditionerStructure& structure);

}  // namespace linnet
