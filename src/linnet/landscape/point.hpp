#pragma once

#include <span>
#include <vector>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// θ = (W_1, …, W_L) as one vector: the layers in order, each by columns.
Vector flatten(const DeepLinear& network);
DeepLinear unflatten(const Vector& theta, const std::vector<Index>& sizes);

/// A point θ of the landscape C(W_L⋯W_1): cost and gradient there, and products with the Jacobian of A and with the
/// Hessian of C, none of which is formed. With B_l = W_{l−1}⋯W_1, F_l = W_L⋯W_{l+1} and R = ∇C(A),
///
///     ∂C/∂W_l = F_lᵀ R B_lᵀ,   Jv = Σ_l F_l V_l B_l,   (Hv)_l = F_lᵀ (dR B_lᵀ + R dB_lᵀ) + dF_lᵀ R B_lᵀ,
///
/// dB_l, dF_l and dR = 𝓜 Jv being the derivatives along v. A move costs 3 products a layer and a Hessian product 8, of
/// n_0 or n_L times the size of the layer; nothing is allocated after the first of each.
class Point {
 public:
  /// Throws when the network does not fit the cost.
  Point(const DeepLinear& at, Cost cost);

  void move_to(std::span<const double> theta);

  [[nodiscard]] Index unknowns() const { return unknowns_; }
  [[nodiscard]] const std::vector<Index>& sizes() const { return sizes_; }  ///< n_0, …, n_L
  [[nodiscard]] std::size_t depth() const { return weights_.size(); }
  [[nodiscard]] DeepLinear network() const { return DeepLinear(weights_); }
  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] const Cost& cost_function() const { return cost_function_; }

  [[nodiscard]] double cost() const { return residual_.cost; }
  [[nodiscard]] const Matrix& end_to_end() const { return before_.back(); }    ///< A
  [[nodiscard]] const Matrix& residual() const { return residual_.gradient; }  ///< R = ∇C(A)
  [[nodiscard]] const Vector& gradient() const { return gradient_; }           ///< ∂C/∂θ
  [[nodiscard]] double gradient_norm() const { return gradient_.norm(); }

  /// B_l, n_{l−1} x n_0, and F_l, n_L x n_l, of layer l from 0. The first B and the last F are identities and empty.
  [[nodiscard]] const Matrix& before(std::size_t l) const { return before_[l]; }
  [[nodiscard]] const Matrix& after(std::size_t l) const { return after_[l]; }

  /// Jv, n_L x n_0, for v as θ.
  const Matrix& jacobian(std::span<const double> v);
  /// Jᵀq, as θ, for q as A.
  void jacobian_transposed(const Matrix& q, std::span<double> out);
  /// Hv.
  void hessian(std::span<const double> v, std::span<double> out);

 private:
  void read(std::span<const double> flat, std::vector<Matrix>& layers) const;
  void push(std::span<const double> v);

  Cost cost_function_;
  std::vector<Index> sizes_;
  Index unknowns_ = 0;
  std::vector<Matrix> weights_;
  Vector theta_;
  Vector gradient_;
  Residual residual_;
  std::vector<Matrix> before_;    // B_l, then A
  std::vector<Matrix> after_;     // F_l
  std::vector<Matrix> received_;  // R B_lᵀ
  std::vector<Matrix> change_;    // V_l
  std::vector<Matrix> d_before_;  // dB_l, then Jv
  std::vector<Matrix> d_after_;   // dF_l
  Matrix d_residual_;
  Matrix work_;
  Matrix layer_;
};

}  // namespace linnet::landscape
