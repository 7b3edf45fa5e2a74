#include "linnet/exact/growing_columns.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::normal;
using testing::relative;

Matrix stacked(const Matrix& larger, const Matrix& smaller) {
  Matrix q(larger.rows() + smaller.rows(), larger.cols());
  q << larger, smaller;
  return q;
}

/// G(t) = Φ Q_0 (I + Q_0ᵀ K Q_0)^{-1} Q_0ᵀ Φ, evaluated directly.
Matrix formula(const Matrix& q, Index n1, const Vector& y, double kappa, double t) {
  const Index n = q.rows();
  Matrix f = Matrix::Zero(n, n);
  for (Index i = 0; i < n; ++i) f(i, i) = i < n1 ? kappa : -kappa;
  for (Index i = 0; i < std::min(n1, n - n1); ++i) f(i, n1 + i) = f(n1 + i, i) = y(i);
  const linalg::SymmetricEigen d = linalg::symmetric_eigen(f);
  const Vector growth = (d.values * t).array().exp();
  const Vector sum = d.values.unaryExpr([&](double z) { return z == 0 ? t : std::expm1(2 * z * t) / (2 * z); });
  const Matrix b = d.vectors.transpose() * q;
  const Matrix m = Matrix::Identity(q.cols(), q.cols()) + b.transpose() * sum.asDiagonal() * b;
  const Matrix moved = d.vectors * growth.asDiagonal() * b;
  return moved * m.ldlt().solve(moved.transpose());
}

TEST(GrowingColumns, AreAFactorOfTheFormula) {
  struct Sizes {
    Index larger, smaller;
  };
  for (const auto& [n1, n2] : {Sizes{1, 1}, {4, 4}, {6, 3}, {3, 6}}) {
    for (const double kappa : {0.0, 0.4, 3.0}) {
      Vector y = Vector::Zero(std::max(n1, n2));
      const Index pairs = std::min(n1, n2);
      y.head(pairs) = Vector::LinSpaced(pairs, 1.5, kappa > 0 ? 0.0 : 0.5);
      if (y.minCoeff() + kappa == 0) continue;  // a direction that neither grows nor decays
      const Matrix larger = 2 * linalg::qr_factor(normal(n1, n1, 1));
      const Matrix smaller = normal(n2, n1, 2, 0.3);
      const auto flow = GrowingColumns::of(larger, smaller, y, kappa);
      ASSERT_TRUE(flow.has_value()) << n1 << " " << n2 << " " << kappa;
      for (const double t : {1e-12, 0.1, 1.0, 2.0}) {
        const auto at = flow->at(t).value();
        const Matrix q = stacked(at.larger, at.smaller);
        EXPECT_LT(relative(q * q.transpose(), formula(stacked(larger, smaller), n1, y, kappa, t)), 1e-12) << t;
      }
    }
  }
}

// At early times a second factorization corrects the errors of the first.
TEST(GrowingColumns, KeepTheirDigitsNearASaddle) {
  const Index n = 6;
  const Vector y = Vector::LinSpaced(n, 1.5, 0.5);
  const Matrix larger = linalg::qr_factor(normal(n, n, 6));
  for (const double part : {1e-1, 1e-2, 1e-3, 1e-4}) {
    Matrix smaller = 0.5 * linalg::qr_factor(normal(n, n, 7));
    smaller.col(0) = -(1 - part) * larger.col(0);
    const auto flow = GrowingColumns::of(larger, smaller, y, 0.0);
    ASSERT_TRUE(flow.has_value()) << part;
    for (const double t : {1e-12, 0.01, 0.5}) {  // where direct evaluation of the formula is accurate
      const auto at = flow->at(t).value();
      const Matrix q = stacked(at.larger, at.smaller);
      EXPECT_LT(relative(q * q.transpose(), formula(stacked(larger, smaller), n, y, 0.0, t)), 1e-14 / part) << t;
    }
  }
}

/// Both sides of zero-balanced weights whose part in the directions that grow has one singular value equal to zero, up
/// to rounding.
struct Saddle {
  Matrix larger;
  Matrix smaller;
};

Saddle saddle(Index n, std::uint64_t seed) {
  const Matrix frame = linalg::qr_factor(normal(n, n, 3 * seed));
  Matrix turn = Matrix::Identity(n, n);
  turn(0, 0) = -1;
  for (Index i = 1; i + 1 < n; i += 2) turn.block<2, 2>(i, i) << 0.6, 0.8, -0.8, 0.6;
  const Matrix larger = linalg::qr_factor(normal(n, n, 3 * seed + 1)) *
                        Vector(Vector::LinSpaced(n, 1.0, 0.3)).asDiagonal() *
                        linalg::qr_factor(normal(n, n, 3 * seed + 2)).transpose();
  return {.larger = larger, .smaller = frame * turn * frame.transpose() * larger};
}

