#pragma once

#include <optional>

#include "linnet/networks/neuron.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The potential of the mirror flow that one neuron follows, in time ∫η_w|a| dt, on any data (docs/theory.md, "One
/// neuron"; Rich-Quick, Theorem 2): d∇Ψ(β)/ds = −∇C(β),
///
///     ∇Ψ(β) = |w| β/|β|,   η_a|w|² = (√(δ² + 4η_aη_w|β|²) − δ)/2.
///
/// The dual variable is the first layer itself, ∇Ψ(β) = w for a > 0 and −w for a < 0. Ψ is radial and strictly convex;
/// Ψ(0) = 0. δ → ∞ is |β|²/2 √(η_w/δ), least squares; δ = 0 is |β|^{3/2}, at equal rates 1 times 2/3; δ → −∞ the norm
/// √(|δ|/η_a)|β|, which keeps a direction. For δ < 0 it has a kink at 0, the saddle.
struct NeuronPotential {
  double balance = 0;     ///< δ
  Layerwise rates = 1.0;  ///< (η_w, η_a)

  [[nodiscard]] double value(const Vector& beta) const;
  [[nodiscard]] Vector gradient(const Vector& beta) const;  ///< 0 at β = 0
  [[nodiscard]] Matrix hessian(const Vector& beta) const;   ///< throws at β = 0 for δ <= 0, where there is none
  /// The β of this gradient: a w; 0 within the kink.
  [[nodiscard]] Vector from_gradient(const Vector& w) const;
};

/// The sign of a at the end of gradient flow on any data, where it is known without training: a keeps its sign for δ >=
/// 0 and from wherever C(β_0) < C(0), and on inputs that are white on their span the closed form tells. Nothing
/// otherwise, and where the run ends at a saddle.
std::optional<int> end_sign(const Neuron& start, const Task& task, const Layerwise& rates = 1.0);

/// The β that gradient flow converges to: of all that fit the data (or, where none does, all of least squares) the one
/// that minimizes Ψ_δ(β) − ψᵀβ, ψ = ±w_0. In closed form for any number of samples, as w moves in the span of the
/// inputs alone:
///
///     β = β* + a w⊥,   η_w a² = (√(δ'² + 4η_aη_w|β*|²) + δ')/2,   δ' = δ + η_a|w⊥|²,
///
/// β* the solution of least norm, w⊥ what the inputs do not see of w_0. `sign` is that of a at the end; without one
/// it is `end_sign`, and it throws where that knows none. One eigendecomposition of Σ.
Vector interpolator(const Neuron& start, const Task& task, const Layerwise& rates = 1.0,
                    std::optional<int> sign = std::nullopt);

}  // namespace linnet
