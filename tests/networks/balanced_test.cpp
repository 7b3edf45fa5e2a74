#include "linnet/networks/balanced.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using networks::balanced;
using networks::effective_balance;
using testing::error_of;
using testing::normal;
using testing::relative;

TEST(Balanced, HasItsBalanceAndEndToEndMatrix) {
  struct Kind {
    Shape shape;
    Index width;
    double balance;
  };
  for (const Kind& k : {Kind{{5, 4}, 4, 0}, Kind{{5, 4}, 9, 0}, Kind{{5, 4}, 5, 2.5}, Kind{{5, 4}, 2, 1e4},
                        Kind{{4, 5}, 5, -0.3}, Kind{{4, 5}, 1, -1e-6}, Kind{{3, 3}, 2, 0}, Kind{{41, 4}, 6, 0},
                        Kind{{41, 4}, 6, 0.8}, Kind{{41, 4}, 2, 0.8}, Kind{{4, 41}, 6, -0.8}, Kind{{4, 41}, 10, 0}}) {
    const Index rank = std::min(k.width, k.shape.modes());
    const Matrix a = networks::random_end_to_end(k.shape, rank, 0.7, 3);
    const DeepLinear w = balanced(a, k.balance, k.width, 4);
    EXPECT_EQ(w.width(), k.width);
    EXPECT_LT(relative(w.end_to_end(), a), 1e-13);
    const auto found = effective_balance(w);
    EXPECT_NEAR(found.balance, k.balance, 1e-13 * (1 + std::abs(k.balance)));
    EXPECT_LT(found.distance, 1e-13 * (1 + std::abs(k.balance)));
  }
}

TEST(Balanced, WithRatesIsSoInTheLayersThatAFlowOfThemKeeps) {
  const Matrix a = networks::random_end_to_end({.outputs = 5, .inputs = 4}, 4, 0.7, 3);
  const Layerwise rates{0.5, 3.0};
  for (const double balance : {0.0, 1.5}) {
    const DeepLinear w = balanced(a, balance, 5, 4, rates);
    EXPECT_LT(relative(w.end_to_end(), a), 1e-13);
    const auto found = effective_balance(DeepLinear(w.w1() / std::sqrt(rates[0]), w.w2() / std::sqrt(rates[1])));
    EXPECT_NEAR(found.balance, balance, 1e-13);
    EXPECT_LT(found.distance, 1e-13);
  }
  EXPECT_EQ(error_of([&] { balanced(a, 0, 5, 4, {1, 0}); }), "network.rates: expected a finite number > 0, got 0");
}

TEST(Kernel, DistanceIsOfNetworksOfOneShapeAndKnowsZeros) {
  const GramState g = GramState::from_weights(DeepLinear(normal(5, 3, 1), normal(2, 5, 2)));
  const GramState other = GramState::from_weights(DeepLinear(normal(5, 4, 1), normal(3, 5, 2)));
  const GramState zero(Matrix::Zero(3, 3), Matrix::Zero(2, 3), Matrix::Zero(2, 2));
  EXPECT_EQ(error_of([&] { return kernel_distance(g, other); }),
            "network: expected two networks of one shape, to compare their kernels, got 2 x 3 and 3 x 4");
  EXPECT_EQ(kernel_distance(g, zero), 1);
  EXPECT_EQ(kernel_distance(zero, g), 1);
  EXPECT_EQ(kernel_distance(zero, zero), 0);
  const GramState huge(1e200 * g.input_representation(), 1e200 * g.end_to_end(), 1e200 * g.output_representation());
  EXPECT_NEAR(kernel_distance(g, huge), 0, 1e-15);
}

TEST(Balanced, KeepsTheDigitsOfATinyEndToEndMatrix) {
  const Matrix a = networks::semi_orthogonal({.outputs = 4, .inputs = 3}, 3, 1e-30, 7);
  EXPECT_LT(relative(balanced(a, 10, 4).end_to_end(), a), 1e-13);
}

