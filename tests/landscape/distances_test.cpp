#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "linnet/landscape/greedy.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/least_change.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/point.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/support/interruption.hpp"
#include "tests/support/landscape.hpp"

namespace linnet::landscape {
namespace {

using testing::caught;
using testing::Caught;
using testing::error_of;
using testing::normal;
using testing::relative;

DeepLinear scalars(const std::vector<double>& w) {
  std::vector<Matrix> weights;
  for (const double x : w) weights.push_back(Matrix::Constant(1, 1, x));
  return DeepLinear(std::move(weights));
}

Cost scalar_cost(double y) { return Cost::full_matrix(Matrix::Constant(1, 1, y)); }

/// min over w_1 of (w_1 − a)² + (y/w_1 − b)², both signs, by a fine scan and golden sections.
double hyperbola_distance(double a, double b, double y) {
  const auto square = [&](double x) { return std::pow(x - a, 2) + std::pow(y / x - b, 2); };
  double best = HUGE_VAL;
  double at = 1;
  for (const double sign : {-1.0, 1.0}) {
    for (double e = -8; e < 8; e += 1e-3) {
      const double x = sign * std::exp(e);
      if (square(x) < best) {
        best = square(x);
        at = x;
      }
    }
  }
  double low = at * std::exp(-2e-3);
  double high = at * std::exp(2e-3);
  for (int i = 0; i < 100; ++i) {
    const double x1 = low + (high - low) / 3;
    const double x2 = high - (high - low) / 3;
    (square(x1) < square(x2) ? high : low) = square(x1) < square(x2) ? x2 : x1;
  }
  return std::sqrt(square((low + high) / 2));
}

TEST(NearestMinimum, OfTwoScalarsIsThatOfTheHyperbola) {
  for (const double y : {1.0, -0.7, 2.5}) {
    for (const auto& [a, b] : {std::pair{0.3, 0.2}, {2.0, 0.1}, {-1.5, 1.0}, {1e-3, -2e-3}, {3.0, 3.0}, {-0.4, -2.0}}) {
      const double truth = hyperbola_distance(a, b, y);
      const MinimumDistance found = nearest_minimum(scalars({a, b}), scalar_cost(y));
      EXPECT_NEAR(found.upper, truth, 1e-6 * truth) << y << " " << a << " " << b;
      EXPECT_LE(found.lower, truth * (1 + 1e-9));
      EXPECT_GT(found.lower, 0.4 * truth);
      EXPECT_LT(found.residual, 1e-9);
    }
  }
}

TEST(NearestMinimum, OfThreeScalarsIsThatOfAFineSearch) {
  for (const std::vector<double>& w : {std::vector<double>{0.5, -0.2, 0.9}, {0.01, 0.02, -0.01}, {1.5, 1.2, 0.1}}) {
    const double y = 1.3;
    double truth = HUGE_VAL;
    for (double a = -4; a <= 4; a += 0.004) {
      for (double b = -4; b <= 4; b += 0.004) {
        if (std::abs(a * b) < 1e-9) continue;
        truth =
            std::min(truth, std::sqrt(std::pow(a - w[0], 2) + std::pow(b - w[1], 2) + std::pow(y / (a * b) - w[2], 2)));
      }
    }
    const MinimumDistance found = nearest_minimum(scalars(w), scalar_cost(y));
    EXPECT_NEAR(found.upper, truth, 1e-4 * truth);
    EXPECT_LE(found.lower, truth);
    EXPECT_GT(found.lower, 0.5 * truth);
  }
}

/// Fewer samples than inputs too.
std::vector<Cost> costs(Index outputs, Index inputs) {
  std::vector<Cost> all = testing::three_costs(outputs, inputs);
  all.push_back(Cost::regression(normal(2, inputs, 5), normal(2, outputs, 6), false));
  return all;
}

// Rounding leaves singular values of 1e-17 in a target of rank 1; their roots are as large as 1e-7.
TEST(NearestMinimum, BoundsHoldForTargetsOfLowRankAtAnyDepth) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Cost cost = Cost::full_matrix(normal(3, 1, seed) * normal(1, 3, seed + 10));
    for (const Index depth : {2, 3, 5}) {
      std::vector<Matrix> layers;
      for (Index l = 0; l < depth; ++l)
        layers.push_back(1e-3 * normal(3, 3, 100 * seed + static_cast<std::uint64_t>(l)));
      const MinimumDistance found = nearest_minimum(DeepLinear(layers), cost);
      EXPECT_LE(found.lower, found.upper) << seed << ' ' << depth;
      EXPECT_GT(found.lower, 0.9 * found.upper) << seed << ' ' << depth;
    }
  }
}

