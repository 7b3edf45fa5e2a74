#pragma once

#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// A two-layer flow on correlated inputs as flows that do not touch each other, one for each variance of the inputs
/// (docs/exact.md, "Correlated inputs"). Inputs of one variance d among themselves are white, so that each of these
/// flows is that of whitened inputs in the time d t. They are apart if Σ shares its eigenvectors with Y and the start
/// mixes neither inputs of different variances nor the outputs that these reach.
struct InputsApart {
  /// Those inputs of one variance and the outputs that they reach.
  struct Group {
    double variance = 0;
    Matrix inputs;  ///< orthonormal columns
    Matrix outputs;
  };
  std::vector<Group> moving;
  Group still;              ///< all others: variance 0, or nothing to reach
  double misalignment = 0;  ///< of the task, see `AlignedModes`
  double mixing = 0;  ///< of the start: the part of A, W_1ᵀW_1 or W_2W_2ᵀ between groups, relative to it, the largest
};

/// From Y, a root of Σ = rootᵀ root, and the rows of the factor Q_0 of the start that belong to inputs and outputs.
InputsApart apart(const Matrix& target, const Matrix& root, const Matrix& inputs, const Matrix& outputs);

}  // namespace linnet
