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
///
/// Weight decay scales each layer by 1 − ημ in a step, and A by this to the power of the number of layers; the flow has
/// −LημA. What is known of the layers then holds on for equal rates only.
class EndToEndDynamics : public LinearDynamics {
 public:
  [[nodiscard]] const Matrix& end_to_end() const final { return a_; }
  [[nodiscard]] Index rank_limit() const final { return rank_; }
  void descend_along(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] bool has_weight_decay() const final { return layers().has_value(); }
  [[nodiscard]] Index unknowns() const override { return a_.size(); }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;

 protected:
  EndToEndDynamics(const Matrix& start, const Task& task, bool keeps_rank = false);

  /// dA/dt into `out`, with R = ∇C(A). `field` names the rates in errors.
  virtual void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) = 0;

  /// L, which weight decay needs; none where decaying layers would not be what this network stands for.
  [[nodiscard]] virtual std::optional<double> layers() const { return std::nullopt; }
  /// The one rate of all layers. Throws, naming `field`, where it is not one and there is weight decay.
  [[nodiscard]] double decaying_rate(const Layerwise& rates, const char* field) const;

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
