#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// A matrix or the transpose of one, as a factor of a product; refers to the matrix, never copies it.
class Factor {
 public:
  Factor(const Matrix& m) : matrix_(&m) {}  // NOLINT: a factor is written as the matrix itself
  Factor(const Eigen::Transpose<const Matrix>& t) : matrix_(&t.nestedExpression()), transposed_(true) {}  // NOLINT
  Factor(const Eigen::Transpose<Matrix>& t) : matrix_(&t.nestedExpression()), transposed_(true) {}        // NOLINT

  [[nodiscard]] const Matrix& matrix() const { return *matrix_; }
  [[nodiscard]] bool transposed() const { return transposed_; }
  [[nodiscard]] Index rows() const { return transposed_ ? matrix_->cols() : matrix_->rows(); }
  [[nodiscard]] Index cols() const { return transposed_ ? matrix_->rows() : matrix_->cols(); }

 private:
  const Matrix* matrix_;
  bool transposed_ = false;
};

/// out = alpha a b + beta out. `out` must not be a factor; it must have the right shape if beta != 0, and is resized
/// otherwise. 2 rows cols inner operations, by BLAS's dgemm on native builds; allocates nothing else.
void multiply(double alpha, Factor a, Factor b, double beta, Matrix& out);

/// out = a b.
inline void multiply(Factor a, Factor b, Matrix& out) { multiply(1.0, a, b, 0.0, out); }

/// a b as a new matrix, for code outside the hot loops.
inline Matrix product(Factor a, Factor b) {
  Matrix out;
  multiply(a, b, out);
  return out;
}

/// a aᵀ, symmetric to the last bit, at little more than half the cost of a product.
Matrix self_product(Factor a);

/// c -= step (b + b^T), by tiles so that both triangles of b stay in cache; c stays exactly symmetric.
void subtract_symmetric(double step, const Matrix& b, Matrix& c);

/// Restricts the BLAS of this process to one thread while at least one such object exists. Every function of linalg
/// makes one, so that no result depends on the number of cores. A long computation makes one around all of its work, so
/// that parallel sweeps do not oversubscribe the cores. The first one also selects the kernel (`backend_kernel.hpp`)
/// and takes the buffers for this number of threads that multiply at once. Throws Error (input) if the address space is
/// too small for the buffers, for which OpenBLAS would retry for ever. No effect without BLAS.
class SerialBlas {
 public:
  explicit SerialBlas(int threads = 1);
  ~SerialBlas();
  SerialBlas(const SerialBlas&) = delete;
  SerialBlas& operator=(const SerialBlas&) = delete;
};

/// Name and version of the library of products and decompositions: "OpenBLAS 0.3.21 Zen" or "Eigen 3.4.0".
const char* backend();

}  // namespace linnet::linalg
