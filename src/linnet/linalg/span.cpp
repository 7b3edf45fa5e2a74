#include "linnet/linalg/span.hpp"

#include <utility>

#include "linnet/linalg/decompositions.hpp"

namespace linnet::linalg {

std::optional<Matrix> joint_span(const Matrix& a, const Matrix& b, Index spare) {
  const Index columns = a.cols() + b.cols() + spare;
  if (columns >= a.rows()) return std::nullopt;
  Matrix both(a.rows(), columns);
  both << a, b, Matrix::Zero(a.rows(), spare);
  return qr_factor(std::move(both));
}

}  // namespace linnet::linalg