TEST(NearestMinimum, OfOneLayerIsExact) {
  const Matrix a = normal(3, 4, 9);
  for (const Cost& cost : costs(3, 4)) {
    const MinimumDistance found = nearest_minimum(DeepLinear({a}), cost);
    EXPECT_TRUE(found.exact);
    EXPECT_EQ(found.lower, found.upper);
    const Point point(found.point, cost);
    EXPECT_LT(point.gradient_norm(), 1e-9);
    double truth = (cost.target() - a).norm();
    if (cost.mask()) truth = cost.mask()->cwiseProduct(cost.target() - a).norm();
    if (cost.covariance()) {
      const linalg::SymmetricEigen e = linalg::symmetric_eigen(*cost.covariance());
      const Matrix range = e.vectors.rightCols((e.values.array() > 1e-12 * e.values(3)).count());
      truth = ((cost.target() - a) * range).norm();
    }
    EXPECT_NEAR(found.upper, truth, 1e-9 * truth);
  }
}

TEST(NearestMinimum, OfAMinimumIsZero) {
  const Matrix y = normal(3, 4, 9);
  const MinimumDistance found =
      nearest_minimum(networks::balanced_deep(y, {5, 6}, 1), Cost::full_matrix(y), {.tolerance = 1e-12});
  EXPECT_TRUE(found.exact);
  EXPECT_EQ(found.upper, 0);
}

/// A missing mode of size y needs weights of size y^{1/L}, which are far from a start without this mode.
TEST(NearestMinimum, OfAnAllButLearnedTargetIsWhatIsLeft) {
  for (const Index depth : {2, 3, 4}) {
    for (const double y : {1e-4, 1e-8, 1e-11}) {
      const std::vector<Matrix> layers(static_cast<std::size_t>(depth), Vector{{1.0, 0.0}}.asDiagonal());
      const MinimumDistance found =
          nearest_minimum(DeepLinear(layers), Cost::full_matrix(Vector{{1.0, y}}.asDiagonal()));
      const auto power = 1 / static_cast<double>(depth);
      EXPECT_NEAR(found.upper / (std::sqrt(depth) * std::pow(y, power)), 1, 1e-3) << depth << ' ' << y;
      EXPECT_LE(found.lower, found.upper);
      EXPECT_FALSE(found.exact);
    }
  }
}

TEST(NearestMinimum, LiesBetweenItsBoundsAndIsStationary) {
  for (const std::vector<Index>& sizes : {std::vector<Index>{4, 5, 3}, {4, 4, 6, 3}, {4, 5, 4, 5, 3}}) {
    for (const double variance : {1e-4, 0.05, 0.5}) {
      for (const Cost& cost : costs(3, 4)) {
        const DeepLinear start = networks::gaussian_deep(sizes, {.variance = variance, .seed = 12});
        const MinimumDistance found = nearest_minimum(start, cost);
        EXPECT_GT(found.lower, 0.15 * found.upper);
        EXPECT_LE(found.lower, found.upper);
        EXPECT_NEAR(parameter_distance(found.point, start), found.upper, 1e-10 * found.upper);
        EXPECT_LT(Point(found.point, cost).gradient_norm(), 1e-7);
        EXPECT_LT(found.stationarity, 1e-3) << variance << " " << sizes.size();
        // Searches from other starts find nothing nearer than the lower bound.
        for (std::uint64_t seed = 0; seed < 3; ++seed) {
          DeepLinear other = networks::gaussian_deep(sizes, {.variance = 0.5, .seed = 100 + seed});
          const MinimumDistance from = nearest_minimum(other, cost);
          EXPECT_GE(parameter_distance(from.point, start), found.lower);
          EXPECT_GE(parameter_distance(from.point, start), found.upper * (1 - 1e-6));
        }
      }
    }
  }
}

