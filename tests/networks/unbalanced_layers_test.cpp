#include "linnet/networks/unbalanced_layers.hpp"

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;
constexpr UnbalancedLayer first = UnbalancedLayer::first;
constexpr UnbalancedLayer last = UnbalancedLayer::last;

/// x of x^{L−1} √(x² + e) = s, by bisection in long doubles.
long double by_bisection(long double s, int depth, long double e) {
  long double low = e < 0 ? std::sqrt(-e) : 0.0L;
  long double high = low + 1 + std::pow(s, 1.0L / static_cast<long double>(depth));
  for (int i = 0; i < 500; ++i) {
    const long double x = (low + high) / 2;
    const long double product = std::pow(x, static_cast<long double>(depth - 1)) * std::sqrt(std::max(0.0L, x * x + e));
    (product < s ? low : high) = x;
  }
  return (low + high) / 2;
}

TEST(LayerValues, SolveTheirEquations) {
  for (const Index depth : {2, 3, 4, 5, 9}) {
    for (const double s : {1e-8, 1e-3, 0.7, 1.0, 30.0, 1e6}) {
      for (const double excess : {-1e3, -1.0, -1e-6, 0.0, 1e-6, 1.0, 1e3}) {
        const LayerValues v = layer_values(s, depth, excess);
        const double x = static_cast<double>(by_bisection(s, static_cast<int>(depth), excess));
        EXPECT_NEAR(v.inner, x, 1e-14 * x) << depth << ' ' << s << ' ' << excess;
        EXPECT_NEAR(std::pow(v.inner, static_cast<double>(depth - 1)) * v.outer, s, 2e-14 * s);
      }
    }
  }
}

TEST(LayerValues, KeepTheirDigitsWhereOneLayerIsHuge) {
  for (const Index depth : {2, 3, 5}) {
    for (const double s : {1e-200, 1e-20, 1.0, 1e20}) {
      for (const double excess : {-1e30, -1e10, -1e-30, 1e-30, 1e10, 1e30}) {
        const LayerValues v = layer_values(s, depth, excess);
        const double log_product = static_cast<double>(depth - 1) * std::log(v.inner) + std::log(v.outer);
        EXPECT_NEAR(log_product, std::log(s), 1e-15 * (20 + 3 * std::abs(std::log(s))))
            << depth << ' ' << s << ' ' << excess;
        const double larger = std::max(v.inner, v.outer);
        EXPECT_NEAR(v.outer * v.outer - v.inner * v.inner, excess, 1e-14 * larger * larger);
      }
    }
    // For two layers √|λ| remains in directions that A leaves unused.
    EXPECT_EQ(layer_values(0, depth, 4).inner, 0);
    EXPECT_EQ(layer_values(0, depth, 4).outer, 2);
    EXPECT_EQ(layer_values(0, depth, -4).inner, 2);
    EXPECT_EQ(layer_values(0, depth, -4).outer, 0);
    EXPECT_EQ(layer_values(0, depth, 0).inner, 0);
  }
}

struct UnbalancedCase {
  Index outputs;
  Index inputs;
  Index rank;
  std::vector<Index> hidden;
  double balance;
  UnbalancedLayer layer;
};

/// All positions of the larger layers, at their largest width, with other layers wider and narrower.
std::vector<UnbalancedCase> unbalanced_cases() {
  return {{3, 5, 3, {5, 9}, -2.0, first},       {3, 5, 2, {4, 2}, -2.0, first},
          {5, 3, 3, {3, 7, 3}, -0.1, first},    {3, 5, 3, {3, 4}, 2.0, first},
          {5, 3, 2, {4, 6, 4}, 2.0, first},     {5, 3, 3, {7, 5}, 2.0, last},
          {5, 3, 2, {2, 4}, 2.0, last},         {3, 5, 3, {6, 3, 3}, 1e4, last},
          {5, 3, 3, {4, 3}, -2.0, last},        {3, 5, 2, {6, 5, 4}, -2.0, last},
          {4, 4, 4, {4, 4, 4, 4}, -3.0, first}, {4, 4, 4, {4, 4, 4, 4}, 3.0, last},
          {3, 5, 3, {3}, -2.0, first},          {3, 5, 3, {3}, 2.0, last},
          {3, 5, 0, {5, 2}, -2.0, first},       {3, 5, 3, {6, 4}, 0.0, first}};
}

