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

  /// Ψ(β), 0 at β = 0.
  [[nodiscard]] double value(const Vector& beta) const;
  [[nodiscard]] Vector gradient(const Vector& beta) const;  ///< 0 at β = 0
  [[nodiscard]] Matrix hessian(const Vector& beta) const;   ///< throws at β = 0 for δ <= 0, where there is none
  /// The β of this gradient: a w; 0 within the kink.
  [[nodiscard]] Vector from_gradient(const Vector& w) const;
};

/// The sign of a at the end of gradient flow on any data, where it is known without training: a keeps its sign for δ >=
/// 0 and for starts with C(β_0) < C(0); on inputs that are white on their span the closed form gives the sign. None
/// otherwise, and where the run ends at a saddle.
std::optional<int> end_sign(const Neuron& start, const Task& task, const Layerwise& rates = 1.0);

/// The β to which gradient flow converges: among all β that fit the data (or have the least squared error, where none
/// fits) the one that minimizes Ψ_δ(β) − ψᵀβ, ψ = ±w_0. It has a closed form for any number of samples, since w moves
/// only in the span of the inputs:
///
///     β = β* + a w⊥,   η_w a² = (√(δ'² + 4η_aη_w|β*|²) + δ')/2,   δ' = δ + η_a|w⊥|²,
///
/// with β* the solution of least norm and w⊥ the part of w_0 outside the span of the inputs. `sign` is that of a at the
/// end; without it `end_sign` is used. Throws where the sign is unknown. One eigendecomposition of Σ.
Vector interpolator(const Neuron& start, const Task& task, const Layerwise& rates = 1.0,
                    std::optional<int> sign = std::nullopt);

}  // namespace linnet
