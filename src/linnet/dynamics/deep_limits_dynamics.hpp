#pragma once

#include "linnet/dynamics/balanced_velocity.hpp"
#include "linnet/dynamics/end_to_end_dynamics.hpp"
#include "linnet/networks/deep_limits.hpp"

namespace linnet {

/// The network linearized at its start: dA/dt = −Σ_l η_l K_l^out R K_l^in, 2L − 2 products of the size of A at any
/// width. As the model is linear in its weights, a step of descent for the weights is one for A too.
class DeepLinearizedDynamics final : public EndToEndDynamics {
 public:
  DeepLinearizedDynamics(const DeepLinearized& start, const Task& task);

  [[nodiscard]] Network network() const override { return DeepLinearized(end_to_end(), kernel_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<DeepLinearizedDynamics>(*this);
  }

 private:
  void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) override;

  std::vector<DeepLinearized::LayerKernel> kernel_;
  Matrix x_;
};

/// Balanced weights of depth L: A alone moves, and its singular vectors i, j couple by (s_i² − s_j²)/(s_i^{2/L} −
/// s_j^{2/L}). A velocity takes one SVD of A and six products. For L ≥ 2 the rank of A is conserved, as it is in
/// training of the weights. Equal rates only, because other rates break the balance.
class DeepBalancedDynamics final : public EndToEndDynamics {
 public:
  DeepBalancedDynamics(const DeepBalanced& start, const Task& task);

  [[nodiscard]] Network network() const override { return DeepBalanced(end_to_end(), depth_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<DeepBalancedDynamics>(*this);
  }

 private:
  void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) override;
  [[nodiscard]] std::optional<double> layers() const override { return depth_; }

  double depth_;
  BalancedVelocity velocity_;
};

}  // namespace linnet
