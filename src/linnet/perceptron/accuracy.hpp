#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Part of the samples (in columns) whose largest output is that of the target; of one output, whose sign is.
double accuracy(const Matrix& outputs, const Matrix& targets);

}  // namespace linnet
