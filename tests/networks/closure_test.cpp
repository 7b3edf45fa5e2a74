#include "linnet/networks/closure.hpp"

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/self_consistent.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::normal;
using testing::relative;

/// Weights with W_2ᵀW_2 − W_1W_1ᵀ = λI at the end-to-end matrix `a`, of rank w, and width w = min(n_0, n_2).
DeepLinear balanced(const Matrix& a, double lambda) {
  const linalg::Svd d = linalg::svd(a);
  const Index w = d.s.size();
  const linalg::Svd rotation = linalg::svd(normal(w, w, 77));
  const Matrix o = rotation.u * rotation.v.transpose();
  const Vector root = (lambda * lambda + 4 * d.s.array().square()).sqrt();
  const Vector s2 = ((root.array() + lambda) / 2).sqrt();
  const Vector s1 = ((root.array() - lambda) / 2).sqrt();
  return {o * s1.asDiagonal() * d.v.transpose(), d.u * s2.asDiagonal() * o.transpose()};
}

/// ‖D(GJG + λG − c²J)D‖ / ‖DG²D‖ with n x n matrices.
double by_hand(const GramState& state, double balance, double scale2) {
  const Matrix g = state.gram();
  Vector j = Vector::Ones(g.rows());
  j.tail(state.shape().outputs).setConstant(-1);
  const Matrix left = g * j.asDiagonal() * g + balance * g - scale2 * Matrix(j.asDiagonal());
  Vector d(g.rows());
  d.head(state.shape().inputs).setConstant(1 / std::sqrt(state.input_representation().diagonal().mean()));
  d.tail(state.shape().outputs).setConstant(1 / std::sqrt(state.output_representation().diagonal().mean()));
  const auto scaled = d.asDiagonal();
  return (scaled * left * scaled).norm() / (scaled * (g * g) * scaled).norm();
}

void expect_closure(const GramState& g, double balance, double scale2, double size) {
  const Closure fit = fit_closure(g);
  EXPECT_NEAR(fit.balance, balance, 1e-12 * size);
  EXPECT_NEAR(fit.scale2, scale2, 1e-12 * size * size);
  EXPECT_LT(fit.residual, 1e-14);
  EXPECT_LT(closure_residual(g, balance, scale2), 1e-14);
  EXPECT_NEAR(fit.threshold(), std::sqrt(balance * balance / 4 + scale2), 1e-7 * size);
}

TEST(Closure, OfBalancedWeights) {
  for (const double lambda : {0.0, 1.5, -1.5, 40.0, -0.01}) {
    const Index rows = lambda > 0 ? 5 : 4;  // λ > 0 needs w = n_2 or less in W_2, λ < 0 the same in W_1
    const DeepLinear w = balanced(normal(rows, 9 - rows, 3), lambda);
    const Matrix delta = w.w2().transpose() * w.w2() - w.w1() * w.w1().transpose();
    ASSERT_LT((delta - lambda * Matrix::Identity(w.width(), w.width())).norm(), 1e-12);
    expect_closure(GramState::from_weights(w), lambda, 0, 6 + std::abs(lambda));
  }
}

TEST(Closure, OfOneNeuron) {
  const Matrix w1 = normal(1, 6, 1);
  const Matrix w2 = Matrix::Constant(1, 1, 0.7);
  expect_closure(GramState::from_weights(DeepLinear(w1, w2)), 0.49 - w1.squaredNorm(), 0, 5);
}

TEST(Closure, OfInfiniteWidth) {
  const Shape shape{.outputs = 5, .inputs = 7};
  expect_closure(networks::infinite_width(shape, 0.8), 0, 0.64, 1);
  expect_closure(networks::infinite_width(shape, {0.3, 2.0}), 1.7, 0.6, 3);
  const Closure fit = fit_closure(networks::infinite_width(shape, {0.3, 2.0}));
  EXPECT_NEAR(fit.scales()[0], 0.3, 1e-13);
  EXPECT_NEAR(fit.scales()[1], 2.0, 1e-13);
}

TEST(Closure, OfASelfConsistentState) {
  const SelfConsistent network(normal(4, 6, 2), {0.5, 1.25});
  expect_closure(network.gram_state(), 0.75, 0.625, 5);
}

TEST(Closure, OfLayersFarApartInSizeIsFoundToTheLastDigits) {
  for (const Shape shape : {Shape{.outputs = 3, .inputs = 3}, Shape{.outputs = 2, .inputs = 5}}) {
    for (const double first : {1e-12, 1e-10, 1e-3, 1e6}) {
      for (const double second : {1e-12, 1e-4, 1.0, 1e4}) {
        const double c2 = first * second;
        for (const double size : {0.0, 0.3, 1.0}) {
          // s² is at most about c²: for larger s² its rounding would exceed c².
          const Matrix a = size * std::sqrt(c2) * normal(shape.outputs, shape.inputs, 4);
          const GramState g = SelfConsistent(a, {first, second}).gram_state();
          for (const Closure& found : {fit_closure(g), match_closure(g)}) {
            EXPECT_NEAR(found.balance, second - first, 1e-13 * (first + second)) << first << ", " << second;
            EXPECT_NEAR(found.scale2 / c2, 1, 1e-12) << first << ", " << second << ", " << size;
            EXPECT_NEAR(found.scales()[0] / first, 1, 1e-12);
            EXPECT_NEAR(found.scales()[1] / second, 1, 1e-12);
            EXPECT_LT(found.residual, 1e-13);
          }
        }
      }
    }
  }
}

