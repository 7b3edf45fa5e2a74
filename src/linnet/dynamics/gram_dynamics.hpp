#pragma once

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// The Gram state in motion (docs/theory.md, "The width drops out"): exactly the network's dynamics at a cost that does
/// not depend on its width. With d = n_0 = n_2, a sequential step takes four d x d products, a simultaneous one six,
/// the velocity four.
class GramDynamics final : public Dynamics {
 public:
  GramDynamics(const GramState& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return GramState(c1_, a_, c2_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<GramDynamics>(*this); }
  void descend(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override { return c1_.size() + a_.size() + c2_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void descend_sequential(PerLayer step, const Matrix& r);
  void descend_simultaneous(PerLayer step, const Matrix& r);

  Matrix c1_;
  Matrix a_;
  Matrix c2_;
  Matrix t_;   // C_2 R
  Matrix p_;   // R C_1
  Matrix x_;   // an n_2 x n_0 factor on its way
  Matrix b1_;  // the half of C_1's change, n_0 x n_0
  Matrix b2_;  // the half of C_2's change, n_2 x n_2
};

}  // namespace linnet
