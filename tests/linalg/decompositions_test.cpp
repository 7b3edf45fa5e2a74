#include "linnet/linalg/decompositions.hpp"

#include <limits>

#include "linnet/linalg/bidiagonal.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/spectrum.hpp"
#include "tests/support/core.hpp"

namespace linnet::linalg {
namespace {

using linnet::testing::caught;
using linnet::testing::normal;
using linnet::testing::relative;

double off_identity(const Matrix& q) {
  return (q.transpose() * q - Matrix::Identity(q.cols(), q.cols())).cwiseAbs().maxCoeff();
}

bool falls(const Vector& s) {
  for (Index i = 1; i < s.size(); ++i) {
    if (s(i) > s(i - 1)) return false;
  }
  return s.size() == 0 || s(s.size() - 1) >= 0;
}

TEST(Svd, Reconstructs) {
  const Matrix low_rank = normal(12, 3, 1) * normal(3, 9, 2);
  const Matrix graded =
      normal(8, 8, 3) * Vector::LinSpaced(8, 0, -14).unaryExpr([](double e) { return std::pow(10, e); }).asDiagonal();
  for (const Matrix& a : {normal(7, 7, 4), normal(30, 6, 5), normal(6, 30, 6), normal(1, 1, 7), normal(5, 1, 8),
                          normal(1, 5, 9), low_rank, graded, Matrix(Matrix::Zero(4, 3)),
                          Matrix(normal(3, 3, 10) * 1e-200), Matrix(normal(3, 3, 10) * 1e200), normal(80, 80, 11)}) {
    const Svd d = svd(a);
    const Index k = std::min(a.rows(), a.cols());
    ASSERT_EQ(d.u.cols(), k);
    ASSERT_EQ(d.v.cols(), k);
    ASSERT_EQ(d.s.size(), k);
    EXPECT_LT(relative(Matrix(d.u * d.s.asDiagonal() * d.v.transpose()), a), 2e-14);
    EXPECT_LT(off_identity(d.u), 1e-13);
    EXPECT_LT(off_identity(d.v), 1e-13);
    EXPECT_TRUE(falls(d.s)) << d.s.transpose();
    EXPECT_LT((singular_values(a) - d.s).cwiseAbs().maxCoeff(), 1e-14 * std::max(d.s(0), 1e-300));
    EXPECT_EQ(operator_norm(a), singular_values(a)(0));
  }
}

TEST(Svd, FindsKnownSingularValues) {
  Matrix a(2, 2);
  a << 3, 0, 4, 5;  // AᵀA = [[25, 20], [20, 25]]
  EXPECT_NEAR(singular_values(a)(0), std::sqrt(45.0), 1e-14);
  EXPECT_NEAR(singular_values(a)(1), std::sqrt(5.0), 1e-14);
  EXPECT_EQ(singular_values(Matrix::Zero(3, 2)), Vector::Zero(2));
}

TEST(Svd, OfAnEmptyMatrixIsEmpty) {
  const Svd d = svd(Matrix(0, 3));
  EXPECT_EQ(d.s.size(), 0);
  EXPECT_EQ(d.v.rows(), 3);
  EXPECT_EQ(singular_values(Matrix(3, 0)).size(), 0);
  EXPECT_EQ(operator_norm(Matrix(0, 0)), 0);
  EXPECT_EQ(symmetric_eigen(Matrix(0, 0)).values.size(), 0);
}

TEST(SymmetricEigen, Reconstructs) {
  const Matrix x = normal(20, 20, 1);
  const Matrix thin = normal(9, 2, 2);
  for (const Matrix& a : {Matrix(x + x.transpose()), Matrix(thin * thin.transpose()), Matrix(Matrix::Zero(3, 3)),
                          Matrix(Matrix::Constant(1, 1, -2.0)), Matrix(Matrix::Identity(4, 4))}) {
    const SymmetricEigen d = symmetric_eigen(a);
    EXPECT_LT(relative(Matrix(d.vectors * d.values.asDiagonal() * d.vectors.transpose()), a), 1e-14);
    EXPECT_LT(off_identity(d.vectors), 1e-13);
    EXPECT_TRUE(falls(-d.values.array() + d.values.maxCoeff())) << d.values.transpose();
    EXPECT_LT((symmetric_eigenvalues(a) - d.values).norm(), 1e-14 * (1 + a.norm()));
  }
}

TEST(NegativeEigenvalues, AreCountedByTheLawOfInertia) {
  for (const Index n : {1, 2, 7, 150}) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
      const Matrix x = normal(n, n, seed);
      const Matrix a = x + x.transpose();
      EXPECT_EQ(negative_eigenvalues(a), (symmetric_eigen(a).values.array() < 0).count()) << n;
    }
  }
  EXPECT_EQ(negative_eigenvalues((Matrix(2, 2) << 0, 1, 1, 0).finished()), 1);  // needs a 2 x 2 pivot
  EXPECT_EQ(negative_eigenvalues(-Matrix::Identity(5, 5)), 5);
  EXPECT_EQ(negative_eigenvalues(Matrix(0, 0)), 0);
}