TEST(NearestMinimum, FromTheOriginIsTheSmallestNorm) {
  const Matrix y = normal(3, 4, 9);
  const Vector s = linalg::singular_values(y);
  for (const Index depth : {2, 3, 4}) {
    const double l = static_cast<double>(depth);
    const DeepLinear start =
        networks::gaussian_deep(networks::layer_sizes({.outputs = 3, .inputs = 4}, depth, 5), {.variance = 0.0});
    const MinimumDistance found = nearest_minimum(start, Cost::full_matrix(y));
    const double truth = std::sqrt(l * s.array().pow(2 / l).sum());
    EXPECT_NEAR(found.upper, truth, 1e-9);
    EXPECT_NEAR(found.lower, truth, 1e-9);
  }
}

TEST(NearestMinimum, OfANarrowNetworkIsThatOfTheBestLowRank) {
  for (const Cost& cost : costs(3, 4)) {
    if (cost.mask()) continue;
    const DeepLinear start = networks::gaussian_deep({4, 1, 3}, {.variance = 0.3, .seed = 4});
    const MinimumDistance found = nearest_minimum(start, cost);
    EXPECT_LE(found.lower, found.upper);
    const Point point(found.point, cost);
    EXPECT_LT(point.gradient_norm(), 1e-8);
    EXPECT_NEAR(point.cost(), cost.evaluate(best_of_rank(cost, 1)).cost, 1e-9);
  }
  EXPECT_EQ(
      error_of([] { best_of_rank(Cost::full_matrix(Matrix::Identity(3, 3)), 2); }),
      "task.target: expected one best matrix of rank 2, got many: the target's singular values 2 and 3 are equal");
}

// The missing modes of a target of low rank are 0 up to rounding; they do not count as equal singular values.
TEST(NearestMinimum, OfATargetOfLowRankReachesIt) {
  const Matrix y = normal(6, 2, 1) * normal(2, 6, 2);
  const Matrix few = normal(3, 6, 3);  // Σ_xx of rank 3, which is also the largest rank of Y Σ_xx^{½}
  for (const Cost& cost :
       {Cost::full_matrix(y), Cost::regression(normal(9, 6, 5), normal(9, 6, 5) * y.transpose(), false),
        Cost::regression(few, normal(3, 6, 4), false)}) {
    for (const Index width : {3, 4, 5, 6}) {
      const DeepLinear start = networks::gaussian_deep({6, width, width, 6}, {.variance = 0.01, .seed = 4});
      const MinimumDistance found = nearest_minimum(start, cost);
      const Residual at = cost.evaluate(best_of_rank(cost, width));
      EXPECT_LT(at.gradient.norm(), 1e-12 * cost.target().norm()) << width;
      EXPECT_LT(Point(found.point, cost).gradient_norm(), 1e-7) << width;
      EXPECT_LE(found.lower, found.upper);
    }
  }
}

