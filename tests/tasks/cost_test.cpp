#include "linnet/tasks/cost.hpp"

#include <Eigen/QR>
#include <limits>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

const double nan = std::nan("");

Matrix checkers(Index rows, Index columns) {
  Matrix mask = Matrix::Zero(rows, columns);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = i % 2; j < columns; j += 2) mask(i, j) = 1;
  }
  return mask;
}

/// The largest difference of ∇C from central differences, which are exact for a quadratic up to rounding.
double gradient_miss(const Cost& cost, std::uint64_t seed) {
  Matrix a = normal(cost.shape().outputs, cost.shape().inputs, seed);
  const Matrix gradient = cost.evaluate(a).gradient;
  double worst = 0;
  const double h = 0.25;
  for (Index i = 0; i < a.size(); ++i) {
    const double at = a.data()[i];
    a.data()[i] = at + h;
    const double above = cost.evaluate(a).cost;
    a.data()[i] = at - h;
    const double below = cost.evaluate(a).cost;
    a.data()[i] = at;
    worst = std::max(worst, std::abs((above - below) / (2 * h) - gradient.data()[i]));
  }
  return worst;
}

TEST(Cost, FullMatrixIsTheSquaredDistance) {
  const Matrix y = normal(3, 5, 1);
  const Matrix a = normal(3, 5, 2);
  const Cost cost = Cost::full_matrix(y);
  EXPECT_NEAR(cost.evaluate(a).cost, 0.5 * (a - y).squaredNorm(), 1e-13);
  EXPECT_NEAR(cost.error(a), (a - y).squaredNorm() / 15, 1e-14);
  EXPECT_NEAR(cost.error_of(cost.evaluate(a).cost), cost.error(a), 1e-15);
  EXPECT_EQ(cost.error(y), 0);
  EXPECT_LT(gradient_miss(cost, 3), 1e-13);
  EXPECT_TRUE(cost.is_white());
  EXPECT_EQ(cost.condition(), 1);
  EXPECT_EQ(cost.shape(), (Shape{.outputs = 3, .inputs = 5}));
}

TEST(Cost, MaskedCountsTheSeenEntriesAlone) {
  const Matrix y = normal(4, 5, 1);
  const Matrix a = normal(4, 5, 2);
  const Matrix mask = checkers(4, 5);
  const Cost cost = Cost::masked(y, mask);
  double sum = 0;
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 5; ++j) sum += mask(i, j) != 0 ? (a(i, j) - y(i, j)) * (a(i, j) - y(i, j)) : 0;
  }
  EXPECT_NEAR(cost.evaluate(a).cost, sum / 2, 1e-14);
  EXPECT_NEAR(cost.error(a), sum / 10, 1e-14);
  EXPECT_NEAR(cost.error_of(cost.evaluate(a).cost), sum / 10, 1e-14);
  EXPECT_LT(gradient_miss(cost, 3), 1e-13);
  EXPECT_FALSE(cost.is_white());
}

TEST(Cost, MaskedNeverLooksAtUnseenEntries) {
  const Matrix mask = checkers(4, 5);
  const Matrix y = normal(4, 5, 1);
  Matrix holes = y;
  for (Index i = 0; i < y.size(); ++i) {
    if (mask.data()[i] == 0) holes.data()[i] = i % 2 == 0 ? nan : HUGE_VAL;
  }
  const Matrix a = normal(4, 5, 2);
  EXPECT_EQ(Cost::masked(holes, mask).evaluate(a).cost, Cost::masked(y, mask).evaluate(a).cost);
  EXPECT_EQ(Cost::masked(holes, mask).evaluate(a).gradient, Cost::masked(y, mask).evaluate(a).gradient);
}

