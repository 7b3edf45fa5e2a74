#pragma once

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet {

/// What is common to dynamics in which A alone moves: its velocity is all that tells them apart. A step of descent is
/// Euler's of the flow, A ← A + dA/dt at rates η, which has no order, unless the network knows its weights.
///
/// Balanced weights keep the rank of A, where rounding, an integrator's error and the second order of a step of descent
/// would not, and what leaves it grows. So wherever an A of lower rank than its smaller side has got to, the state is
/// the nearest matrix of the start's rank.
class EndToEndDynamics : public LinearDynamics {
 public:
  [[nodiscard]] const Matrix& end_to_end() const final { return a_; }
  [[nodiscard]] Index rank_limit() const final { return rank_; }
  void descend_along(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const final { return a_.size(); }
  void get(std::span<double> state) const final;
  void set(std::span<const double> state) final;
  void velocity(const Layerwise& rates, std::span<double> derivative) final;

 protected:
  EndToEndDynamics(const Matrix& start, const Task& task, bool keeps_rank = false);

  /// dA/dt into `out`, with R = ∇C(A). `field` is what the rates are called, for errors.
  virtual void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) = 0;

  [[nodiscard]] bool keeps_low_rank() const { return rank_ < task().shape().modes(); }
  /// The singular values of A, as many as the rank that is kept, with their vectors.
  [[nodiscard]] const linalg::Svd& decomposition();
  void become(const Matrix& a);

 private:
  void decompose();
  void moved();  // onto the rank that is kept, and the residual

  Matrix a_;
  Matrix v_;
  Index rank_;
  linalg::Svd svd_;  // where a low rank is kept that of A; else made when asked for
};

}  // namespace linnet
