#pragma once

#include <memory>
#include <span>
#include <vector>

#include "linnet/linalg/chain_tangent.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// θ = (W_1, …, W_L) as one vector: the layers in order, each by columns.
Vector flatten(const DeepLinear& network);
DeepLinear unflatten(const Vector& theta, const std::vector<Index>& sizes);

/// A point θ of the landscape C(W_L⋯W_1): cost and gradient there, and products with the Jacobian J = ∂A/∂θ and with
/// the Hessian of C, which are never formed. Moving the point takes 3 products of the chain and a Hessian product 6.
/// Vectors are ordered as θ, and each function allocates only in its first call. All searches of the landscape use this
/// class; a move and each product with Jᵀ or H can be interrupted (`stop_if_asked`).
class Point {
 public:
  /// Throws when the network does not fit the cost.
  Point(const DeepLinear& at, Cost cost);

  /// Moves to θ of the same sizes; computes cost and gradient there.
  void move_to(const Vector& theta);

  [[nodiscard]] Index unknowns() const { return theta_.size(); }
  [[nodiscard]] Index depth() const { return static_cast<Index>(weights_.size()); }
  [[nodiscard]] DeepLinear network() const { return DeepLinear(weights_); }
  [[nodiscard]] const Vector& theta() const { return theta_; }
  [[nodiscard]] const Cost& cost_function() const { return cost_function_; }

  [[nodiscard]] double cost() const { return residual_.cost; }
  [[nodiscard]] const Matrix& end_to_end() const { return chain_->product(weights_); }  ///< A
  [[nodiscard]] const Matrix& residual() const { return residual_.gradient; }           ///< R = ∇C(A)
  [[nodiscard]] const Vector& gradient() const { return gradient_; }                    ///< ∂C/∂θ = JᵀR
  [[nodiscard]] double gradient_norm() const { return gradient_.norm(); }

  /// Jv, n_L x n_0.
  const Matrix& jacobian(const Vector& v);
  /// Jᵀq for q as A.
  void jacobian_transposed(const Matrix& q, Vector& out);
  /// Hv, the derivative of ∂C/∂θ along v.
  void hessian(std::span<const double> v, std::span<double> out);
  [[nodiscard]] Vector hessian(const Vector& v);

 private:
  Cost cost_function_;
  std::vector<Matrix> weights_;
  std::unique_ptr<linalg::Chain> chain_;  // on the heap, so that its address is the same after a move of the object
  linalg::ChainTangent tangent_;
  bool linearized_ = false;
  Vector theta_;
  Vector gradient_;
  Residual residual_;
  std::vector<Matrix> direction_;
  std::vector<Matrix> image_;
  Matrix d_residual_;
  Room room_;
};

}  // namespace linnet::landscape