TEST(Decompositions, RefuseNonFiniteNumbers) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Matrix a = normal(3, 3, 1);
    a(1, 2) = bad;
    for (const auto& e :
         {caught([&] { svd(a); }), caught([&] { singular_values(a); }), caught([&] { symmetric_eigen(a); }),
          caught([&] { operator_norm(a); }), caught([&] { const Bidiagonal d(a); })}) {
      EXPECT_EQ(e.text, "decomposition: expected a matrix of finite numbers, got a non-finite entry");
      EXPECT_EQ(e.kind, Error::Kind::numerical);
    }
  }
}

TEST(Spectrum, Summaries) {
  Vector s(4);
  s << 4, 2, 1, 0.1;
  EXPECT_EQ(rank_above(s, 0.2), 3);
  EXPECT_EQ(rank_above(s, 0.25), 2) << "above means above: 1 is not above 4/4";
  EXPECT_EQ(rank_above(s, 0), 4);
  EXPECT_NEAR(stable_rank(s), (16 + 4 + 1 + 0.01) / 16, 1e-15);
  EXPECT_NEAR(nuclear_norm(s), 7.1, 1e-15);
  double entropy = 0;
  for (Index i = 0; i < 4; ++i) entropy -= s(i) / 7.1 * std::log(s(i) / 7.1);
  EXPECT_NEAR(effective_rank(s), std::exp(entropy), 1e-14);
}

TEST(Spectrum, OfEqualValuesIsTheirNumber) {
  const Vector s = Vector::Constant(7, 3e-200);  // whose squares underflow
  EXPECT_EQ(rank_above(s, 0.2), 7);
  EXPECT_NEAR(stable_rank(s), 7, 1e-14);
  EXPECT_NEAR(effective_rank(s), 7, 1e-13);
}

TEST(Spectrum, OfTheZeroMatrixIsZero) {
  for (const Vector& s : {Vector(Vector::Zero(3)), Vector(0)}) {
    EXPECT_EQ(rank_above(s, 0.2), 0);
    EXPECT_EQ(stable_rank(s), 0);
    EXPECT_EQ(effective_rank(s), 0);
    EXPECT_EQ(nuclear_norm(s), 0);
  }
}

TEST(Cholesky, FactorsAndDivides) {
  for (const Index n : {1, 6, 90}) {
    // Graded over two hundred decades, where errors are bounded only relative to √(a_ii a_jj).
    const Vector scale = Vector::LinSpaced(n, 0, -100).unaryExpr([](double e) { return std::pow(10, e); });
    const Matrix well = normal(n, 2 * n, 31);
    const Matrix rows = scale.asDiagonal() * well;
    const Matrix r = cholesky(rows * rows.transpose());
    const Matrix back = scale.cwiseInverse().asDiagonal() * r.transpose();
    EXPECT_EQ(r.triangularView<Eigen::StrictlyLower>().toDenseMatrix(), Matrix::Zero(n, n));
    EXPECT_LT(relative(back * back.transpose(), well * well.transpose()), 1e-14);
    const Matrix b = normal(5, n, 32);
    Matrix quotient = b * r.triangularView<Eigen::Upper>();
    divide(quotient, r);
    EXPECT_LT(relative(quotient, b), 1e-12);
  }
  EXPECT_EQ(cholesky(Matrix(0, 0)).size(), 0);
  EXPECT_EQ(caught([] { return cholesky(Matrix{{1.0, 2.0}, {2.0, 1.0}}); }).kind, Error::Kind::numerical);
}

}  // namespace
}  // namespace linnet::linalg
