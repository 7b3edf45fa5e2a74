#pragma once

#include "linnet/networks/diagonal.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The potential of the mirror flow that singular values, or the values of a diagonal network, follow at rates 1
/// (docs/theory.md, "Mirror flows"): d∇Ψ(s)/dt = −∇C(s),
///
///     Ψ(s) = ½ Σ_i [s_i asinh(s_i/κ) − √(κ² + s_i²) + κ],   ∇Ψ = ½ asinh(s/κ),   ∇²Ψ = diag(1/(2√(κ² + s²))).
///
/// κ → ∞ is |s|²/(4κ), least squares; κ → 0 is ½ ln(1/κ) Σ|s_i|: sparse.
struct HyperbolicEntropy {
  double threshold = 1;  ///< κ > 0

  /// Ψ(s) and ∇Ψ(s).
  [[nodiscard]] double value(const Vector& s) const;
  [[nodiscard]] Vector gradient(const Vector& s) const;
  [[nodiscard]] Vector curvature(const Vector& s) const;      ///< the diagonal of ∇²Ψ
  [[nodiscard]] Vector from_gradient(const Vector& p) const;  ///< κ sinh(2p)
};

/// Ψ of a diagonal network, each value at its own κ_i.
double mirror_potential(const Diagonal& network);

/// The s to which gradient flow of a diagonal network converges: among all s that fit the data (or have the least
/// squared error, where none fits) the one of the smallest Ψ(s) − ∇Ψ(s_0)ᵀs. Solved by Newton's method on the dual
/// problem, which is smooth and convex, with as many unknowns as the inputs span: s = κ sinh(asinh(s_0/κ) + 2Vν).
/// Throws a numerical Error where the residual does not reach 1e-10 of the data, and for a κ_i of 0.
Vector interpolator(const Diagonal& start, const Task& task);

}  // namespace linnet
