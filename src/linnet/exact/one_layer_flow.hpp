#pragma once

#include <optional>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// Gradient flow of a one-layer (shallow) linear model on whitened inputs, dA/dt = −ρ(A − Y), in closed form:
///
///     A(t) = Y + e^{−ρt}(A_0 − Y).
///
/// With ρ = 2κ it is the lazy limit of two layers: κ = |λ|/2 of λ-balanced weights whose larger layer has full rank,
/// κ = (σ_1² + σ_2²)w/2 of a wide Gaussian network.
///
/// Where the larger layer does not reach all outputs (λ < 0: inputs), the limit |λ| → ∞ is that A follows this solution
/// in the directions that it reaches, while these turn towards Y: delayed rich (docs/theory.md, "The shallow limit"),
///
///     A(t) = P(t)(Y + e^{−|λ|t}(A_0 − Y)),   P(t) the projection on the columns of e^{YYᵀt/|λ|}W_2(0).
///
/// t is gradient-flow time of the two layers. O(n_0n_2) a time, with a layer that turns O(n²w).
class OneLayerFlow {
 public:
  /// Throws when the shapes differ, the inputs are not white, or the rate ρ is negative.
  OneLayerFlow(Matrix start, const Task& task, double rate);

  /// The limit |λ| → ∞ of these weights of two layers, at the rate η|λ| of their balance λ = tr(W_2ᵀW_2 − W_1W_1ᵀ)/w
  /// and the rate η of both layers. Throws also for λ = 0, and for a larger layer without a component, above rounding,
  /// along the leading modes that it has to learn: it ends at a saddle.
  OneLayerFlow(const DeepLinear& start, const Task& task, double layer_rate = 1);

  [[nodiscard]] const Task& task() const { return task_; }
  [[nodiscard]] double rate() const { return rate_; }  ///< ρ
  [[nodiscard]] Matrix end_to_end(double t) const;     ///< A(t), t in [0, inf]
  /// Mean squared error of A(t).
  [[nodiscard]] double train_error(double t) const;

 private:
  /// The directions of the larger layer, of outputs or of inputs.
  struct Turning {
    bool outputs = true;
    Matrix basis;   // eigenvectors of YYᵀ (YᵀY), falling
    Vector speeds;  // their eigenvalues times η/|λ|
    Matrix lower;   // Z: in this basis the directions are the columns of [I; Z] at t = 0
  };
  static std::optional<Turning> turning_of(const DeepLinear& start, const Task& task, double layer_rate);

  Task task_;
  Matrix start_;
  double rate_;
  std::optional<Turning> turning_;
};

}  // namespace linnet
