#include "linnet/networks/gaussian.hpp"

#include <limits>

#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using networks::Gaussian;
using testing::error_of;
using testing::normal;
using testing::relative;

constexpr Shape shape{.outputs = 14, .inputs = 16};  // n = 30

Matrix factor_gram(Index width, std::uint64_t seed) {
  const Matrix b = linalg::bartlett_factor(shape.sum(), width, seed, 0);
  return b * b.transpose();
}

TEST(Bartlett, FactorIsLowerTriangularWithAPositiveDiagonal) {
  const Matrix b = linalg::bartlett_factor(6, 6, 3, 0);
  EXPECT_EQ(b, Matrix(b.triangularView<Eigen::Lower>()));
  EXPECT_GT(b.diagonal().minCoeff(), 0);
}

// G = BBᵀ of Wishart_n(I, w): E[G] = wI, Var G_ii = 2w, Var G_ij = w.
TEST(Bartlett, HasTheMomentsOfWishart) {
  constexpr int draws = 400;
  const Index n = shape.sum();
  for (const Index width : {Index{30}, Index{40}, Index{100}}) {
    const auto w = static_cast<double>(width);
    Matrix mean = Matrix::Zero(n, n);
    Matrix square = Matrix::Zero(n, n);
    for (int i = 0; i < draws; ++i) {
      const Matrix g = factor_gram(width, static_cast<std::uint64_t>(i));
      mean += g / draws;
      square += (g - w * Matrix::Identity(n, n)).cwiseAbs2() / draws;
    }
    const Matrix off = mean - w * Matrix::Identity(n, n);
    // The largest of 465 normal deviates stays within 4.5 standard errors.
    EXPECT_LT(off.diagonal().cwiseAbs().maxCoeff(), 4.5 * std::sqrt(2 * w / draws)) << width;
    EXPECT_LT((off - Matrix(off.diagonal().asDiagonal())).cwiseAbs().maxCoeff(), 4.5 * std::sqrt(w / draws)) << width;
    // Averages over the diagonal, and over the pairs, of nearly independent variances.
    const double diagonal = square.diagonal().mean();
    const double pairs = (square.sum() - square.diagonal().sum()) / static_cast<double>(n * (n - 1));
    EXPECT_NEAR(diagonal / (2 * w), 1, 4 * std::sqrt((2 + 12 / w) / (draws * 30.0))) << width;
    EXPECT_NEAR(pairs / w, 1, 4 * std::sqrt((2 + 6 / w) / (draws * 435.0)) + 0.01) << width;
  }
}

struct Moments {
  Vector mean;
  Vector variance;
};

template <class Draw>
Moments eigenvalue_moments(int draws, Draw draw) {
  Matrix values(shape.sum(), draws);
  for (int i = 0; i < draws; ++i) {
    values.col(i) = linalg::symmetric_eigen(draw(static_cast<std::uint64_t>(i))).values;
  }
  const Vector mean = values.rowwise().mean();
  return {mean, (values.colwise() - mean).rowwise().squaredNorm() / (draws - 1)};
}

TEST(GaussianGram, HasTheSpectrumOfSampledWeights) {
  constexpr int draws = 500;
  for (const Index width : {Index{30}, Index{40}, Index{100}}) {
    for (const Layerwise& variance : {Layerwise(1.0), Layerwise{0.5, 3.0}}) {
      const Moments gram = eigenvalue_moments(draws, [&](std::uint64_t seed) {
        return networks::gaussian_gram(shape, {.width = width, .variance = variance, .seed = seed}).gram();
      });
      const Moments weights = eigenvalue_moments(draws, [&](std::uint64_t seed) {
        const Gaussian options{.width = width, .variance = variance, .seed = seed + 1000};
        return GramState::from_weights(networks::gaussian_weights(shape, options)).gram();
      });
      for (Index i = 0; i < shape.sum(); ++i) {
        const double error = std::sqrt((gram.variance(i) + weights.variance(i)) / draws);
        EXPECT_NEAR(gram.mean(i), weights.mean(i), 4.5 * error) << width << " " << i;
        // Variances of nearly normal values: relative standard error √(2/draws) each; the smallest are skewed.
        EXPECT_NEAR(std::log(gram.variance(i) / weights.variance(i)), 0, 6 * std::sqrt(4.0 / draws))
            << width << " " << i;
      }
    }
  }
}