Matrix of_rank(const UnbalancedCase& c) {
  if (c.rank == 0) return Matrix::Zero(c.outputs, c.inputs);
  return normal(c.outputs, c.rank, 3, 0.4) * normal(c.rank, c.inputs, 4, 0.4);
}

TEST(DeepUnbalanced, HasItsImbalanceAndItsProduct) {
  for (const UnbalancedCase& c : unbalanced_cases()) {
    const auto depth = c.hidden.size() + 1;
    std::vector<double> rates{0.5, 2.0, 1.5, 0.7, 3.0};
    rates.resize(depth);
    for (const Layerwise& eta : {Layerwise(1.0), Layerwise(rates)}) {
      const Matrix a = of_rank(c);
      const DeepLinear network = networks::deep_unbalanced(
          a, c.hidden, {.imbalance = {.balance = c.balance, .layer = c.layer}, .rates = eta, .seed = 5});
      EXPECT_LT((network.end_to_end() - a).norm(), 1e-13 * std::max(1.0, network.norm()));
      std::vector<Matrix> deltas = imbalances(network, eta);
      const std::size_t own = c.layer == first ? 0 : deltas.size() - 1;
      deltas[own].diagonal().array() -= c.balance;
      const double size = network.norm() * network.norm();
      for (const Matrix& delta : deltas) EXPECT_LT(delta.norm(), 1e-14 * std::max(1.0, size)) << c.balance;
    }
  }
}

TEST(DeepUnbalanced, OfTwoLayersIsBalancedByLambda) {
  const Matrix a = normal(3, 5, 4);
  for (const UnbalancedLayer layer : {first, last}) {
    const DeepLinear deep =
        networks::deep_unbalanced(a, {3}, {.imbalance = {.balance = -1.5, .layer = layer}, .seed = 8});
    const DeepLinear two = networks::balanced(a, -1.5, 3, 8);
    EXPECT_EQ(deep.weights()[0], two.w1());
    EXPECT_EQ(deep.weights()[1], two.w2());
  }
  const DeepLinear none = networks::deep_unbalanced(a, {4, 3}, {.seed = 8});
  EXPECT_EQ(none.weights(), networks::balanced_deep(a, {4, 3}, 8).weights());
}

TEST(DeepUnbalanced, RefusesWhatDoesNotExist) {
  const Matrix a = normal(3, 5, 4);
  const auto error = [&](const std::vector<Index>& hidden, double balance, UnbalancedLayer layer) {
    return error_of([&] { networks::deep_unbalanced(a, hidden, {.imbalance = {.balance = balance, .layer = layer}}); });
  };
  const std::string hint =
      "\n  hint: an imbalance of λI needs the larger layers to be of full rank, that hidden layer's width";
  EXPECT_EQ(error({6, 8}, -1, first),
            "network.width: expected at most 5 beside the unbalanced first layer, for λ < 0, got 6" + hint);
  EXPECT_EQ(error({4, 8}, 1, first),
            "network.width: expected at most 3 beside the unbalanced first layer, for λ > 0, got 4" + hint);
  EXPECT_EQ(error({8, 4}, 1, last),
            "network.width: expected at most 3 beside the unbalanced last layer, for λ > 0, got 4" + hint);
  EXPECT_EQ(error({4, 5}, -1, last),
            "network.width: expected at most 4 beside the unbalanced last layer, for λ < 0, got 5" + hint);
  EXPECT_EQ(error({5, 2}, -1, first), "network.width: expected at least 3, the rank of the end-to-end matrix, got 2");
  EXPECT_EQ(error({}, -1, first), "network.depth: expected at least 2, for layers that are out of balance, got 1");
  EXPECT_EQ(error({3, 3}, std::nan(""), first), "network.balance: expected a finite number, got nan");
  EXPECT_EQ(error_of([&] {
              networks::deep_unbalanced(a, {3, 3}, {.rates = {1.0, 2.0}});
            }),
            "network.rates: expected one number, or one for each of the 3 layers, got 2 numbers");
}

}  // namespace
}  // namespace linnet