TEST(Balanced, RefusesWidthsThatHaveNoSuchWeights) {
  const Matrix a = normal(4, 6, 1);
  EXPECT_EQ(error_of([&] { balanced(a, 1, 5); }),
            "network.width: expected at most 4, the outputs, for λ > 0, got 5\n"
            "  hint: W_2ᵀW_2 − W_1W_1ᵀ = λI needs a larger layer of full rank w");
  EXPECT_EQ(error_of([&] { balanced(a, -1, 7); }),
            "network.width: expected at most 6, the inputs, for λ < 0, got 7\n"
            "  hint: W_2ᵀW_2 − W_1W_1ᵀ = λI needs a larger layer of full rank w");
  EXPECT_EQ(error_of([&] { balanced(a, 0, 3); }),
            "network.width: expected at least 4, the rank of the end-to-end matrix, got 3");
  EXPECT_EQ(error_of([&] { networks::semi_orthogonal({.outputs = 4, .inputs = 6}, 5, 1, 0); }),
            "network.rank: expected at most 4, the smaller dimension, got 5");
}

TEST(Balanced, SemiOrthogonalHasEqualSingularValues) {
  const Vector s = linalg::singular_values(networks::semi_orthogonal({.outputs = 6, .inputs = 4}, 3, 0.2, 5));
  EXPECT_LT((s.head(3).array() - 0.2).abs().maxCoeff(), 1e-15);
  EXPECT_LT(s(3), 1e-16);
  EXPECT_NEAR(linalg::operator_norm(networks::random_end_to_end({.outputs = 6, .inputs = 4}, 3, 0.2, 5)), 0.2, 1e-15);
}

TEST(EffectiveBalance, OfGaussianWeightsIsTheExpectedOne) {
  const Shape shape{.outputs = 30, .inputs = 12};
  for (const Layerwise& variance : {Layerwise{0.01, 0.05}, Layerwise{0.2, 0.001}}) {
    constexpr Index width = 20;
    double balance = 0;
    double square = 0;
    constexpr int draws = 400;
    const auto expected = networks::expected_balance(shape, width, variance);
    for (int i = 0; i < draws; ++i) {
      const auto found = effective_balance(networks::gaussian_weights(
          shape, {.width = width, .variance = variance, .seed = static_cast<std::uint64_t>(i)}));
      balance += found.balance / draws;
      square += found.distance * found.distance / draws;
    }
    // tr Δ / w has variance 2(n_2σ_2⁴ + n_0σ_1⁴)/w.
    const double sigma = expected.distance * std::sqrt(2.0 / ((width - 1) * (width + 2.0)) / draws);
    EXPECT_NEAR(balance, expected.balance, 4 * sigma);
    EXPECT_NEAR(std::sqrt(square) / expected.distance, 1, 0.02);
  }
}

TEST(EffectiveBalance, IsExpectedAsTheMeanOfDraws) {
  const Shape shape{.outputs = 3, .inputs = 2};
  const Layerwise variance{0.5, 1.5};
  // One neuron is always balanced; with two, Δ − λI has the entries ±(Δ_11 − Δ_22)/2 and Δ_12 twice.
  const double v = 3 * 1.5 * 1.5 + 2 * 0.5 * 0.5;
  EXPECT_EQ(networks::expected_balance(shape, 1, variance).distance, 0);
  EXPECT_NEAR(std::pow(networks::expected_balance(shape, 2, variance).distance, 2), 2 * v, 1e-13);
  EXPECT_EQ(networks::expected_balance(shape, 2, variance).balance, 3.5);
  const DeepLinear one(normal(1, 2, 1), normal(3, 1, 2));
  EXPECT_LT(effective_balance(one).distance, 1e-15);
}

TEST(EffectiveBalance, AtRatesIsThatOfTheRescaledLayers) {
  const Layerwise rates{0.5, 3.0};
  const DeepLinear w = balanced(networks::random_end_to_end({.outputs = 5, .inputs = 4}, 4, 0.7, 3), 1.5, 5, 4, rates);
  EXPECT_NEAR(effective_balance(w, rates).balance, 1.5, 1e-13);
  EXPECT_LT(effective_balance(w, rates).distance, 1e-13);
  EXPECT_GT(effective_balance(w).distance, 0.1);
  EXPECT_EQ(error_of([&] { effective_balance(w, {1, 0}); }), "rates: expected a finite number > 0, got 0");
}

