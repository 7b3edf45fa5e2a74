#pragma once

#include <vector>

#include "linnet/dynamics/layered_dynamics.hpp"
#include "linnet/dynamics/linear_dynamics.hpp"

namespace linnet {

/// All weights of a diagonal network of any depth: dw_li/dt = −η_l ((Π_{m≠l} w_mi) ∂C/∂s_i + μ w_li). Steps of descent
/// are of the weights, with momentum as for those of deep networks. O(L n_0) operations besides the gradient.
class DeepDiagonalDynamics final : public LayeredDynamics<LinearDynamics> {
 public:
  DeepDiagonalDynamics(const DeepDiagonal& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override;
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<DeepDiagonalDynamics>(*this);
  }
  [[nodiscard]] double slope() const override;
  [[nodiscard]] bool has_weight_decay() const override { return true; }
  void descend_along(const Update& update, const Matrix& gradient) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void moved() override;
  /// Of all layers as they are now, C + (μ/2)Σ|w_l|², with this gradient of C in A.
  void differentiate(const Matrix& gradient);

  Matrix a_;
  std::vector<Matrix> gradients_;
};

}  // namespace linnet
