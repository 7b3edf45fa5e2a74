#pragma once

#include "linnet/linalg/chain.hpp"

namespace linnet::linalg {

/// The derivatives of a chain's product and of its gradients along a direction V_1, …, V_L, for products with the
/// Hessian. At fixed factors and R = ∂C/∂P of the product P = W_L⋯W_1:
///
///     forward:   dP = Σ_l W_L⋯V_l⋯W_1
///     backward:  dG_l, the derivative of G_l = (W_L⋯W_{l+1})ᵀ R (W_{l−1}⋯W_1)ᵀ when the W_l move by V_l and R by dR.
///
/// Both take six products for each node of the chain, where a gradient takes three; `linearize` takes two. Allocates
/// only in the first call.
class ChainTangent {
 public:
  /// `chain` must outlive it.
  explicit ChainTangent(const Chain& chain);

  /// Sets the factors, which `chain` has multiplied, and R.
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
