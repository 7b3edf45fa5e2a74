#pragma once

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet {

/// What is common to dynamics in which A alone moves; they differ in its velocity. A step of descent is A ← A + dA/dt
/// at the rates η, a step of Euler's method for the flow. It has no order of the layers, unless the network knows its
/// weights.
///
/// Balanced weights conserve the rank of A. Rounding, the error of an integrator and the second order of a step of
/// descent do not, and what they add grows. So where the start has a lower rank than the shape of A allows, the state
/// is always the nearest matrix of that rank.
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

  /// dA/dt into `out`, with R = ∇C(A). `field` names the rates in errors.
  virtual void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) = 0;

  [[nodiscard]] bool keeps_low_rank() const { return rank_ < task().shape().modes(); }
  /// The singular values of A with their vectors, as many as the conserved rank.
  [[nodiscard]] const linalg::Svd& decomposition();
  void become(const Matrix& a);

 private:
  void decompose();
  void moved();  // projects A onto the conserved rank, and updates the residual

  Matrix a_;
  Matrix v_;
  Index rank_;
  linalg::Svd svd_;  // of A, at every state where a low rank is conserved; else on demand
};

}  // namespace linnet