TEST(Cost, RegressionIsTheMeanOverSamples) {
  const Matrix x = normal(40, 5, 1);
  const Matrix t = normal(40, 3, 2);
  const Matrix a = normal(3, 5, 3);
  const Cost cost = Cost::regression(x, t, false);
  const Matrix miss = a * x.transpose() - t.transpose();
  EXPECT_NEAR(cost.evaluate(a).cost, miss.squaredNorm() / 80, 1e-13);
  EXPECT_NEAR(cost.error(a), miss.squaredNorm() / (40 * 3), 1e-13);
  EXPECT_NEAR(cost.error_of(cost.evaluate(a).cost), cost.error(a), 1e-15);
  EXPECT_LT(relative(cost.evaluate(a).gradient, Matrix(miss * x / 40)), 1e-13);
  EXPECT_LT(gradient_miss(cost, 4), 1e-13);
  EXPECT_LT(cost.evaluate(cost.target()).gradient.norm(), 1e-13);
  const Matrix covariance = x.transpose() * x / 40;
  EXPECT_LT(relative(*cost.covariance(), covariance), 1e-14);
  const Vector values = linalg::symmetric_eigen(covariance).values;
  EXPECT_NEAR(cost.condition() / (values(4) / values(0)), 1, 1e-12);
}

TEST(Cost, RegressionOnFewSamplesFindsTheLeastNormMap) {
  const Matrix x = normal(4, 7, 1);
  const Matrix t = normal(4, 3, 2);
  const Cost cost = Cost::regression(x, t, false);
  EXPECT_EQ(cost.condition(), HUGE_VAL);
  EXPECT_LT((cost.target() * x.transpose() - t.transpose()).norm(), 1e-13) << "four samples are met exactly";
  const Matrix beyond = Matrix::Identity(7, 7) - linalg::svd(x).v * linalg::svd(x).v.transpose();
  EXPECT_LT((cost.target() * beyond).norm(), 1e-13) << "nothing outside the samples' span";
  const Matrix a = normal(3, 7, 3);
  EXPECT_NEAR(cost.evaluate(a).cost, (a * x.transpose() - t.transpose()).squaredNorm() / 8, 1e-13);
  EXPECT_LT(gradient_miss(cost, 4), 1e-13);
}

// The part of A that no sample reaches may be far larger than the residual.
TEST(Cost, RegressionOnFewSamplesIsASumOfSquares) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Matrix x = normal(5, 20, seed);
    const Matrix t = normal(5, 3, seed + 100);
    const Cost cost = Cost::regression(x, t, false);
    const Eigen::CompleteOrthogonalDecomposition<Matrix> fit(x);
    const Matrix unseen = Matrix::Identity(20, 20) - fit.pseudoInverse() * x;
    const double step = std::pow(10.0, -static_cast<double>(seed % 14));
    const Matrix a = cost.target() + 10 * normal(3, 20, seed + 200) * unseen + step * normal(3, 20, seed + 300);
    const double expected = 0.5 * (x * a.transpose() - t).squaredNorm() / 5;
    EXPECT_GE(cost.evaluate(a).cost, 0);
    EXPECT_NEAR(std::sqrt(cost.evaluate(a).cost), std::sqrt(expected), 1e-13) << seed;
  }
}

TEST(Cost, OfAPerfectFitIsZeroWithoutCancellation) {
  const Matrix x = normal(50, 4, 1);
  const Matrix map = normal(3, 4, 2, 1e4);
  for (const bool whiten : {false, true}) {
    const Cost cost = Cost::regression(x, x * map.transpose(), whiten);
    EXPECT_LT(cost.evaluate(cost.target()).cost, 1e-20) << whiten;
  }
}

