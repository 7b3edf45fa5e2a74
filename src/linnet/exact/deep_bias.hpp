#pragma once

#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The potential of the mirror flow that balanced weights of depth L with one output follow, in time ∫|β|^{1−1/L} dt,
/// on any data (docs/theory.md, "Mirror flows"; Rich-Quick, Theorem B.10): d∇Ψ(β)/ds = −∇C(β),
///
///     Ψ(β) = L/(L+1) |β|^{1+1/L},   ∇Ψ(β) = |β|^{1/L} β/|β|.
///
/// The dual variable is the first layer, W_1 = h ∇Ψ(β)ᵀ with a unit vector h. L = 1 is |β|²/2, least squares; L = 2
/// that of one neuron with δ = 0; L → ∞ the norm |β|, which keeps a direction. L may be any real number ≥ 1.
struct DeepPotential {
  double depth = 2;  ///< L

  // These throw for a depth below 1.
  [[nodiscard]] double value(const Vector& beta) const;       ///< 0 at β = 0
  [[nodiscard]] Vector gradient(const Vector& beta) const;    ///< 0 at β = 0
  [[nodiscard]] Matrix hessian(const Vector& beta) const;     ///< throws at β = 0 for L > 1, where it is infinite
  [[nodiscard]] Vector from_gradient(const Vector& w) const;  ///< the β of this gradient, |w|^{L−1} w
};

/// These weights by their A and depth. Throws for weights that are not balanced: ‖Δ_l‖ above 1e-8 of |θ|².
DeepBalanced balanced_limit(const DeepLinear& weights);

/// The β to which gradient flow of balanced weights of any depth with one output converges, at equal rates: among all β
/// that fit the data (or have the least squared error, where none fits) the one that minimizes Ψ(β) − ∇Ψ(β_0)ᵀβ. It has
/// a closed form up to one number, for any number of samples, since the first layer moves only in the span of the
/// inputs:
///
///     β = β* + ρ^{L−1} w⊥,   ρ^{2L} = |w⊥|² ρ^{2L−2} + |β*|²,
///
/// with β* the solution of least norm and w⊥ the part of ∇Ψ(β_0) outside the span of the inputs. Throws at β_0 = 0, a
/// critical point for L > 1, and for β_0 opposite to β* on inputs that are white on their span, which ends at the
/// saddle 0. One eigendecomposition of Σ.
Vector interpolator(const DeepBalanced& start, const Task& task);

}  // namespace linnet
