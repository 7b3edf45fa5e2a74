#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Half the width of the interval that contains the mean of such numbers in 95 of 100 cases, from a few of them: the
/// standard error times Student's quantile. inf for fewer than two.
double half_interval(const Vector& values);

}  // namespace linnet
