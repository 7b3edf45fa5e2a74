#pragma once

#include "linnet/dynamics/deep_dynamics.hpp"

namespace linnet {

/// The Gram state of full rank in motion (docs/theory.md, "The width drops out"): exactly the dynamics of the network,
/// at a cost that does not depend on its width. With d = n_0 = n_2, a sequential step takes four d x d products, a
/// simultaneous one six, the velocity four.
class GramDynamics final : public LinearDynamics {
 public:
  GramDynamics(const GramState& start, const Task& task);

  [[nodiscard]] const Matrix& end_to_end() const override { return a_; }
  [[nodiscard]] Network network() const override { return GramState(c1_, a_, c2_).with_full_rank(); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<GramDynamics>(*this); }
  [[nodiscard]] bool has_weight_decay() const override { return true; }
  /// To 1e-8 of the size of the weights: it is the root of a sum that cancels.
  [[nodiscard]] double slope() const override;
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
  Matrix x_;   // an n_2 x n_0 intermediate result
  Matrix b1_;  // half of the change of C_1, n_0 x n_0
  Matrix b2_;  // half of the change of C_2, n_2 x n_2
};

/// The Gram state of rank r < n_0 + n_2 in motion. It is that of a network of width r, whose weights Q = [W_1ᵀ; W_2]
/// move, so that rounding does not increase the rank. Where w < rank(Y), such rounding would grow without bound: H of
/// "The width drops out" is not 0 at the least error of this rank. Three products of n_2 n_0 r a step or velocity.
class FactorDynamics final : public DeepDynamics {
 public:
  FactorDynamics(const Matrix& factor, const Task& task);

  [[nodiscard]] Network network() const override;
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<FactorDynamics>(*this); }
  [[nodiscard]] Index rank_limit() const override;
  [[nodiscard]] bool has_weights() const override { return false; }
  void descend_along(const Update& update, const Matrix& gradient) override;
};

}  // namespace linnet
