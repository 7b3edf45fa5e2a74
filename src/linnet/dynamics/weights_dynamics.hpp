#pragma once

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// The weights themselves: dW_1/dt = −η_1 W_2ᵀR, dW_2/dt = −η_2 R W_1ᵀ. Three products with the width a step, 6 w n_0
/// n_2 flops.
class WeightsDynamics final : public Dynamics {
 public:
  WeightsDynamics(const Weights& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return Weights(w1_, w2_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<WeightsDynamics>(*this); }
  void descend(PerLayer step, Order order) override;
  [[nodiscard]] Index unknowns() const override { return w1_.size() + w2_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(PerLayer rates, std::span<double> derivative) override;

 private:
  void moved();  // A and the residual after the weights changed

  Matrix w1_;
  Matrix w2_;
  Matrix a_;
  Matrix d1_;  // ∂C/∂W_1, only in simultaneous steps and the flow
  Matrix d2_;
};

}  // namespace linnet
