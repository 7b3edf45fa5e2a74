#pragma once

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// What is common to dynamics in which A alone moves: its velocity is all that tells them apart. A step of descent is
/// Euler's of the flow, A ← A + dA/dt at rates η, which has no order, unless the network knows its weights.
class EndToEndDynamics : public Dynamics {
 public:
  [[nodiscard]] const Matrix& end_to_end() const final { return a_; }
  void descend(const Update& update, const Matrix& gradient) override;
  [[nodiscard]] Index unknowns() const final { return a_.size(); }
  void get(std::span<double> state) const final;
  void set(std::span<const double> state) final;
  void velocity(const Layerwise& rates, std::span<double> derivative) final;

 protected:
  EndToEndDynamics(const Matrix& start, const Task& task);

  /// dA/dt into `out`, with R = ∇C(A). `field` is what the rates are called, for errors.
  virtual void move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) = 0;

  void become(const Matrix& a);

 private:
  Matrix a_;
  Matrix v_;
};

}  // namespace linnet
