#pragma once

#include <optional>

#include "linnet/networks/layerwise.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The lazy limit: training of f_lin(x; θ) = f(x; θ_0) + ∂f/∂θ(θ_0) (θ − θ_0), the network linearized in its
/// parameters, in closed form. With K the neural tangent kernel of the training inputs at θ_0, including the rates of
/// the layers, and C = (h/P) Σ|f − y|² (h = ½ unless the task sets 1),
///
///     f(t) = y + e^{−2hKt/P}(f_0 − y),     f(x, t) = f_0(x) − K(x) K⁻¹(1 − e^{−2hKt/P})(f_0 − y),
///
/// and step k of descent, with the rates as steps, has (1 − 2hK/P)^k in place of e^{−2hKt/P}. Outputs are n_L x P.
class PerceptronLinearized {
 public:
  /// Takes one eigendecomposition of size n_L P, and the kernel of test with training inputs, n_L P_test x n_L P.
  PerceptronLinearized(const Perceptron& start, const Task& task, const Layerwise& rates = 1.0);

  [[nodiscard]] const Matrix& kernel() const { return kernel_; }
  [[nodiscard]] const Vector& eigenvalues() const { return values_; }  ///< of K, rising

  // Gradient flow at t >= 0; t = inf is the limit.
  [[nodiscard]] Matrix outputs(double t) const;
  [[nodiscard]] Matrix test_outputs(double t) const;  ///< throws if the task has no test samples
  [[nodiscard]] double train_error(double t) const;   ///< normalised as by the task's cost
  [[nodiscard]] double test_error(double t) const;

  // Descent after `step` >= 0 steps.
  [[nodiscard]] Matrix outputs_after(Index step) const;
  [[nodiscard]] Matrix test_outputs_after(Index step) const;
  [[nodiscard]] double train_error_after(Index step) const;
  [[nodiscard]] double test_error_after(Index step) const;

 private:
  /// The learned fraction of each mode of K: 1 − e^{−2hλt/P}, or its analogue for descent.
  [[nodiscard]] Vector learned(double t) const;
  [[nodiscard]] Vector learned_after(Index step) const;
  [[nodiscard]] Matrix outputs_of(const Vector& learned) const;
  [[nodiscard]] Matrix test_outputs_of(const Vector& learned) const;
  [[nodiscard]] const Cost& test() const;

  Cost train_;
  std::optional<Cost> test_;  // of samples
  Matrix kernel_;
  Vector values_;
  Matrix vectors_;
  Vector start_;         // Vᵀ(f_0 − y)
  Matrix start_test_;    // f_0 of the test inputs
  Matrix cross_;         // K of test and training inputs
  double per_time_ = 0;  // 2h/P
};

}  // namespace linnet
