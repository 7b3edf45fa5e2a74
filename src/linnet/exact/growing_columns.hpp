#pragma once

#include <optional>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// The largest relative error of A, C_1 and C_2 that `ExactFlow` accepts.
inline constexpr double promised_error = 1e-11;

/// A factor of G(t) where the start has as many independent columns as the larger side has rows. Then combinations of
/// its columns exist whose part in the growing directions is the identity. In these columns the matrix to invert is
/// positive definite and grows on its diagonal only, so that a Cholesky factorization is accurate at any time. It takes
/// a third of the arithmetic of a QR factorization, nearly all of it products; a start with a small component in some
/// growing direction needs two factorizations, half of that arithmetic. At a saddle one column has no such component:
/// it is the last one, and the others have the identity in all directions but the slowest (docs/exact.md, "How it is
/// evaluated").
class GrowingColumns {
 public:
  /// From the rows of Q_0 of the two sides in the singular bases, the singular values of Y followed by zeros up to the
  /// longer side, and κ. None where there are more or fewer columns, or where rounding of the start in these columns
  /// would move Q(t) by more than `promised_error`.
  static std::optional<GrowingColumns> of(const Matrix& larger, const Matrix& smaller, const Vector& y, double kappa);

  struct Rows {
    Matrix larger;
    Matrix smaller;
  };
  /// The rows of Q(t), t > 0 finite; none where the bound of their error exceeds `promised_error`, as may happen near a
  /// saddle.
  [[nodiscard]] std::optional<Rows> at(double t) const;

 private:
  double take(const Matrix& frame, const Matrix& triangular, const Matrix& smaller);
  [[nodiscard]] Matrix factor_again(const Rows& rows, const Matrix& units, const Eigen::ArrayXd& e,
                                    const Eigen::ArrayXd& s) const;

  Vector y_;
  Vector r_;         // (y² + κ²)^{½}
  Vector lead_;      // of the growing directions: r minus that of the slowest
  Vector ratio_;     // y/(r + κ)
  Vector length_;    // of the directions, (1 + ratio²)^{½}
  double size_ = 0;  // ‖C_0‖, C_0 = larger + ratio·smaller, the part of the start that grows
  Vector slow_;      // last row of C_0·columns, whose other rows are the identity
  Matrix columns_;
  Matrix metric_;    // columnsᵀ·columns
  Matrix smaller_;   // of the start, in these columns, in which its larger side is C_0·columns − ratio·smaller
  Matrix decaying_;  // its part in the directions that decay, of length 1
};

}  // namespace linnet