TEST(NearestMinimum, SaysWhereAMaskLeavesNone) {
  Matrix mask = Matrix::Ones(6, 6);
  mask.diagonal().setZero();
  EXPECT_EQ(error_of([&] {
              nearest_minimum(networks::gaussian_deep({6, 1, 1, 6}, {.variance = 0.01, .seed = 4}),
                              Cost::masked(normal(6, 6, 1), mask));
            }),
            "landscape.minimum: expected weights that end at a global minimum, got three ways that end at none\n"
            "  hint: a mask and narrow layers may leave no zero of the cost; wider hidden layers have one");
}

TEST(BestOfRank, HasTheSmallestCostOfItsRank) {
  const Cost cost = Cost::regression(normal(9, 4, 3), normal(9, 3, 4), false);
  const Matrix best = best_of_rank(cost, 1);
  EXPECT_LT(linalg::singular_values(best)(1), 1e-14);
  // It is stationary along all rank-one changes, and its cost is below that of random ones.
  const linalg::Svd d = linalg::svd(best);
  const Residual at = cost.evaluate(best);
  EXPECT_LT((d.u.col(0).transpose() * at.gradient).norm(), 1e-13);
  EXPECT_LT((at.gradient * d.v.col(0)).norm(), 1e-13);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_GT(cost.evaluate(Matrix(normal(3, 1, 10 + seed) * normal(1, 4, 70 + seed))).cost, at.cost);
  }
}

// The saddles of a product of scalars are the points with two zeros.
TEST(NearestSaddle, OfScalarsIsExact) {
  EXPECT_NEAR(nearest_saddle(scalars({0.3, -0.4}), scalar_cost(1)).upper, 0.5, 1e-15);
  const SaddleDistance found = nearest_saddle(scalars({2, 0.3, 5, -0.4}), scalar_cost(1));
  EXPECT_NEAR(found.upper, 0.5, 1e-15);
  EXPECT_EQ(found.rank, 0);
  EXPECT_EQ(found.gradient_norm, 0);
  EXPECT_EQ(found.cost, 0.5);
  const SaddleDistance at_one = nearest_saddle(scalars({2, 0, 5, 0}), scalar_cost(1));
  EXPECT_TRUE(at_one.exact);
  EXPECT_EQ(at_one.upper, 0);
}

TEST(NearestSaddle, IsCriticalAboveTheMinimumAndNoFartherThanZeroLayers) {
  for (const std::vector<Index>& sizes : {std::vector<Index>{4, 5, 3}, {4, 4, 6, 3}, {4, 5, 4, 5, 3}}) {
    for (const double variance : {1e-3, 0.3}) {
      for (const Cost& cost : costs(3, 4)) {
        const DeepLinear start = networks::gaussian_deep(sizes, {.variance = variance, .seed = 12});
        const SaddleDistance found = nearest_saddle(start, cost);
        std::vector<double> squares;
        for (const Matrix& w : start.weights()) squares.push_back(w.squaredNorm());
        std::sort(squares.begin(), squares.end());
        EXPECT_LE(found.upper, std::sqrt(squares[0] + squares[1]) * (1 + 1e-12));
        EXPECT_NEAR(parameter_distance(found.point, start), found.upper, 1e-12);
        const Point point(found.point, cost);
        EXPECT_LT(point.gradient_norm(), 1e-8);
        EXPECT_GT(point.cost() - cost.evaluate(cost.target()).cost, 1e-6);
      }
    }
  }
}

// The saddle nearest to a trained network lacks its weakest mode.
TEST(NearestSaddle, OfATrainedNetworkLosesItsWeakestMode) {
  const Matrix left = linalg::random_frame(4, 3, {.seed = 1, .stream = linalg::Stream::frame_left});
  const Matrix right = linalg::random_frame(4, 3, {.seed = 1, .stream = linalg::Stream::frame_right});
  const Vector s = (Vector(3) << 3, 2, 0.1).finished();
  const Cost cost = Cost::full_matrix(left * s.asDiagonal() * right.transpose());
  for (const std::vector<Index>& hidden : {std::vector<Index>{5}, {5, 6}}) {
    const DeepLinear start = networks::balanced_deep(cost.target(), hidden, 3);
    const double depth = static_cast<double>(hidden.size() + 1);
    const SaddleDistance found = nearest_saddle(start, cost);
    EXPECT_EQ(found.rank, 2);
    EXPECT_LT(found.gradient_norm, 1e-9);
    EXPECT_NEAR(found.cost, 0.5 * 0.01, 1e-12);
    EXPECT_NEAR(found.upper, std::sqrt(2 * std::pow(0.1, 2 / depth)), 1e-9);
  }
}

