// The arithmetic of linalg by Eigen alone: linnet::core, and the browser.

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

#define LINNET_STRING2(x) #x
#define LINNET_STRING(x) LINNET_STRING2(x)

namespace linnet::linalg {

namespace {

template <class A, class B>
void scaled_product(double alpha, const A& a, const B& b, double beta, Matrix& out) {
  if (beta == 0.0) {
    out.noalias() = alpha * (a * b);
    return;
  }
  if (beta != 1.0) out *= beta;
  out.noalias() += alpha * (a * b);
}

void require_finite_entries(const Matrix& a) {
  if (!a.allFinite()) {
    numerical_failure(
        {.field = "decomposition", .expected = "a matrix of finite numbers", .got = "a non-finite entry"});
  }
}

}  // namespace

void multiply(double alpha, Factor a, Factor b, double beta, Matrix& out) {
  const Matrix& ma = a.matrix();
  const Matrix& mb = b.matrix();
  if (!a.transposed() && !b.transposed()) return scaled_product(alpha, ma, mb, beta, out);
  if (a.transposed() && !b.transposed()) return scaled_product(alpha, ma.transpose(), mb, beta, out);
  if (!a.transposed()) return scaled_product(alpha, ma, mb.transpose(), beta, out);
  scaled_product(alpha, ma.transpose(), mb.transpose(), beta, out);
}

SerialBlas::SerialBlas() = default;
SerialBlas::~SerialBlas() = default;

const char* backend() {
  return "Eigen " LINNET_STRING(EIGEN_WORLD_VERSION) "." LINNET_STRING(EIGEN_MAJOR_VERSION) "." LINNET_STRING(
      EIGEN_MINOR_VERSION);
}

Svd svd(const Matrix& a) {
  require_finite_entries(a);
  const Eigen::BDCSVD<Matrix> d(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  return {.u = d.matrixU(), .s = d.singularValues(), .v = d.matrixV()};
}

Vector singular_values(const Matrix& a) {
  require_finite_entries(a);
  return Eigen::BDCSVD<Matrix>(a).singularValues();
}

SymmetricEigen symmetric_eigen(const Matrix& a) {
  require_finite_entries(a);
  const Eigen::SelfAdjointEigenSolver<Matrix> d(a);
  return {.values = d.eigenvalues(), .vectors = d.eigenvectors()};
}

}  // namespace linnet::linalg
