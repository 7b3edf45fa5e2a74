#pragma once

#include "linnet/dynamics/end_to_end_dynamics.hpp"

namespace linnet {

/// A diagonal network in motion, exact for any cost. The flow is ds_i/dt = −2√(η_1η_2) √(κ_i² + s_i²) ∂C/∂s_i, a mirror
/// flow whose potential is the hyperbolic entropy (exact/mirror.hpp). κ is that of the rescaled layers W_l/√η_l, in the
/// units of s.
///
/// A step of descent is one for the weights, w_i ← w_i − η_1 a_i ∂C/∂s_i and a_i ← a_i − η_2 w_i ∂C/∂s_i. It changes
/// the κ_i too: with both layers at once κ_i ← κ_i |1 − η_1η_2 (∂C/∂s_i)²|. O(n_0) operations besides the gradient.
class DiagonalDynamics final : public EndToEndDynamics {
 public:
  DiagonalDynamics(const Diagonal& start, const Task& task);

  void descend_along(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Network network() const override { return Diagonal(end_to_end().row(0).transpose(), balances_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<DiagonalDynamics>(*this); }

 private:
  void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) override;

  Vector balances_;  // λ_i
  Matrix next_;      // A after a step
};

}  // namespace linnet