// Saddles near other networks, moved along the critical points towards this one, are not nearer.
TEST(NearestSaddle, IsTheNearestOfManyOfTwoLayers) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const Cost cost = Cost::full_matrix(normal(2, 3, seed));
    const auto network = [&](std::uint64_t of) {
      return networks::gaussian_deep({3, 3, 2}, {.variance = 0.3, .seed = of});
    };
    const SaddleDistance found = nearest_saddle(network(seed), cost);
    CriticalPoints critical(network(seed), cost, 1e-8);
    int saddles = 0;
    for (std::uint64_t other = 0; other < 20; ++other) {
      if (!critical.restore(flatten(nearest_saddle(network(100 + other), cost).point))) continue;
      const double far = critical.distance();
      const Approach way = shorten(critical, 100);
      ++saddles;
      EXPECT_LE(way.distance, far);
      EXPECT_GE(way.distance, found.upper * (1 - 1e-5)) << seed << " " << other;
    }
    EXPECT_EQ(saddles, 20);
  }
}

// ‖∂C/∂θ‖ is of size s^{L−1} for weights of size s, which does not measure the distance to a saddle.
TEST(NearestSaddle, OfSmallDeepStartsIsAtTwoZeroLayers) {
  const Cost one = Cost::full_matrix(Matrix::Ones(1, 1));
  for (const Index depth : {2, 3, 4, 6}) {
    for (const double s : {1e-2, 1e-3, 1e-8, 1e-30}) {
      const std::vector<Matrix> layers(static_cast<std::size_t>(depth), Matrix::Constant(1, 1, s));
      const SaddleDistance found = nearest_saddle(DeepLinear(layers), one);
      EXPECT_FALSE(found.exact);
      EXPECT_NEAR(found.upper / (std::numbers::sqrt2 * s), 1, 1e-9) << depth << ' ' << s;
      EXPECT_GE(found.upper, found.lower);
    }
  }
}

// Near a saddle of rank 1, with a second neuron that is small.
TEST(NearestSaddle, OfSmallNeuronsBesideALargeOneIsTheirSize) {
  const Cost cost = Cost::full_matrix(Vector{{1.0, 0.5}}.asDiagonal());
  for (const double s : {1e-2, 1e-3, 1e-4, 1e-6}) {
    const std::vector<Matrix> layers(4, Vector{{1.0, s}}.asDiagonal());
    const SaddleDistance found = nearest_saddle(DeepLinear(layers), cost);
    EXPECT_FALSE(found.exact);
    EXPECT_NEAR(found.upper / (std::numbers::sqrt2 * s), 1, 1e-2) << s;
  }
  const std::vector<Matrix> saddle(4, Vector{{1.0, 0.0}}.asDiagonal());
  EXPECT_TRUE(nearest_saddle(DeepLinear(saddle), cost).exact);
}

