#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet {

/// The span of the inputs in a cost of one output, C = ½(β − β*)ᵀΣ(β − β*) + C_min, and β* within it. C is flat in all
/// other directions.
class SeenInputs {
 public:
  /// Throws unless the task has one output. One eigendecomposition of Σ where the inputs are not white.
  explicit SeenInputs(const Task& task);

  [[nodiscard]] const Matrix& basis() const { return basis_; }    ///< of the span, orthonormal, n_0 x rank
  [[nodiscard]] Vector project(const Vector& v) const;            ///< onto the span
  [[nodiscard]] const Vector& target() const { return target_; }  ///< β* of least norm
  [[nodiscard]] Matrix covariance() const;                        ///< Σ
  [[nodiscard]] double variance() const { return variance_; }     ///< the largest eigenvalue of Σ
  [[nodiscard]] bool all() const { return basis_.cols() == basis_.rows(); }
  /// Whether Σ is `variance` times the projection onto the span, that is white on the span; one sample always is.
  [[nodiscard]] bool white() const { return white_; }

 private:
  Matrix covariance_;  // of inputs that are not white; else empty
  Matrix basis_;
  Vector target_;
  double variance_ = 1;
  bool white_ = true;
};

}  // namespace linnet