TEST(Closure, ResidualSeesTheSmallerLayer) {
  // C_1 has the entries 1e-10 and 2e-10, where the closure with A = 0 needs equal ones: far below the size of C_2.
  const GramState g(Vector{{1e-10, 2e-10}}.asDiagonal(), Matrix::Zero(2, 2), 1e4 * Matrix::Identity(2, 2));
  EXPECT_GT(fit_closure(g).residual, 0.1);
  // The same in other units of the layers, in which λ and c² scale accordingly.
  const GramState one(Vector{{1.0, 2.0}}.asDiagonal(), Matrix::Zero(2, 2), 1e14 * Matrix::Identity(2, 2));
  EXPECT_NEAR(fit_closure(g).residual, fit_closure(one).residual, 1e-13);
}

TEST(Closure, MatchedByTracesIsTheExactOne) {
  for (const Layerwise& scales : {Layerwise{0.5, 1.25}, Layerwise{4, 0.01}, Layerwise(0.3)}) {
    const Closure found = match_closure(SelfConsistent(normal(4, 6, 2), scales).gram_state());
    EXPECT_NEAR(found.scales()[0], scales[0], 1e-12);
    EXPECT_NEAR(found.scales()[1], scales[1], 1e-12);
    EXPECT_LT(found.residual, 1e-13);
  }
  // For a wide network the scales are used, because the least-squares c² can be negative.
  const GramState wide = networks::gaussian_gram({.outputs = 10, .inputs = 20},
                                                 {.width = 300, .variance = {1.0 / 60, 1.0 / 900}, .seed = 5});
  EXPECT_NEAR(match_closure(wide).scales()[0], 5, 0.3);
  EXPECT_NEAR(match_closure(wide).scales()[1], 1.0 / 3, 0.1);
}

TEST(Closure, FitIsTheLeastSquaresOne) {
  const GramState g =
      networks::gaussian_gram({.outputs = 5, .inputs = 7}, {.width = 40, .variance = {0.1, 0.3}, .seed = 2});
  const Closure fit = fit_closure(g);
  EXPECT_NEAR(fit.residual, by_hand(g, fit.balance, fit.scale2), 1e-14);
  EXPECT_NEAR(closure_residual(g, 1.1, -0.4), by_hand(g, 1.1, -0.4), 1e-14);
  EXPECT_GT(fit.residual, 0.01);
  for (const double h : {1e-3, -1e-3}) {
    EXPECT_GT(closure_residual(g, fit.balance + h, fit.scale2), fit.residual);
    EXPECT_GT(closure_residual(g, fit.balance, fit.scale2 + h), fit.residual);
  }
}

TEST(Closure, OfNarrowWeightsIsThatOfTheirGramState) {
  for (const Shape shape : {Shape{.outputs = 6, .inputs = 4}, Shape{.outputs = 3, .inputs = 8}}) {
    for (const Index width : {1, 2, 3, 5, 7, 12}) {
      const DeepLinear w(0.5 * normal(width, shape.inputs, 1), 2 * normal(shape.outputs, width, 2));
      const GramState g = GramState::from_weights(w);
      const double size = g.gram().norm();
      const auto expect_same = [&](const Closure& a, const Closure& b) {
        EXPECT_NEAR(a.balance, b.balance, 1e-12 * size) << width;
        EXPECT_NEAR(a.scale2, b.scale2, 1e-12 * size * size) << width;
        EXPECT_NEAR(a.residual, b.residual, 1e-14) << width;
      };
      expect_same(fit_closure(w), fit_closure(g));
      expect_same(fit_balance(w), fit_balance(g));
      expect_same(match_closure(w), match_closure(g));
      EXPECT_NEAR(closure_residual(w, 1.1, -0.4), by_hand(g, 1.1, -0.4), 1e-13 * by_hand(g, 1.1, -0.4));
    }
  }
  const DeepLinear exact = balanced(normal(5, 4, 3), 1.5);
  EXPECT_LT(fit_closure(exact).residual, 1e-14) << "no difference of squares";
  EXPECT_NEAR(fit_closure(exact).balance, 1.5, 1e-12);
}

// O(√(n/w)): a hundred times the width gives a tenth of the residual.
TEST(Closure, ResidualOfAWideNetworkFallsAsTheRootOfItsWidth) {
  const auto residual = [](Index width) {
    double mean = 0;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
      const double variance = 1 / static_cast<double>(width);
      mean += fit_closure(networks::gaussian_gram({.outputs = 20, .inputs = 20},
                                                  {.width = width, .variance = variance, .seed = seed}))
                  .residual /
              5;
    }
    return mean;
  };
  EXPECT_NEAR(residual(100000) / residual(10000000), 10, 0.5);
}

TEST(Closure, OfTheZeroStateIsZero) {
  const GramState zero(Matrix::Zero(2, 2), Matrix::Zero(3, 2), Matrix::Zero(3, 3));
  const Closure fit = fit_closure(zero);
  EXPECT_EQ(fit.balance, 0);
  EXPECT_EQ(fit.scale2, 0);
  EXPECT_EQ(fit.residual, 0);
  EXPECT_EQ(closure_residual(zero, 1, 1), 0);
  EXPECT_EQ(fit.threshold(), 0);
}

}  // namespace
}  // namespace linnet
