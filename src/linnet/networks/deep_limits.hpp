#pragma once

#include <vector>

#include "linnet/networks/deep_linear.hpp"

namespace linnet {

/// A deep network that stays in the tangent plane at its start: the lazy (NTK) limit. f(θ) = A(θ_0) + J(θ_0)(θ − θ_0),
/// so A alone moves, by dA/dt = −Σ_l η_l K_l^out ∇C(A) K_l^in with the kernel of the start:
///
///     K_l^out = (W_L⋯W_{l+1})(W_L⋯W_{l+1})ᵀ,   K_l^in = (W_{l−1}⋯W_1)ᵀ(W_{l−1}⋯W_1).
///
/// Two matrices of n_L² and n_0² a layer, whatever the width; no Jacobian is formed.
class DeepLinearized {
 public:
  /// One layer's share of the kernel. The first layer's `in` and the last one's `out` are identities.
  struct LayerKernel {
    Matrix out;
    Matrix in;
  };

  /// At θ_0 = start.
  explicit DeepLinearized(const DeepLinear& start);
  /// At a given A with a given kernel, as to continue a run.
  DeepLinearized(Matrix end_to_end, std::vector<LayerKernel> kernel);

  [[nodiscard]] const Matrix& end_to_end() const { return a_; }
  [[nodiscard]] const std::vector<LayerKernel>& kernel() const { return kernel_; }
  [[nodiscard]] Index depth() const { return static_cast<Index>(kernel_.size()); }
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

 private:
  Matrix a_;
  std::vector<LayerKernel> kernel_;
};

/// A deep network with balanced weights, W_{l+1}ᵀW_{l+1} = W_lW_lᵀ for all l: A alone moves (Arora et al. 2018),
///
///     dA/dt = −Σ_l (AAᵀ)^{(L−l)/L} ∇C(A) (AᵀA)^{(l−1)/L}.
///
/// The depth L ≥ 1 may be any real number: between singular vectors i and j the sum is
/// (s_i² − s_j²)/(s_i^{2/L} − s_j^{2/L}).
class DeepBalanced {
 public:
  /// Throws for a depth below 1 and entries of A that are not finite.
  DeepBalanced(Matrix end_to_end, double depth);

  [[nodiscard]] const Matrix& end_to_end() const { return a_; }
  [[nodiscard]] double depth() const { return depth_; }
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

 private:
  Matrix a_;
  double depth_;
};

}  // namespace linnet