TEST(Kernel, OfNarrowLayersIsThatOfTheirGramState) {
  for (const Index width : {1, 2, 4, 9}) {
    const DeepLinear a(normal(width, 5, 1), normal(3, width, 2));
    const DeepLinear b(normal(width, 5, 3), normal(3, width, 4));
    const Layerwise rates{0.3, 2.0};
    const Matrix x = normal(7, 5, 5) * Vector::LinSpaced(5, 0.2, 3).asDiagonal();
    const GramState ga = GramState::from_weights(a);
    const GramState gb = GramState::from_weights(b);
    EXPECT_NEAR(kernel_distance(a, b, rates), kernel_distance(ga, gb, rates), 1e-14);
    EXPECT_NEAR(kernel_distance(a, gb, rates), kernel_distance(ga, gb, rates), 1e-14);
    for (const Index samples : {2, 7}) {
      const Matrix some = x.topRows(samples);
      const Matrix ka = neural_tangent_kernel(ga, some, rates);
      const Matrix kb = neural_tangent_kernel(gb, some, rates);
      const double right = 1 - ka.cwiseProduct(kb).sum() / ka.norm() / kb.norm();
      EXPECT_LT(relative(neural_tangent_kernel(a, some, rates), ka), 1e-14);
      EXPECT_NEAR(kernel_distance(a, b, some, rates), right, 1e-14);
      EXPECT_NEAR(kernel_distance(ga, gb, some, rates), right, 1e-14);
    }
    EXPECT_EQ(kernel_distance(a, a, x, rates), 0);
    EXPECT_LT(relative(input_representation(a), ga.input_representation()), 1e-15);
    EXPECT_LT(relative(output_representation(a), ga.output_representation()), 1e-15);
  }
  const DeepLinear w(normal(2, 5, 1), normal(3, 2, 2));
  EXPECT_EQ(error_of([&] { kernel_distance(w, w, normal(4, 3, 1)); }),
            "inputs: expected samples in rows, of 5 inputs each, got 4 x 3");
  EXPECT_EQ(
      error_of([&] { TangentKernel(Network(DeepBalanced(Matrix::Identity(2, 2), 3))); }),
      "network: expected a network with weights or a Gram state, for its tangent kernel, got balanced deep weights");
}

TEST(Tilt, OfDeltaIsThatOfAlpha) {
  for (const double delta : {-1e6, -1.0, 0.0, 0.5, 1e6}) {
    const auto t = networks::tilt_of_delta(0.3, delta);
    EXPECT_NEAR(t.second * t.second - t.first * t.first, delta, 1e-12 * (1 + std::abs(delta)));
    EXPECT_NEAR(t.first * t.second, 0.09, 1e-15);
  }
  const auto t = networks::tilt(2, 0.1);
  EXPECT_DOUBLE_EQ(t.first, 20);
  EXPECT_DOUBLE_EQ(t.second, 0.2);
}

TEST(Kernel, OfSamplesIsTheGradientsGram) {
  const DeepLinear w(normal(5, 3, 1), normal(2, 5, 2));
  const Matrix inputs = normal(4, 3, 3);
  const Matrix kernel = neural_tangent_kernel(GramState::from_weights(w), inputs);
  // The Jacobian of the outputs at every sample: f = W_2 W_1 x.
  Matrix jacobian = Matrix::Zero(4 * 2, 5 * 3 + 2 * 5);
  for (Index p = 0; p < 4; ++p) {
    for (Index i = 0; i < 2; ++i) {
      for (Index k = 0; k < 5; ++k) {
        for (Index j = 0; j < 3; ++j) jacobian(2 * p + i, 3 * k + j) = w.w2()(i, k) * inputs(p, j);
        jacobian(2 * p + i, 15 + 5 * i + k) = w.w1().row(k).dot(inputs.row(p));
      }
    }
  }
  EXPECT_LT(relative(kernel, Matrix(jacobian * jacobian.transpose())), 1e-14);
}

}  // namespace
}  // namespace linnet
