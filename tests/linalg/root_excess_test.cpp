#include "linnet/linalg/root_excess.hpp"

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet::linalg {
namespace {

using linnet::testing::caught;
using linnet::testing::normal;
using linnet::testing::relative;

/// By singular vectors, from the definition.
Matrix expected(const Matrix& a, double kappa, const Matrix& r) {
  const Svd d = svd(a);
  const Vector e = d.s.array().square() / ((d.s.array().square() + kappa * kappa).sqrt() + kappa);
  return d.u * (e.asDiagonal() * (d.u.transpose() * r)) + ((r * d.v) * e.asDiagonal()) * d.v.transpose();
}

Matrix with_values(Index rows, Index cols, const Vector& s) {
  return qr_factor(normal(rows, s.size(), 1)) * s.asDiagonal() * qr_factor(normal(cols, s.size(), 2)).transpose();
}

struct Problem {
  Index rows;
  Index cols;
};

// Well-conditioned and graded matrices, beyond the largest ratio to κ (1e-9) and far below it.
TEST(RootExcess, IsThatOfSingularVectors) {
  for (const auto& [rows, cols] : {Problem{1, 1}, {1, 4}, {5, 1}, {2, 2}, {16, 16}, {17, 33}, {40, 7}, {60, 60}}) {
    const Matrix r = normal(rows, cols, 3);
    for (const double last : {0.0, -1.0, -12.0}) {
      const Vector s =
          Vector::LinSpaced(std::min(rows, cols), 0, last).unaryExpr([](double e) { return std::pow(10, e); });
      const Matrix a = with_values(rows, cols, s);
      for (const double kappa : {1e-9, 1.1e-7, 1e-6, 1e-3, 0.1, 1.0, 30.0, 1e6, 1e150}) {
        const double largest = r.norm() / (kappa + std::hypot(kappa, 1.0));  // ‖A‖ = 1
        EXPECT_LT((root_excess(a, kappa, r) - expected(a, kappa, r)).norm(), 1e-14 * largest)
            << rows << " x " << cols << ", last 1e" << last << ", kappa " << kappa;
      }
    }
  }
}

// C_1² = κ²I + AᵀA for C_1 = κ + e(AᵀA). For symmetric A, R = I gives twice e(AᵀA).
TEST(RootExcess, IsThatOfARoot) {
  const Matrix half = normal(30, 30, 4);
  const Matrix a = half + half.transpose();
  for (const double kappa : {1e-3, 1.0, 50.0}) {
    const Matrix identity = Matrix::Identity(30, 30);
    const Matrix c = 0.5 * root_excess(a, kappa, identity) + kappa * identity;
    EXPECT_LT(relative(Matrix(c * c), Matrix(a * a + kappa * kappa * identity)), 1e-14);
  }
}

TEST(RootExcess, IsTheSameWithAnyInstructions) {
  const Matrix a = normal(37, 21, 5);
  const Matrix r = normal(37, 21, 6);
  const Matrix plain = root_excess(a, 0.3, r, VectorUnit::baseline);
  // Sums are in another order, also those of the bases.
  for (const VectorUnit unit : vector_units()) EXPECT_LT(relative(root_excess(a, 0.3, r, unit), plain), 5e-15);
}

TEST(RootExcess, OfNothing) {
  EXPECT_EQ(root_excess(Matrix::Zero(4, 3), 0.5, normal(4, 3, 7)), Matrix::Zero(4, 3));
  EXPECT_EQ(root_excess(Matrix::Zero(4, 3), 0.0, normal(4, 3, 7)), Matrix::Zero(4, 3));
  EXPECT_EQ(root_excess(Matrix(0, 3), 1.0, Matrix(0, 3)).size(), 0);
  EXPECT_EQ(caught([] { root_excess(Matrix::Constant(2, 2, std::nan("")), 1.0, Matrix::Zero(2, 2)); }).kind,
            Error::Kind::numerical);
}

}  // namespace
}  // namespace linnet::linalg
