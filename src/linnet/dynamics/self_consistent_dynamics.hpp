#pragma once

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet {

/// Mixed's self-consistent dynamics, for every λ and κ (docs/theory.md, "Self-consistent dynamics"): A alone moves,
///
///     dA/dt = −(η_1 C_2 ∇C + η_2 ∇C C_1),  C_1, C_2 from A by the closure,
///
/// exact where the closure holds, an approximation at finite width. One SVD of A and four products a step or velocity.
/// With unequal rates the closure is that of the rescaled layers W_l/√η_l: the scales (a, b) enter as (a/η_1, b/η_2).
class SelfConsistentDynamics final : public Dynamics {
 public:
  SelfConsistentDynamics(const SelfConsistent& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return SelfConsistent(a_, scales_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<SelfConsistentDynamics>(*this);
  }
  /// A ← A + step of the flow. A step has no order here: representations are those of the old A.
  void descend(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override { return a_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void evaluate_velocity(PerLayer rates, const Matrix& r);  // into v_

  Matrix a_;
  PerLayer scales_;
  Matrix v_;
  Matrix x_;
  Matrix y_;
};

}  // namespace linnet
