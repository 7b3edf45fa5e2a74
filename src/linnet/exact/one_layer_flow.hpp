#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet {

/// Gradient flow of a one-layer (shallow) linear model on whitened inputs, dA/dt = −ρ(A − Y), in closed form:
///
///     A(t) = Y + e^{−ρt}(A_0 − Y).
///
/// With ρ = 2κ it is the lazy limit of two layers: κ = |λ|/2 of λ-balanced weights whose larger layer has full rank,
/// κ = (σ_1² + σ_2²)w/2 of a wide Gaussian network. t is gradient-flow time of the two layers. O(n_0n_2) a time.
class OneLayerFlow {
 public:
  /// Throws when the shapes differ, the inputs are not white, or the rate ρ is negative.
  OneLayerFlow(Matrix start, const Task& task, double rate);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] double rate() const { return rate_; }  ///< ρ
  [[nodiscard]] Matrix end_to_end(double t) const;     ///< A(t), t in [0, inf]
  /// Mean squared error of A(t).
  [[nodiscard]] double train_error(double t) const;

 private:
  Task task_;
  Matrix start_;
  double rate_;
};

}  // namespace linnet
