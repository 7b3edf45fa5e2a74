// The arithmetic of linalg by Eigen only, for linnet::core and the browser.

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <string>

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

void require_convergence(Eigen::ComputationInfo info, const char* routine) {
  if (info != Eigen::Success) {
    numerical_failure({.field = "decomposition",
                       .expected = std::string(routine) + " to converge",
                       .got = "info = " + std::to_string(static_cast<int>(info))});
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

Matrix self_product(Factor a) {
  const Matrix& m = a.matrix();
  Matrix out = Matrix::Zero(a.rows(), a.rows());
  if (a.transposed()) {
    out.selfadjointView<Eigen::Upper>().rankUpdate(m.transpose());
  } else {
    out.selfadjointView<Eigen::Upper>().rankUpdate(m);
  }
  out.triangularView<Eigen::StrictlyLower>() = out.transpose();
  return out;
}

SerialBlas::SerialBlas(int /*threads*/) {}  // NOLINT: there is no BLAS to restrict
SerialBlas::~SerialBlas() = default;

const char* backend() {
  return "Eigen " LINNET_STRING(EIGEN_WORLD_VERSION) "." LINNET_STRING(EIGEN_MAJOR_VERSION) "." LINNET_STRING(
      EIGEN_MINOR_VERSION);
}

Svd svd(const Matrix& a) {
  require_finite_entries(a);
  if (a.size() == 0) return {.u = Matrix(a.rows(), 0), .s = Vector(0), .v = Matrix(a.cols(), 0)};
  const Eigen::BDCSVD<Matrix> d(a, Eigen::ComputeThinU | Eigen::ComputeThinV);
  require_convergence(d.info(), "BDCSVD");
  return {.u = d.matrixU(), .s = d.singularValues(), .v = d.matrixV()};
}

Svd full_svd(const Matrix& a) {
  require_finite_entries(a);
  if (a.size() == 0) {
    return {.u = Matrix::Identity(a.rows(), a.rows()), .s = Vector(0), .v = Matrix::Identity(a.cols(), a.cols())};
  }
  const Eigen::BDCSVD<Matrix> d(a, Eigen::ComputeFullU | Eigen::ComputeFullV);
  require_convergence(d.info(), "BDCSVD");
  return {.u = d.matrixU(), .s = d.singularValues(), .v = d.matrixV()};
}

Vector singular_values(const Matrix& a) {
  require_finite_entries(a);
  if (a.size() == 0) return Vector(0);
  const Eigen::BDCSVD<Matrix> d(a);
  require_convergence(d.info(), "BDCSVD");
  return d.singularValues();
}

SymmetricEigen symmetric_eigen(const Matrix& a) {
  require_finite_entries(a);
  if (a.size() == 0) return {.values = Vector(0), .vectors = Matrix(0, 0)};
  const Eigen::SelfAdjointEigenSolver<Matrix> d(a);
  require_convergence(d.info(), "SelfAdjointEigenSolver");
  return {.values = d.eigenvalues(), .vectors = d.eigenvectors()};
}

Vector symmetric_eigenvalues(const Matrix& a) {
  require_finite_entries(a);
  if (a.size() == 0) return Vector(0);
  const Eigen::SelfAdjointEigenSolver<Matrix> d(a, Eigen::EigenvaluesOnly);
  require_convergence(d.info(), "SelfAdjointEigenSolver");
  return d.eigenvalues();
}

// Eigen's LDLᵀ has no 2 x 2 pivots, without which the factorization of an indefinite matrix is unstable.
Index negative_eigenvalues(Matrix a) {  // NOLINT: by value, as LAPACK works in place
  return (symmetric_eigenvalues(a).array() < 0).count();
}

Matrix cholesky(Matrix a) {  // NOLINT: by value, as LAPACK works in place
  require_finite_entries(a);
  const Eigen::LLT<Matrix, Eigen::Upper> d(a);
  require_convergence(d.info(), "LLT");
  return d.matrixU();
}

void divide(Matrix& b, const Matrix& r) { r.triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(b); }

Matrix qr_factor(Matrix a) {
  require_finite_entries(a);
  const Index columns = a.cols();
  if (columns == 0) return a;
  const Eigen::HouseholderQR<Matrix> d(a);
  return d.householderQ() * Matrix::Identity(a.rows(), columns);
}

Matrix reflections(Matrix reflectors, const Vector& factors) {  // NOLINT: by value, as LAPACK works in place
  const Matrix identity = Matrix::Identity(reflectors.rows(), reflectors.cols());
  return Eigen::householderSequence(reflectors, factors) * identity;
}

}  // namespace linnet::linalg
