#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "linnet/perceptron/kernel.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

TEST(SphericalPairs, CancelToTheLastBitAtAnyWidthAndSlope) {
  for (const Index width : {2, 4, 6, 10, 14, 50, 52, 54, 100}) {
    for (const double slope : {0.0, 0.1}) {
      const Perceptron f = networks::spherical_pairs(
          9, {.width = width, .tau = 0.7, .delta = 0.3, .slope = slope, .seed = static_cast<std::uint64_t>(width)});
      EXPECT_EQ(f.at(normal(9, 301, 4)).cwiseAbs().maxCoeff(), 0.0) << "width " << width;
    }
  }
}

TEST(SphericalPairs, HaveTheirScalesAndBalance) {
  constexpr double tau = 0.6;
  for (const double delta : {-1.0, -0.01, 0.0, 0.5}) {
    const Perceptron f = networks::spherical_pairs(7, {.width = 8, .tau = tau, .delta = delta, .seed = 2});
    const double z = delta / (tau * tau);
    const double alpha = std::sqrt((std::sqrt(4 + z * z) + z) / 2);
    for (Index k = 0; k < 8; ++k) {
      EXPECT_NEAR(f.weights()[0].row(k).norm(), tau / alpha, 1e-14);
      EXPECT_NEAR(f.weights()[1](0, k), (k % 2 == 0 ? 1 : -1) * tau * alpha, 1e-14);
    }
    EXPECT_LT((neuron_balances(f, {1.0}).front().array() - delta).abs().maxCoeff(), 1e-14);
  }
  // Far upstream |w|² ≈ τ⁴/δ, which the difference √(4 + z²) − z would lose.
  const Perceptron far = networks::spherical_pairs(7, {.width = 2, .tau = 1, .delta = 1e10});
  EXPECT_NEAR(far.weights()[0].row(0).norm(), 1e-5, 1e-20);
  // τ² may underflow, but δ/τ² must not.
  EXPECT_NEAR(networks::spherical_pairs(7, {.width = 2, .tau = 1e-200, .delta = 0}).weights()[1](0, 0), 1e-200, 1e-214);
  EXPECT_EQ(error_of([] { networks::spherical_pairs(7, {.width = 2, .tau = 1e-200, .delta = 1}); }),
            "network.delta: expected |δ| at most about 1e308 τ², with τ = 1e-200, got 1\n"
            "  hint: of such layers one is 0 to double precision: take a smaller |delta| or a larger tau");
}

TEST(SphericalPairs, RandomSignsWithoutPairsAndSeeds) {
  const networks::SphericalPairs o{.width = 101, .alpha = 1, .antisymmetric = false, .seed = 4};
  const Perceptron f = networks::spherical_pairs(3, o);
  const double sum = f.weights()[1].sum();
  EXPECT_LT(std::abs(sum), 40);
  EXPECT_EQ(networks::spherical_pairs(3, o).weights(), f.weights());
  networks::SphericalPairs other = o;
  other.point = 1;
  EXPECT_NE(networks::spherical_pairs(3, other).weights()[0], f.weights()[0]);
}

TEST(GaussianPerceptron, ScalesAndVariances) {
  const std::vector<Index> sizes{40, 300, 200, 1};
  const Perceptron he = networks::gaussian_perceptron(sizes, {.seed = 3});
  for (std::size_t l = 0; l < 3; ++l) {
    const Matrix& w = he.weights()[l];
    const double expected = 2 / static_cast<double>(sizes[l]);
    const double of_the_mean = std::sqrt(2 / static_cast<double>(w.size()));
    EXPECT_NEAR(w.squaredNorm() / static_cast<double>(w.size()), expected, 5 * expected * of_the_mean);
  }
  const Perceptron scaled = networks::gaussian_perceptron(sizes, {.alpha = 3, .last_scale = 0.5, .seed = 3});
  EXPECT_LT(relative(scaled.weights()[0], he.weights()[0] / 3), 1e-15);
  EXPECT_EQ(scaled.weights()[1], he.weights()[1]);
  const Matrix x = normal(40, 5, 1);
  EXPECT_LT(relative(scaled.at(x), 0.5 * he.at(x)), 1e-14);
  const auto quadratic = [&](double alpha) {
    return networks::gaussian_perceptron(sizes, {.alpha = alpha, .activation = Activation::quadratic, .seed = 3});
  };
  EXPECT_LT(relative(quadratic(0.4).at(x), quadratic(1).at(x)), 1e-13);
}

