#pragma once

#include <string>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The singular vectors of a target that are eigenvectors of its inputs' covariance too (docs/theory.md, "Correlated
/// inputs"): Y = U diag(y) Vᵀ and Σ = V diag(d) Vᵀ, where they exist; otherwise those that come closest. Equal y_i, and
/// those that are equal up to rounding, leave a choice of vectors, which Σ decides; equal d_i leave one, which Y does.
struct AlignedModes {
  linalg::Svd vectors;  ///< U, with min(n_0, n_2) columns at least, y falling, all of V, n_0 x n_0
  Vector variances;     ///< d_i, one for each column of V; among equal y_i falling
  /// How far from aligned: the norm of what is off the diagonal of UᵀYV over that of Y, or of VᵀΣV over that of Σ,
  /// whichever is larger.
  double misalignment = 0;
};

/// Of Y and a root of Σ = rootᵀ root. O(n³): two decompositions and some products.
AlignedModes aligned_modes(const Matrix& target, const Matrix& root);

/// (2hΣ_xx)^{½}, symmetric: the root for the cost of a task with inputs that are not white.
Matrix cost_root(const Cost& cost);

/// Throws unless the misalignment is within the tolerance.
void require_aligned(double misalignment, double tolerance, const Task& task);

/// Throws for a cost that is not one of inputs alone, ½⟨A − Y, (A − Y)Σ⟩: no choice of vectors decouples its modes.
void require_inputs_only(const Task& task);

/// Singular values equal up to rounding are made equal, and those that are only rounding zero: as t grows their
/// differences would decide which of them is learned.
void settle(Vector& y);

}  // namespace linnet