TEST(NearestSaddle, LiesBetweenItsBounds) {
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{4, 5, 3}, {3, 8, 3}, {4, 2, 3}, {4, 4, 6, 3}, {4, 5, 4, 5, 3}, {4, 6, 2, 6, 3}}) {
    for (const double variance : {1e-3, 0.3}) {
      for (const Cost& cost : costs(3, sizes.front())) {
        std::vector<DeepLinear> starts;
        std::vector<DeepLinear> saddles;
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
          starts.push_back(networks::gaussian_deep(sizes, {.variance = variance, .seed = seed}));
          const SaddleDistance found = nearest_saddle(starts.back(), cost, {.search_below = 0});
          EXPECT_EQ(found.lower, saddle_bound(starts.back()));
          EXPECT_LE(found.lower, found.upper);
          saddles.push_back(found.point);
        }
        for (const DeepLinear& start : starts) {
          const double bound = saddle_bound(start);
          for (const DeepLinear& saddle : saddles) EXPECT_LE(bound, parameter_distance(saddle, start) * (1 + 1e-9));
        }
        // The bound is positive if all layers are wide enough.
        const Index narrowest = *std::min_element(sizes.begin() + 1, sizes.end() - 1);
        EXPECT_EQ(saddle_bound(starts[0]) > 0, narrowest >= 3);
      }
    }
  }
}

TEST(SaddleBound, OfTwoLayersIsExactWhereOneModeIsLost) {
  Matrix w1 = Matrix::Zero(4, 3);
  w1.diagonal() << 2, 1, 0.3;
  Matrix w2 = Matrix::Zero(3, 4);
  w2.diagonal() << 1, 3, 0.4;
  const DeepLinear start({w1, w2});
  Matrix y = start.end_to_end();
  y(2, 2) = 5;
  EXPECT_NEAR(saddle_bound(start), 0.5, 1e-11);
  EXPECT_NEAR(nearest_saddle(start, Cost::full_matrix(y)).upper, 0.5, 1e-9);
  // The hidden layer has fewer neurons than there are inputs, so that only the outputs give a bound.
  EXPECT_NEAR(saddle_bound(DeepLinear({Matrix(normal(3, 5, 1)), Matrix(2 * Matrix::Identity(3, 3))})), 2, 1e-11);
}

// A saddle of a product of scalars has two zeros.
TEST(SaddleBound, OfScalarsIsBelowTwoZeros) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    for (const Index depth : {2, 3, 4, 6}) {
      const Vector w = normal(depth, 1, seed).col(0);
      std::vector<double> sizes(static_cast<std::size_t>(depth));
      for (Index l = 0; l < depth; ++l) sizes[static_cast<std::size_t>(l)] = std::abs(w(l));
      const double bound = saddle_bound(scalars(sizes));
      std::sort(sizes.begin(), sizes.end());
      const double truth = std::hypot(sizes[0], sizes[1]);
      EXPECT_GT(bound, 0);
      EXPECT_LE(bound, truth * (1 + 1e-12));
      if (depth == 2) {
        EXPECT_NEAR(bound, truth, 1e-11 * truth);
      }
    }
  }
}

TEST(SaddleBound, ScalesWithTheWeightsAndVanishesAtSaddles) {
  const Cost cost = Cost::full_matrix(normal(3, 4, 1));
  for (const std::vector<Index>& sizes : {std::vector<Index>{4, 5, 3}, {4, 4, 6, 3}, {4, 5, 4, 5, 3}}) {
    const DeepLinear start = networks::gaussian_deep(sizes, {.variance = 0.3, .seed = 2});
    std::vector<Matrix> larger = start.weights();
    for (Matrix& w : larger) w *= 100;
    EXPECT_NEAR(saddle_bound(DeepLinear(larger)) / saddle_bound(start), 100, 1e-8);
    const DeepLinear saddle = nearest_saddle(start, cost).point;
    EXPECT_LT(saddle_bound(saddle), 1e-7);
    const SaddleDistance there = nearest_saddle(saddle, cost);
    EXPECT_TRUE(there.exact);
    EXPECT_EQ(there.lower, 0);
    EXPECT_EQ(there.upper, 0);
  }
}