TEST(GaussianGram, BlocksHaveTheirLayersVariances) {
  const Layerwise variance{0.5, 3.0};
  constexpr int draws = 200;
  const Index width = 64;
  double c1 = 0;
  double c2 = 0;
  double a2 = 0;
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const GramState g = networks::gaussian_gram(shape, {.width = width, .variance = variance, .seed = seed});
    c1 += g.input_representation().trace() / (16.0 * draws);
    c2 += g.output_representation().trace() / (14.0 * draws);
    a2 += g.end_to_end().squaredNorm() / (16.0 * 14 * draws);
  }
  EXPECT_NEAR(c1 / (0.5 * 64), 1, 4 * std::sqrt(2 / (64.0 * 16 * draws)));
  EXPECT_NEAR(c2 / (3.0 * 64), 1, 4 * std::sqrt(2 / (64.0 * 14 * draws)));
  EXPECT_NEAR(a2 / (1.5 * 64), 1, 0.02);
}

TEST(GaussianGram, BelowTheSizeOfGIsThatOfItsWeights) {
  for (const Index width : {1, 5, 29}) {
    const Gaussian options{.width = width, .variance = {0.3, 2.0}, .seed = 9, .point = 4};
    const DeepLinear weights = networks::gaussian_weights(shape, options);
    EXPECT_EQ(weights.width(), width);
    EXPECT_EQ(networks::gaussian_gram(shape, options).gram(), GramState::from_weights(weights).gram());
    EXPECT_EQ(linalg::svd(networks::gaussian_gram(shape, options).gram()).s.tail(30 - width).maxCoeff() < 1e-12, true);
  }
}

TEST(GaussianGram, TendsToTheInfiniteWidthState) {
  const Layerwise scales{0.5, 2.0};
  double previous = std::numeric_limits<double>::infinity();
  for (const Index width : {Index{1000}, Index{100000}, Index{10000000}, Index{1000000000000}}) {
    const auto w = static_cast<double>(width);
    const Gaussian options{.width = width, .variance = {0.5 / w, 2.0 / w}, .seed = 1};
    EXPECT_NEAR(networks::gaussian_scales(options)[0], 0.5, 1e-15);
    EXPECT_NEAR(networks::gaussian_scales(options)[1], 2.0, 1e-15);
    const double error =
        relative(networks::gaussian_gram(shape, options).gram(), networks::infinite_width(shape, scales).gram());
    EXPECT_LT(error, 1.5 * std::sqrt(30 / w)) << width;
    EXPECT_LT(error, previous / 8) << width;
    previous = error;
  }
}

TEST(GaussianWeights, HaveTheirVariancesAndSeeds) {
  const Gaussian options{.width = 2000, .variance = {0.5, 3.0}, .seed = 5};
  const DeepLinear w = networks::gaussian_weights(shape, options);
  EXPECT_NEAR(w.w1().squaredNorm() / (2000 * 16), 0.5, 0.5 * 4 * std::sqrt(2 / (2000.0 * 16)));
  EXPECT_NEAR(w.w2().squaredNorm() / (2000 * 14), 3.0, 3.0 * 4 * std::sqrt(2 / (2000.0 * 14)));
  EXPECT_EQ(w.w1(), networks::gaussian_weights(shape, options).w1());
  Gaussian other = options;
  other.point = 1;
  EXPECT_NE(w.w1()(0, 0), networks::gaussian_weights(shape, other).w1()(0, 0));
}

TEST(Variances, ByName) {
  const Shape s{.outputs = 3, .inputs = 5};
  EXPECT_EQ(networks::lecun_variance(s, 8), (Layerwise{1.0 / 5, 1.0 / 8}));
  EXPECT_EQ(networks::he_variance(s, 8), (Layerwise{2.0 / 5, 2.0 / 8}));
  EXPECT_EQ(networks::glorot_variance(s, 8), (Layerwise{2.0 / 13, 2.0 / 11}));
}

TEST(Gaussian, RefusesBadInput) {
  EXPECT_EQ(error_of([] { networks::gaussian_gram(shape, {.width = 0}); }),
            "network.width: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { networks::gaussian_weights(shape, {.width = 3, .variance = -1.0}); }),
            "network.variance: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of([] {
              networks::gaussian_gram(shape, {.width = 3, .variance = {1, std::nan("")}});
            }),
            "network.variance: expected a finite number >= 0, got nan");
  EXPECT_EQ(error_of([] { networks::gaussian_gram({.outputs = 2, .inputs = 0}, {.width = 3}); }),
            "network.inputs: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] {
              networks::infinite_width(shape, {1, -1});
            }),
            "network.scale: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of([] { networks::he_variance(shape, 0); }), "network.width: expected a whole number >= 1, got 0");
}

}  // namespace
}  // namespace linnet
