#pragma once

#include "linnet/dynamics/deep_dynamics.hpp"

namespace linnet {

/// The Gram state of full rank in motion (docs/theory.md, "The width drops out"): exactly the network's dynamics at a
/// cost that does not depend on its width. With d = n_0 = n_2, a sequential step takes four d x d products, a
/// simultaneous one six, the velocity four.
class GramDynamics final : public LinearDynamics {
 public:
  GramDynamics(const GramState& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return GramState(c1_, a_, c2_).with_full_rank(); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<GramDynamics>(*this); }
  void descend_along(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const override { return c1_.size() + a_.size() + c2_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 private:
  void descend_sequential(const Layerwise& step, const Matrix& r);
  void descend_simultaneous(const Layerwise& step, const Matrix& r);

  Matrix c1_;
  Matrix a_;
  Matrix c2_;
  Matrix t_;   // C_2 R
  Matrix p_;   // R C_1
  Matrix x_;   // an n_2 x n_0 factor on its way
  Matrix b1_;  // the half of C_1's change, n_0 x n_0
  Matrix b2_;  // the half of C_2's change, n_2 x n_2
};

/// The Gram state of rank r < n_0 + n_2 in motion: that of a network of width r, whose weights Q = [W_1ᵀ; W_2] move, so
/// that no rounding adds to its rank. Where w < rank(Y) it would grow without bound: H of "The width drops out" is not
/// 0 at the least error of this rank. Three products of n_2 n_0 r a step or velocity: for d = n_0 = n_2 and r > 4d/3
/// more than a sequential step of GramDynamics, but the updates of the two layers alone take two, so that no exact step
/// that keeps the rank is much cheaper.
class FactorDynamics final : public DeepDynamics {
 public:
  FactorDynamics(const Matrix& factor, const Task& task);

  [[nodiscard]] Network network() const override;
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<FactorDynamics>(*this); }
  [[nodiscard]] Index rank_limit() const override;
  void descend_along(const Update& update, const Matrix& gradient) override;
};

}  // namespace linnet