TEST(LeastChange, IsBelowTheChangesOfRandomLayersAndThatOfOneIsTheGap) {
  const std::vector<Matrix> one{normal(4, 5, 1)};
  EXPECT_NEAR(least_change(one, 0.7), 0.7, 1e-11);
  EXPECT_EQ(least_change(one, 0), 0);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const std::vector<Matrix> layers{normal(3, 4, seed), normal(5, 3, seed + 200), normal(4, 5, seed + 400)};
    double squares = 0;
    std::vector<Matrix> moved = layers;
    for (std::size_t l = 0; l < 3; ++l) {
      const Matrix step =
          std::pow(10, -0.02 * static_cast<double>(seed)) * normal(layers[l].rows(), layers[l].cols(), seed + 600 + l);
      moved[l] += step;
      squares += step.squaredNorm();
    }
    const double change = (moved[2] * moved[1] * moved[0] - layers[2] * layers[1] * layers[0]).norm();
    EXPECT_LE(least_change(layers, change), std::sqrt(squares));
  }
}

TEST(NearestSaddle, Refuses) {
  EXPECT_EQ(error_of([] { saddle_bound(scalars({1})); }),
            "network.depth: expected at least 2 layers, got 1\n"
            "  hint: the cost of one layer is convex: it has no saddle");
  EXPECT_EQ(error_of([] { nearest_saddle(scalars({1}), scalar_cost(1)); }),
            "network.depth: expected at least 2 layers, got 1\n"
            "  hint: the cost of one layer is convex: it has no saddle");
  EXPECT_EQ(error_of([] {
              nearest_saddle(scalars({1, 1}), scalar_cost(0));
            }),
            "task: expected a cost that falls from A = 0, got a cost that is least there\n"
            "  hint: then A = 0 is a minimum and no saddle");
  const Cost cost = Cost::full_matrix(normal(3, 4, 1));
  const auto with = [&](const Matrix& a) {
    return error_of([&] {
      nearest_saddle(networks::gaussian_deep({4, 5, 3}, {.variance = 0.3, .seed = 1}), cost,
                     {.critical = {Matrix::Zero(3, 4), a}});
    });
  };
  EXPECT_EQ(with(Matrix::Zero(4, 3)), "landscape.critical[1]: expected 3 x 4, as the task, got 4 x 3");
  // A = Y/2 has R = −Y/2.
  const Matrix half = cost.target() / 2;
  const double off = (half * half.transpose()).norm() / (half.norm() * cost.target().norm());
  EXPECT_EQ(with(half),
            "landscape.critical[1]: expected the A of a critical point: AᵀR = 0 and RAᵀ = 0 for R = ∇C(A), got a "
            "product of " +
                format_number(off) + " of |A||∇C(0)|\n  hint: greedy_low_rank gives such matrices");
  EXPECT_EQ(with(best_of_rank(cost, 1)), "nothing was thrown");
}

TEST(Landscape, SearchesEndWhenAsked) {
  const DeepLinear start = networks::gaussian_deep({6, 8, 6}, {.variance = 0.05, .seed = 1});
  const Cost cost = Cost::full_matrix(normal(6, 6, 1));
  const Interruptible within([] { return false; });
  const auto ends = [](const Caught& stopped) {
    EXPECT_EQ(stopped.text, "measurement: expected time to compute it, got an interruption");
    EXPECT_EQ(stopped.kind, Error::Kind::interrupted);
  };
  ends(caught([&] { nearest_minimum(start, cost); }));
  ends(caught([&] { nearest_saddle(start, cost); }));
  ends(caught([&] { greedy_low_rank(cost); }));
  {
    const Interruptible inner([] { return true; });  // only the innermost is called
    EXPECT_EQ(error_of([&] { nearest_minimum(start, cost); }), "nothing was thrown");
  }
  Point point = [&] {
    const Interruptible inner([] { return true; });
    return Point(start, cost);
  }();
  ends(caught([&] { hessian_index(point); }));
  ends(caught([&] { extreme_eigenvalues(point, 1, {.dense_up_to = 0}); }));
}

}  // namespace
}  // namespace linnet::landscape