TEST(Teacher, IsWhatThePaperDraws) {
  const Task task = tasks::teacher({.dim = 10, .samples = 50, .test_samples = 20, .seed = 1, .normalisation = authors});
  EXPECT_LT((task.samples()->inputs.colwise().norm().array() - 1).abs().maxCoeff(), 1e-14);
  ASSERT_TRUE(task.teacher && task.test);
  EXPECT_LT((task.teacher->weights()[0].rowwise().norm().array() - 1).abs().maxCoeff(), 1e-14);
  EXPECT_EQ(task.teacher->weights()[1].cwiseAbs(), Matrix::Ones(1, 3));
  EXPECT_EQ(task.teacher->at(task.samples()->inputs), task.samples()->targets);
  EXPECT_NE(task.test_samples()->inputs.col(0), task.samples()->inputs.col(0));
  EXPECT_EQ(tasks::teacher({.dim = 10, .samples = 50, .seed = 1, .normalisation = authors}).samples()->targets,
            task.samples()->targets);
  EXPECT_NE(tasks::teacher({.dim = 10, .samples = 50, .seed = 2, .normalisation = authors}).samples()->targets,
            task.samples()->targets);
  EXPECT_FALSE(tasks::teacher({.dim = 4, .samples = 5, .test_samples = 0, .normalisation = authors}).test.has_value());
}

TEST(Perceptron, BadInputIsNamed) {
  using networks::spherical_pairs;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(error_of([] { spherical_pairs(3, {.width = 5, .alpha = 1}); }),
            "network.width: expected an even number, for antisymmetric pairs of neurons, got 5");
  const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  EXPECT_EQ(first_line(error_of([] { spherical_pairs(3, {}); })),
            "network.alpha: expected either network.alpha or network.delta, got neither");
  EXPECT_EQ(first_line(error_of([] { spherical_pairs(3, {.alpha = 1, .delta = 0}); })),
            "network.alpha: expected either network.alpha or network.delta, got both");
  EXPECT_EQ(caught([] { spherical_pairs(3, {.tau = 0, .alpha = 1}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([] { spherical_pairs(3, {.tau = -1, .delta = 1}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([&] { spherical_pairs(3, {.delta = nan}); }).kind, Error::Kind::input);
  EXPECT_EQ(error_of([] { spherical_pairs(4, {.alpha = 1, .slope = 2}); }),
            "network.slope: expected a number in [-1, 1], got 2\n"
            "  hint: 0 is ReLU, 1 linear; neurons of slope s beyond are those of 1/s with other signs and sizes");
  EXPECT_EQ(caught([] { networks::gaussian_perceptron({3}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([] { networks::gaussian_perceptron({3, 0, 1}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([] { Perceptron({}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([] { Perceptron({Matrix::Ones(3, 2), Matrix::Ones(1, 4)}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([&] { Perceptron({Matrix::Constant(3, 2, nan)}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([] { Perceptron({Matrix::Ones(3, 2)}, {.activation = Activation::quadratic, .slope = 0.1}); }).kind,
            Error::Kind::input);
  EXPECT_EQ(caught([] {
              static_cast<void>(perceptron({3, 4, 1}, {}).at(Matrix::Ones(2, 5)));
            }).kind,
            Error::Kind::input);
  EXPECT_EQ(caught([] { tasks::teacher({.dim = 0, .normalisation = authors}); }).kind, Error::Kind::input);
  EXPECT_EQ(
      caught([] {
        tasks::regression({.inputs = Matrix::Ones(4, 2), .targets = Matrix::Ones(3, 1), .normalisation = authors});
      }).kind,
      Error::Kind::input);
}

}  // namespace
}  // namespace linnet