TEST(GrowingColumns, AreThoseThatGrowAtASaddle) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto n = static_cast<Index>(2 + seed % 8);
    const Vector y = Vector::LinSpaced(n, 1.5, 0.5);
    const auto [larger, smaller] = saddle(n, seed);
    for (const double kappa : {0.0, 1e-13}) {
      const auto flow = GrowingColumns::of(larger, smaller, y, kappa);
      ASSERT_TRUE(flow.has_value()) << seed;
      for (const double t : {1e-12, 1e-3, 0.1, 1.0, 2.0}) {
        const auto at = flow->at(t);
        if (!at) continue;
        const Matrix q = stacked(at->larger, at->smaller);
        EXPECT_LT(relative(q * q.transpose(), formula(stacked(larger, smaller), n, y, kappa, t)), 1e-11) << seed << t;
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 475) << "of 500: few are left to the graded factorization";
}

TEST(GrowingColumns, LeaveASaddleByWhatPartTheyHaveAndStayWithoutOne) {
  const Index n = 3;
  const Vector y{{1.5, 1.0, 0.5}};
  const Matrix larger = Matrix::Identity(n, n);
  for (const double part : {0.0, 1e-12, 1e-7}) {
    const Matrix smaller = Vector{{1.0, 1.0, part - 1}}.asDiagonal();
    const auto flow = GrowingColumns::of(larger, smaller, y, 0.0);
    ASSERT_TRUE(flow.has_value());
    for (const double t : {1.0, 20.0, 60.0, 1e3, 1e250}) {
      // The last mode alone, with parts g and h that grow and decay: A = (g²e^t − h²e^{−t})/2M.
      const double g2 = std::pow(1 + smaller(2, 2), 2) / 2;
      const double h2 = std::pow(1 - smaller(2, 2), 2) / 2;
      const double e = std::exp(-t);
      const double expected =
          g2 > 0 ? (g2 - h2 * e * e) / (2 * (e + g2 * (1 - e) + h2 * e * (1 - e))) : -h2 * e / (2 * (1 + h2 * (1 - e)));
      const auto at = flow->at(t).value();
      EXPECT_NEAR(at.larger.row(2).dot(at.smaller.row(2)), expected, 1e-14) << part << " " << t;
    }
  }
}

TEST(GrowingColumns, ReachTheEndWhateverTheRates) {
  const Index n = 5;
  const Vector y{{1e8, 3.0, 1.0, 1e-3, 0.0}};
  const double kappa = 0.01;
  const auto flow =
      GrowingColumns::of(linalg::qr_factor(normal(n, n, 3)), 0.1 * linalg::qr_factor(normal(n, n, 4)), y, kappa);
  ASSERT_TRUE(flow.has_value());
  for (const double t : {1e5, 1e200}) {
    const auto at = flow->at(t).value();
    // Each mode independently: A = Y, and larger − smaller = 2κ.
    EXPECT_LT(relative(Matrix(at.larger * at.smaller.transpose()), Matrix(y.asDiagonal())), 1e-14);
    for (Index i = 0; i < n; ++i) {
      EXPECT_NEAR(at.larger.row(i).squaredNorm() / (std::hypot(y(i), kappa) + kappa), 1, 1e-14) << i;
    }
  }
}

TEST(GrowingColumns, AreNoneWhereTheyWouldLoseDigits) {
  const Matrix frame = linalg::qr_factor(normal(4, 4, 5));
  const Vector y{{2.0, 1.5, 1.0, 0.5}};
  const auto exist = [&](double third, double fourth) {
    const Matrix larger = frame * Vector{{1.0, 1.0, third, fourth}}.asDiagonal();
    return GrowingColumns::of(larger, 0.1 * larger, y, 0.5).has_value();
  };
  EXPECT_TRUE(exist(1.0, 1.0));
  EXPECT_TRUE(exist(1e-4, 1e-4));
  EXPECT_FALSE(exist(1e-5, 1e-5));
  EXPECT_TRUE(exist(1.0, 1e-5)) << "one direction may be missing";
  EXPECT_TRUE(exist(1.0, 0.0));
  EXPECT_FALSE(exist(0.0, 0.0));
  const Vector missing_fast{{0.0, 1.0, 1.0, 1.0}};
  EXPECT_FALSE(GrowingColumns::of(missing_fast.asDiagonal(), Matrix::Zero(4, 4), y, 0.5).has_value());
  EXPECT_FALSE(GrowingColumns::of(frame.leftCols(3), 0.1 * frame.leftCols(3), y, 0.5).has_value());
  EXPECT_FALSE(GrowingColumns::of(Matrix::Zero(4, 4), Matrix::Zero(4, 4), y, 0.5).has_value());
  EXPECT_FALSE(GrowingColumns::of(1e-160 * frame, 1e-161 * frame, y, 0.5).has_value());
  EXPECT_FALSE(GrowingColumns::of(1e160 * frame, 1e159 * frame, y, 0.5).has_value());
  EXPECT_FALSE(GrowingColumns::of(frame, 0.1 * frame, Vector::Zero(4), 0.0).has_value());
}

}  // namespace
}  // namespace linnet
