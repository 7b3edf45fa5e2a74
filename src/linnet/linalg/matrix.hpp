#pragma once

#include <Eigen/Core>

namespace linnet {

using Index = Eigen::Index;
using Matrix = Eigen::MatrixXd;  ///< column-major, double
using Vector = Eigen::VectorXd;

/// The shape of an end-to-end matrix A: n_2 outputs (rows) by n_0 inputs (columns).
struct Shape {
  Index outputs = 0;
  Index inputs = 0;

  [[nodiscard]] Index modes() const { return outputs < inputs ? outputs : inputs; }
  [[nodiscard]] Index sum() const { return outputs + inputs; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// n_2 x n_0 of an end-to-end matrix.
inline Shape shape_of(const Matrix& a) { return {.outputs = a.rows(), .inputs = a.cols()}; }

}  // namespace linnet
