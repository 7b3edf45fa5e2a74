#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Options of `modalities`.
struct Modalities {
  Vector values;           ///< β*, one coefficient for each input
  Vector variances = {};   ///< σ_i² > 0 of the inputs; empty: all 1
  double correlation = 0;  ///< ρ of every pair of inputs, in (−1/(n_0 − 1), 1)
};

/// One output y = β*ᵀx of correlated inputs, Σ_ij = ρσ_iσ_j: inputs of several modalities. C = ½(β − β*)ᵀΣ(β − β*), as
/// the regression of n_0 samples that have this covariance. Throws for numbers out of range.
Task modalities(const Modalities& options);

}  // namespace linnet::tasks
