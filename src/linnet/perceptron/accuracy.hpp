#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// The fraction of samples (columns) whose largest output is that of the target or, with one output, has its sign.
double accuracy(const Matrix& outputs, const Matrix& targets);

}  // namespace linnet
