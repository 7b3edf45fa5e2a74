#pragma once

#include "linnet/linalg/chain.hpp"

namespace linnet::linalg {

/// The derivative of a chain's product and of its gradients along a direction V_1, …, V_L, from which products with the
/// Hessian are made. At fixed factors and R = ∂C/∂P of the product P = W_L⋯W_1:
///
///     forward:   dP = Σ_l W_L⋯V_l⋯W_1
///     backward:  dG_l, the derivative of G_l = (W_L⋯W_{l+1})ᵀ R (W_{l−1}⋯W_1)ᵀ when the W_l move by V_l and R by dR.
///
/// Six products a node of the chain for both, against three of the gradient; `linearize` takes two. Allocates nothing
/// but the first time.
class ChainTangent {
 public:
  /// `chain` must outlive it.
  explicit ChainTangent(const Chain& chain);

  /// At these factors, for which `chain` has multiplied, with this R.
  void linearize(std::span<const Matrix> factors, const Matrix& r);

  /// dP; valid until the next call.
  const Matrix& forward(std::span<const Matrix> factors, std::span<const Matrix> directions);

  /// dG_l into `out`, at the directions of the last `forward`.
  void backward(std::span<const Matrix> factors, std::span<const Matrix> directions, const Matrix& dr,
                std::vector<Matrix>& out);

 private:
  [[nodiscard]] const Matrix& tangent(std::size_t node, std::span<const Matrix> directions) const;

  const Chain* chain_;
  std::vector<Matrix> gradients_;  // ∂C/∂(node), of inner nodes
  std::vector<Matrix> tangents_;   // d(node), of inner nodes
  std::vector<Matrix> changes_;    // d(∂C/∂(node)), of inner nodes
};

}  // namespace linnet::linalg
