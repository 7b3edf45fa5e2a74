#include "linnet/linalg/graded.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet::linalg {
namespace {

using linnet::testing::error_of;
using linnet::testing::normal;
using linnet::testing::relative;

Matrix with_identity(const Matrix& top) {
  Matrix rows(top.rows() + top.cols(), top.cols());
  rows << top, Matrix::Identity(top.cols(), top.cols());
  return rows;
}

TEST(GradedQr, SpansTheWeightedRows) {
  const Matrix rows = with_identity(normal(7, 4, 1));
  const Vector weights = Vector::LinSpaced(11, -3, 4);
  const Matrix weighted = weights.array().exp().matrix().asDiagonal() * rows;
  const Matrix q = graded_qr_factor(rows, weights);
  EXPECT_LT((q.transpose() * q - Matrix::Identity(4, 4)).norm(), 1e-14);
  EXPECT_LT((weighted - q * (q.transpose() * weighted)).norm(), 1e-13 * weighted.norm());
}

// With 2 columns the projector 𝒬𝒬ᵀ has a closed form: the pseudo-inverse of the two heaviest weighted rows.
TEST(GradedQr, HoldsBeyondTheRangeOfFloatingPoint) {
  const Matrix rows = with_identity(normal(3, 2, 2));
  for (const double gap : {10.0, 400.0, 5e3, 1e9}) {
    Vector weights(5);
    weights << 2 * gap, gap, -gap, 0, 0;
    const Matrix q = graded_qr_factor(rows, weights);
    EXPECT_LT((q.transpose() * q - Matrix::Identity(2, 2)).norm(), 1e-14);
    // The two heaviest rows determine the span, up to e^{-gap}.
    const Matrix projector = q * q.transpose();
    EXPECT_LT((projector.topLeftCorner(2, 2) - Matrix::Identity(2, 2)).norm(), 1e-3);
    if (gap > 100) {
      EXPECT_LT((projector.topLeftCorner(2, 2) - Matrix::Identity(2, 2)).norm(), 1e-14);
    }
  }
}

TEST(GradedQr, IsTheSameOnBothSidesOfTheRange) {
  // Two heavy rows are parallel: rows that are far lighter determine the second column, within e^600 or beyond.
  Matrix rows = with_identity(normal(4, 2, 3));
  rows.row(0) << 1, 0;
  rows.row(1) << 2, 0;
  const auto span = [&](double gap) {
    Vector weights(6);
    weights << gap, gap, -3, -2, 0, 0;
    const Matrix q = graded_qr_factor(rows, weights);
    return Matrix(q * q.transpose());
  };
  EXPECT_LT((span(590) - span(610)).norm(), 1e-13);
  EXPECT_LT((span(590) - span(1e6)).norm(), 1e-13);
}

TEST(GradedQr, KeepsLightRowsWhereAHeavyOneHasAZero) {
  // The heavy row determines the second column, and the light rows the first: without pivoting they would be mixed.
  Matrix rows = with_identity(normal(3, 2, 4));
  rows.row(0) << 0, 1;
  Vector weights = Vector::Zero(5);
  for (const double gap : {40.0, 4e3}) {
    weights(0) = gap;
    const Matrix q = graded_qr_factor(rows, weights);
    const Vector light = rows.col(0).tail(4);
    const Matrix expected = light * light.transpose() / light.squaredNorm();
    EXPECT_LT(((q * q.transpose()).bottomRightCorner(4, 4) - expected).norm(), 1e-14) << gap;
  }
}

TEST(GradedQr, RefusesDependentColumns) {
  Matrix rows = Matrix::Ones(3, 2);
  const Vector weights{{0.0, 1000.0, 2000.0}};
  rows.col(1).setZero();
  EXPECT_THAT(error_of([&] { return graded_qr_factor(rows, weights); }),
              ::testing::HasSubstr("graded QR: expected independent columns"));
}

TEST(SemidefiniteFactor, KeepsRankAndSmallBlocks) {
  Matrix q = normal(6, 3, 4);
  q.topRows(2) *= 1e-40;
  const Matrix g = q * q.transpose();
  const Matrix factor = semidefinite_factor(g, 1e-13);
  EXPECT_EQ(factor.cols(), 3);
  EXPECT_LT(relative(Matrix(factor * factor.transpose()), g), 1e-14);
  const Matrix top = factor.topRows(2);
  EXPECT_LT(relative(Matrix(top * top.transpose()), Matrix(g.topLeftCorner(2, 2))), 1e-13);
  EXPECT_EQ(semidefinite_factor(Matrix::Zero(3, 3), 1e-13).cols(), 0);
  EXPECT_THAT(error_of([] {
                return semidefinite_factor(Matrix{{1.0, 2.0}, {2.0, 1.0}}, 1e-13);
              }),
              ::testing::HasSubstr("network.gram: expected a positive semidefinite matrix"));
}

TEST(QrFactor, IsOrthonormalAndSpans) {
  const Matrix a = normal(9, 4, 5);
  const Matrix q = qr_factor(a);
  EXPECT_LT((q.transpose() * q - Matrix::Identity(4, 4)).norm(), 1e-14);
  EXPECT_LT((a - q * (q.transpose() * a)).norm(), 1e-14 * a.norm());
}

TEST(FullSvd, CompletesTheBases) {
  for (const auto& [rows, columns] : {std::pair<Index, Index>{3, 5}, {5, 3}, {4, 4}}) {
    const Matrix a = normal(rows, columns, 6);
    const Svd d = full_svd(a);
    EXPECT_LT((d.u.transpose() * d.u - Matrix::Identity(rows, rows)).norm(), 1e-14);
    EXPECT_LT((d.v.transpose() * d.v - Matrix::Identity(columns, columns)).norm(), 1e-14);
    const Index k = d.s.size();
    EXPECT_LT(relative(Matrix(d.u.leftCols(k) * d.s.asDiagonal() * d.v.leftCols(k).transpose()), a), 1e-14);
  }
}

}  // namespace
}  // namespace linnet::linalg
