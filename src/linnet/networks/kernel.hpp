#pragma once

#include <vector>

#include "linnet/networks/layerwise.hpp"
#include "linnet/networks/network.hpp"

namespace linnet {

/// One factor of a layer's share of a tangent kernel, a symmetric positive semidefinite matrix. It is stored in the
/// smallest form: in a narrow network it has low rank, up to a multiple of the identity.
class KernelSide {
 public:
  /// I, and a full symmetric matrix.
  static KernelSide identity(Index n);
  static KernelSide whole(Matrix symmetric);
  /// shift I + FFᵀ, F n x r: as F where r < n.
  static KernelSide square(Matrix factor, double shift = 0);

  [[nodiscard]] Index size() const { return m_.rows(); }
  [[nodiscard]] double trace() const;
  [[nodiscard]] double largest_entry() const;
  [[nodiscard]] Vector eigenvalues() const;                      ///< n of them, rising
  [[nodiscard]] Matrix dense() const;                            ///< n x n
  [[nodiscard]] Matrix times(const Matrix& x) const;             ///< K x
  [[nodiscard]] Matrix timed(const Matrix& x) const;             ///< x K
  [[nodiscard]] KernelSide scaled(double by) const;              ///< by >= 0
  [[nodiscard]] KernelSide seen_through(const Matrix& s) const;  ///< SᵀKS, S n x any number

  /// ⟨K, K'⟩_F, of one size.
  friend double inner_product(const KernelSide& a, const KernelSide& b);

 private:
  KernelSide(bool whole, Matrix m, double shift) : whole_(whole), m_(std::move(m)), shift_(shift) {}

  bool whole_;
  Matrix m_;      // K itself, or F of shift I + FFᵀ, which may have no columns
  double shift_;  // 0 for K itself
};

/// The neural tangent kernel of a linear network at its weights and rates (docs/theory.md, "Kernel and spectrum"). On
/// whitened inputs it is Σ_l η_l K_l^out ⊗ K_l^in, stored as these factors:
///
///     K_l^out = (W_L⋯W_{l+1})(W_L⋯W_{l+1})ᵀ,   K_l^in = (W_{l−1}⋯W_1)ᵀ(W_{l−1}⋯W_1).
///
/// Two layers have K = η_1 C_2 ⊗ I + η_2 I ⊗ C_1. No n_0n_L-sized matrix is formed, and for layers narrower than n_0 or
/// n_L no matrix of n_0² or n_L² numbers.
class TangentKernel {
 public:
  struct Share {
    KernelSide out;  ///< with the rate
    KernelSide in;
  };

  /// Throws for rates that do not fit, and for the networks that have none: `DeepBalanced`, `Diagonal`.
  explicit TangentKernel(const Network& network, const Layerwise& rates = 1.0);
  explicit TangentKernel(const DeepLinear& network, const Layerwise& rates = 1.0);
  explicit TangentKernel(std::vector<Share> shares) : shares_(std::move(shares)) {}

  [[nodiscard]] const std::vector<Share>& shares() const { return shares_; }
  [[nodiscard]] Index depth() const { return static_cast<Index>(shares_.size()); }
  [[nodiscard]] Shape shape() const;

  /// The kernel on inputs of covariance SSᵀ, in coordinates in which they are white. ⟨K, K'⟩ is then that of the
  /// kernels over the P samples, divided by P².
  [[nodiscard]] TangentKernel seen_through(const Matrix& s) const;

  /// Σ_l K_l^out G K_l^in. Gradient flow is dA/dt = −apply(∇C(A)).
  [[nodiscard]] Matrix apply(const Matrix& gradient) const;

 private:
  std::vector<Share> shares_;
};

/// Throws, naming the field "network", unless their kernels are of one size.
void require_one_shape(Shape a, Shape b);

/// 1 − ⟨K, K'⟩/(‖K‖‖K'‖), in [0, 1]: 1 where one of the kernels is 0, and 0 where both are.
double kernel_distance(const TangentKernel& a, const TangentKernel& b);
double kernel_distance(double product, double first_norm, double second_norm);

/// The same of two self-consistent networks with the same κ and singular vectors, and these modes of A, on inputs that
/// are white: λ drops out of K = C_2 ⊗ I + I ⊗ C_1. O(n).
double kernel_distance(Shape shape, double threshold, const Vector& modes, const Vector& other_modes);

/// The distance of the kernels of two networks at these rates, over whitened inputs. Throws unless both have the same
/// shape.
double kernel_distance(const Network& a, const Network& b, const Layerwise& rates = 1.0);

/// The same over samples, in the rows of `inputs` (P x n_0).
double kernel_distance(const Network& a, const Network& b, const Matrix& inputs, const Layerwise& rates = 1.0);

/// K over the rows of `inputs` (P x n_0), Pn_L square, at these rates: row p n_L + i is output i at sample p.
Matrix neural_tangent_kernel(const Network& network, const Matrix& inputs, const Layerwise& rates = 1.0);

}  // namespace linnet
