#pragma once

#include <optional>

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// Orthonormal columns that span those of both matrices, and `spare` more; none where that takes all dimensions.
std::optional<Matrix> joint_span(const Matrix& a, const Matrix& b, Index spare = 0);

}  // namespace linnet::linalg
