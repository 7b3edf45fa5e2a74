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

/// One number for each of the two layers: variances, learning rates, steps.
/// A single number means the same for both.
struct PerLayer {
  double first = 0;
  double second = 0;

  constexpr PerLayer() = default;
  constexpr PerLayer(double both) : first(both), second(both) {}  // NOLINT: one number stands for both layers
  constexpr PerLayer(double first_layer, double second_layer) : first(first_layer), second(second_layer) {}

  [[nodiscard]] constexpr double product() const { return first * second; }
  [[nodiscard]] constexpr bool equal() const { return first == second; }
  friend bool operator==(const PerLayer&, const PerLayer&) = default;
};

}  // namespace linnet