TEST(Cost, WhiteningKeepsTheCostAtTheTransformedMap) {
  const Matrix x = normal(60, 5, 1) * (normal(5, 5, 2) + 2 * Matrix::Identity(5, 5));
  const Matrix t = normal(60, 3, 3);
  const Cost direct = Cost::regression(x, t, false);
  const Cost white = Cost::regression(x, t, true);
  EXPECT_TRUE(white.is_white());
  EXPECT_EQ(white.condition(), direct.condition());
  // A acts on Σ^{-1/2}x as A Σ^{-1/2} does on x.
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(x.transpose() * x / 60);
  const Matrix inverse_root = e.vectors * e.values.cwiseSqrt().cwiseInverse().asDiagonal() * e.vectors.transpose();
  const Matrix a = normal(3, 5, 4);
  EXPECT_NEAR(white.evaluate(a).cost, direct.evaluate(a * inverse_root).cost, 1e-12);
  EXPECT_NEAR(white.error(a), direct.error(a * inverse_root), 1e-12);
  EXPECT_LT(relative(Matrix(white.target() * inverse_root), direct.target()), 1e-12);
  EXPECT_LT(gradient_miss(white, 5), 1e-13);
}

TEST(Cost, KnowsInputsThatAreWhiteAsTheyAre) {
  EXPECT_EQ(Cost::full_matrix(normal(3, 4, 1)).white_variance(), 1.0);
  const Matrix t = normal(50, 3, 2);
  const Matrix frame = linalg::random_frame(50, 4, {.seed = 3});
  const Cost white = Cost::regression(3 * std::sqrt(50.0) * frame, t, false);
  ASSERT_TRUE(white.is_white());
  EXPECT_FALSE(white.is_full_matrix());
  EXPECT_NEAR(*white.white_variance(), 9, 1e-12);
  const Matrix a = normal(3, 4, 5);
  EXPECT_LT(relative(white.evaluate(a).gradient, Matrix(*white.white_variance() * (a - white.target()))), 1e-13);
  const Matrix one_hot = Matrix::Identity(8, 8);
  EXPECT_NEAR(*Cost::regression(one_hot, normal(8, 2, 1), false).white_variance(), 1.0 / 8, 1e-16);
  EXPECT_EQ(Cost::regression(one_hot, normal(8, 2, 1), true).white_variance(), 1.0);
  EXPECT_TRUE(Cost::regression(normal(9, 1, 1), normal(9, 2, 1), false).is_white()) << "one input always is";

  Matrix stretched = std::sqrt(50.0) * frame;
  stretched.col(0) *= 1 + 1e-9;
  EXPECT_FALSE(Cost::regression(stretched, t, false).is_white());
  EXPECT_FALSE(Cost::regression(normal(4, 7, 1), normal(4, 3, 2), false).is_white()) << "some directions are not seen";
  EXPECT_FALSE(Cost::masked(normal(2, 2, 1), Matrix::Identity(2, 2)).is_white());
}

TEST(Cost, RefusesBadInput) {
  EXPECT_EQ(error_of([] { Cost::full_matrix(Matrix(0, 3)); }),
            "task.target: expected a matrix with entries, got 0 x 3");
  EXPECT_EQ(error_of([] { Cost::full_matrix(Matrix::Constant(2, 2, nan)); }),
            "task.target: expected finite numbers, got a nan or an infinity among the entries");
  const Matrix y = Matrix::Ones(2, 3);
  EXPECT_EQ(error_of([&] { Cost::masked(y, Matrix::Ones(3, 2)); }),
            "task.mask: expected 2 x 3, the shape of the target, got 3 x 2");
  EXPECT_EQ(error_of([&] { Cost::masked(y, Matrix::Constant(2, 3, 0.5)); }),
            "task.mask: expected entries 0 (unseen) or 1 (seen), got another value");
  EXPECT_EQ(error_of([&] { Cost::masked(y, Matrix::Constant(2, 3, nan)); }),
            "task.mask: expected entries 0 (unseen) or 1 (seen), got another value");
  EXPECT_EQ(error_of([&] { Cost::masked(y, Matrix::Zero(2, 3)); }),
            "task.mask: expected at least one seen entry (1), got none\n"
            "  hint: a mask holds 1 where an entry of the target is seen");
  EXPECT_EQ(error_of([&] { Cost::masked(Matrix::Constant(2, 3, nan), Matrix::Ones(2, 3)); }),
            "task.target: expected finite numbers, got a nan or an infinity among the entries");
  EXPECT_EQ(error_of([] { Cost::regression(Matrix::Ones(4, 2), Matrix::Ones(5, 1), false); }),
            "task.targets: expected 4 rows, one a sample as in the inputs, got 5\n"
            "  hint: data sets are samples in rows");
  EXPECT_EQ(error_of([] { Cost::regression(Matrix(0, 2), Matrix(0, 1), false); }),
            "task.inputs: expected a matrix with entries, got 0 x 2");
  EXPECT_EQ(error_of([] { Cost::regression(Matrix::Ones(4, 2), Matrix::Constant(4, 1, HUGE_VAL), false); }),
            "task.targets: expected finite numbers, got a nan or an infinity among the entries");
}

