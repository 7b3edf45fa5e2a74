#pragma once

#include "linnet/dynamics/balanced_velocity.hpp"
#include "linnet/dynamics/end_to_end_dynamics.hpp"

namespace linnet {

/// The self-consistent dynamics of Mixed, for every λ and κ (docs/theory.md, "Self-consistent dynamics"). A alone
/// moves,
///
///     dA/dt = −(η_1 C_2 ∇C + η_2 ∇C C_1),  C_1, C_2 from A by the closure.
///
/// It is exact where the closure is, and an approximation at finite width. A step or velocity takes about 12 products
/// of the size of A. With unequal rates the closure is that of the rescaled layers W_l/√η_l: the scales (a, b) enter as
/// (a/η_1, b/η_2). κ = 0 is the balanced flow of depth 2, which keeps the rank of A.
///
/// With weight decay the closure stays true with scales that decay as e^{−2ημt}. This factor is one more unknown of the
/// flow; a step of descent multiplies it by (1 − ημ)².
class SelfConsistentDynamics final : public EndToEndDynamics {
 public:
  SelfConsistentDynamics(const SelfConsistent& start, const Task& task);

  [[nodiscard]] Network network() const override { return SelfConsistent(end_to_end(), scales(), rates_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override {
    return std::make_unique<SelfConsistentDynamics>(*this);
  }

  void descend_along(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override;
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  [[nodiscard]] std::optional<double> layers() const override { return 2; }
  [[nodiscard]] Layerwise scales() const { return {kept_ * scales_[0], kept_ * scales_[1]}; }
  void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) override;

  Layerwise scales_;  // at the start
  Layerwise rates_;   // of the closure
  double kept_ = 1;   // of them, by weight decay
  BalancedVelocity balanced_;
};

}  // namespace linnet
