#pragma once

#include "linnet/dynamics/end_to_end_dynamics.hpp"

namespace linnet {

/// A diagonal network in motion, exact for any cost: ds_i/dt = −2√(η_1η_2) √(κ² + s_i²) ∂C/∂s_i, a mirror flow whose
/// potential is the hyperbolic entropy (dynamics/mirror.hpp). κ is that of the rescaled layers W_l/√η_l, in the units
/// of s. O(n_0) a step beside the gradient.
class DiagonalDynamics final : public EndToEndDynamics {
 public:
  DiagonalDynamics(const Diagonal& start, const Task& task);

  [[nodiscard]] Network network() const override { return Diagonal(end_to_end().row(0).transpose(), threshold_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<DiagonalDynamics>(*this); }

 private:
  void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) override;

  double threshold_;
};

}  // namespace linnet
