// The arithmetic of linalg by Eigen alone: linnet::core, and the browser.

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

void require_finite_entries(const Matrix& a) {
  if (!a.allFinite()) {
    numerical_failure(
        {.field = "decomposition", .expected = "a matrix of finite numbers", .got = "a non-finite entry"});
  }
}

void require_convergence(Eigen::ComputationInfo info, const char* routine) {
  if (info != Eigen::Success) {
    numerical_failure({.field = "decomposition",
                       .expected = std::string(routine) + " to converge",
                       .got = "info = " + std::to_string(static_cast<int>(info))});
  }
}

/// 𝒫: its reflections begin right of the diagonal.
auto right_bases(const Bidiagonal& d) {
  return Eigen::householderSequence(d.reflectors.transpose(), d.right)
      .setLength(std::max<Index>(0, d.right.size() - 1))
      .setShift(1);
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

SerialBlas::SerialBlas() = default;
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

// Eigen's LDLᵀ has no pivots of two rows, without which an indefinite matrix is not factored stably.
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

Bidiagonal bidiagonalize(Matrix a) {
  require_finite_entries(a);
  const Index m = a.rows();
  const Index n = a.cols();
  Bidiagonal d{.reflectors = std::move(a),
               .left = Vector::Zero(n),
               .right = Vector::Zero(n),
               .diagonal = Vector(n),
               .above = Vector(std::max<Index>(0, n - 1))};
  Matrix& r = d.reflectors;
  Vector room(std::max(m, n));
  for (Index k = 0; k < n; ++k) {
    r.col(k).tail(m - k).makeHouseholderInPlace(d.left(k), d.diagonal(k));
    r.bottomRightCorner(m - k, n - k - 1).applyHouseholderOnTheLeft(r.col(k).tail(m - k - 1), d.left(k), room.data());
    if (k + 1 == n) break;
    r.row(k).tail(n - k - 1).makeHouseholderInPlace(d.right(k), d.above(k));
    r.bottomRightCorner(m - k - 1, n - k - 1)
        .applyHouseholderOnTheRight(r.row(k).tail(n - k - 2).transpose(), d.right(k), room.data());
  }
  return d;
}

void into_bases_of(const Bidiagonal& d, Matrix& m) {
  if (m.size() == 0) return;
  m.applyOnTheLeft(Eigen::householderSequence(d.reflectors, d.left).transpose());
  m.applyOnTheRight(right_bases(d));
}

void out_of_bases_of(const Bidiagonal& d, Matrix& m) {
  if (m.size() == 0) return;
  m.applyOnTheLeft(Eigen::householderSequence(d.reflectors, d.left));
  m.applyOnTheRight(right_bases(d).transpose());
}

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
