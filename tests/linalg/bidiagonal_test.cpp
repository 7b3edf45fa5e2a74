#include "linnet/linalg/bidiagonal.hpp"

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet::linalg {
namespace {

using linnet::testing::normal;
using linnet::testing::relative;

Matrix bidiagonal(const Bidiagonal& d, Index rows) {
  const Index cols = d.diagonal().size();
  Matrix b = Matrix::Zero(rows, cols);
  b.diagonal() = d.diagonal();
  if (cols > 1) b.diagonal<1>().head(cols - 1) = d.above();
  return b;
}

/// B is a in orthonormal bases, in both directions.
void expect_reduced(const Matrix& a, VectorUnit use) {
  const Bidiagonal d(a, use);
  const double rounding = 1e-15 * std::sqrt(static_cast<double>(a.rows() + 16));
  const Matrix b = bidiagonal(d, a.rows());
  EXPECT_LE((d.into_bases(a) - b).norm(), rounding * a.norm()) << a.rows() << " x " << a.cols();
  EXPECT_LE((d.out_of_bases(b) - a).norm(), rounding * a.norm());
  const Matrix m = normal(a.rows(), a.cols(), 22);
  EXPECT_NEAR(d.into_bases(m).norm(), m.norm(), rounding * m.norm());
  EXPECT_LT(relative(d.out_of_bases(d.into_bases(m)), m), rounding);
}

TEST(Bidiagonal, IsTheMatrixInItsBases) {
  for (const VectorUnit use : vector_units()) {
    for (const auto& [rows, cols] :
         {Shape{1, 1}, {6, 1}, {2, 2}, {3, 3}, {5, 3}, {8, 8}, {9, 7}, {16, 15}, {40, 40}, {70, 33}, {65, 64}}) {
      expect_reduced(normal(rows, cols, 21), use);
    }
  }
}

TEST(Bidiagonal, OfAnyScaleAndRank) {
  const Matrix a = normal(20, 12, 23);
  const Matrix thin = normal(20, 3, 24) * normal(3, 12, 25);
  const Vector graded = Vector::LinSpaced(12, 0, -300).unaryExpr([](double e) { return std::pow(10.0, e); });
  Matrix holes = a;
  holes.col(0).setZero();
  holes.col(5).tail(15).setZero();
  holes.row(7).setZero();
  for (const VectorUnit use : vector_units()) {
    for (const double scale : {1e-300, 1e-160, 1e160, 1e300}) expect_reduced(scale * a, use);
    expect_reduced(thin, use);
    expect_reduced(a * graded.asDiagonal(), use);
    expect_reduced(a * graded.reverse().asDiagonal(), use);
    expect_reduced(holes, use);
    expect_reduced(Matrix::Identity(20, 12), use);
    expect_reduced(Matrix::Ones(20, 12), use);
    expect_reduced(Matrix::Zero(20, 12), use);
  }
  EXPECT_EQ(Bidiagonal(Matrix(3, 0)).diagonal().size(), 0);
}

TEST(Bidiagonal, HasTheSingularValues) {
  for (const auto& [rows, cols] : {Shape{30, 30}, {50, 20}}) {
    const Matrix a = normal(rows, cols, 26);
    const Vector s = singular_values(a);
    EXPECT_LT((singular_values(bidiagonal(Bidiagonal(a), rows)) - s).norm(), 1e-14 * s(0));
  }
}

}  // namespace
}  // namespace linnet::linalg