TEST(Cost, WhiteningASingularCovarianceIsThatOfTheSpan) {
  Matrix x = normal(30, 4, 1);
  x.col(3) = x.col(0) - 2 * x.col(1);
  const Matrix t = normal(30, 2, 2);
  for (const bool half : {true, false}) {
    const Cost cost = Cost::regression(x, t, true, {.half = half});
    EXPECT_EQ(cost.condition(), HUGE_VAL);
    EXPECT_EQ(cost.input_rank(), 3);
    EXPECT_FALSE(cost.is_white());
    const Matrix projection = *cost.covariance() / (half ? 1 : 2);
    EXPECT_LT(relative(projection * projection, projection), 1e-14);
    EXPECT_NEAR(projection.trace(), 3, 1e-13);
    EXPECT_LT(relative(x * projection, x), 1e-13) << "onto the span of the inputs";
    EXPECT_LT(relative(cost.target() * projection, cost.target()), 1e-13);
    // The samples are white on their span, and their cost is that of the moments.
    const Matrix& white = cost.samples()->inputs;
    EXPECT_LT(relative(white * white.transpose() / 30, projection), 1e-13);
    const Matrix a = normal(2, 4, 3);
    EXPECT_NEAR(cost.of_outputs(a * white), cost.evaluate(a).cost, 1e-12);
  }
  // Any regression on fewer directions is one on these.
  const Cost other = Cost::regression(x.leftCols(3), t, true);
  EXPECT_NEAR(other.evaluate(other.target()).cost,
              Cost::regression(x, t, true).evaluate(Cost::regression(x, t, true).target()).cost, 1e-13);
  EXPECT_NEAR(other.target().norm(), Cost::regression(x, t, true).target().norm(), 1e-12);
}

TEST(Cost, WhiteningFewSamples) {
  const Cost few = Cost::regression(normal(3, 5, 1), normal(3, 2, 2), true);
  EXPECT_EQ(few.input_rank(), 3);
  EXPECT_LT(few.evaluate(few.target()).cost, 1e-25) << "three samples are fitted";
  const Cost one = Cost::regression(normal(1, 5, 1), normal(1, 2, 2), true);
  EXPECT_EQ(one.input_rank(), 1);
  const Cost constant = Cost::regression(Matrix::Constant(6, 3, 2.0), normal(6, 1, 2), true);
  EXPECT_EQ(constant.input_rank(), 1);
  EXPECT_EQ(error_of([] { Cost::regression(Matrix::Zero(5, 2), Matrix::Ones(5, 1), true); }),
            "task.whiten: expected inputs that are not all 0, got none\n"
            "  hint: inputs of rank 0 span no direction to whiten");
}

TEST(Cost, RegressionOnZeroInputsIsFlat) {
  const Cost cost = Cost::regression(Matrix::Zero(5, 2), Matrix::Ones(5, 1), false);
  EXPECT_EQ(cost.target(), Matrix::Zero(1, 2));
  EXPECT_EQ(cost.evaluate(Matrix::Ones(1, 2)).gradient, Matrix::Zero(1, 2));
  EXPECT_NEAR(cost.evaluate(Matrix::Ones(1, 2)).cost, 0.5, 1e-15);
}

}  // namespace
}  // namespace linnet
