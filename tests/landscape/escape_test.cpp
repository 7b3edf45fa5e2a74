#include "linnet/landscape/escape.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "linnet/landscape/point.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

DeepLinear zeros(Shape shape, Index depth, Index width) {
  return networks::gaussian_deep(networks::layer_sizes(shape, depth, width), {.variance = 0.0});
}

/// A_k = the best of rank k, in balanced weights with two unused neurons.
DeepLinear rank_k(const Cost& cost, Index depth, Index k) {
  return padded(
      networks::balanced_deep(best_of_rank(cost, k), std::vector<Index>(static_cast<std::size_t>(depth - 1), k), 3), 2);
}

TEST(Escape, TheFormulaIsTheFastestThatIsFound) {
  for (std::uint64_t seed = 1; seed < 4; ++seed) {
    const Cost cost = Cost::full_matrix(normal(4, 3, seed));
    for (const Index depth : {2, 3, 4}) {
      const double l = static_cast<double>(depth);
      for (const DeepLinear& at : {zeros(cost.shape(), depth, 3), rank_k(cost, depth, 1), rank_k(cost, depth, 2)}) {
        const EscapeDirection exact = escape_direction(at, cost);
        const EscapeDirection found = find_escape_direction(at, cost, {.seed = seed, .tolerance = 1e-12});
        EXPECT_NEAR(found.strength, exact.strength, 1e-8 * exact.strength);
        EXPECT_NEAR(found.value, exact.value, 1e-8 * exact.strength);
        EXPECT_NEAR(exact.value, -exact.strength * std::pow(l, -l / 2), 1e-15);
        EXPECT_NEAR(exact.direction.norm(), 1, 1e-14);
        EXPECT_NEAR(found.direction.norm(), 1, 1e-14);
        // Along either direction the cost changes by value r^L.
        const double c_0 = Point(at, cost).cost();
        for (const EscapeDirection* e : {&exact, &found}) {
          const double r = depth == 2 ? 1e-3 : 1e-2;
          const Vector theta = flatten(at) + r * flatten(e->direction);
          const double fall = Point(unflatten(theta, at.sizes()), cost).cost() - c_0;
          EXPECT_NEAR(fall / std::pow(r, l), e->value, 1e-3 * exact.strength);
        }
      }
    }
  }
}

TEST(Escape, StrengthsAreTheTargetsSingularValues) {
  const Cost cost = Cost::full_matrix(normal(4, 3, 7));
  const Vector s = linalg::singular_values(cost.target());
  EXPECT_NEAR(escape_direction(zeros(cost.shape(), 3, 2), cost).strength, s(0), 1e-14);
  EXPECT_NEAR(escape_direction(rank_k(cost, 3, 1), cost).strength, s(1), 1e-13);
  EXPECT_NEAR(escape_direction(rank_k(cost, 3, 2), cost).strength, s(2), 1e-13);
}

/// |θ| of gradient flow from θ_0, after each of n steps of the Runge–Kutta method.
template <class Visit>
void integrate(const DeepLinear& start, const Cost& cost, double t_end, int steps, const Visit& visit) {
  Point point(start, cost);
  Vector theta = point.theta();
  const double h = t_end / steps;
  const auto slope = [&](const Vector& at) {
    point.move_to(at);
    return Vector(-point.gradient());
  };
  for (int i = 1; i <= steps; ++i) {
    const Vector k1 = slope(theta);
    const Vector k2 = slope(theta + h / 2 * k1);
    const Vector k3 = slope(theta + h / 2 * k2);
    const Vector k4 = slope(theta + h * k3);
    theta += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    visit(i * h, theta);
  }
}

TEST(Escape, GradientFlowFollowsTheLaw) {
  const Cost cost = Cost::full_matrix(normal(4, 3, 5));
  for (const Index depth : {2, 3, 4}) {
    const DeepLinear origin = zeros(cost.shape(), depth, 2);
    const EscapeDirection e = escape_direction(origin, cost);
    const double r_0 = depth == 2 ? 1e-6 : 1e-2;
    const double r_1 = depth == 2 ? 1e-2 : 0.05;
    const double time = escape_time(depth, e.strength, r_0, r_1);
    const DeepLinear start = networks::escape_path(cost.evaluate(Matrix::Zero(4, 3)).gradient,
                                                   std::vector<Index>(static_cast<std::size_t>(depth - 1), 2), r_0);
    double last = 0;
    integrate(start, cost, time, 2000, [&](double t, const Vector& theta) {
      last = theta.norm();
      EXPECT_NEAR(last, escape_radius(depth, e.strength, r_0, t), 2e-3 * last);
    });
    EXPECT_NEAR(last, r_1, 2e-3 * r_1);
  }
}

TEST(Escape, TimeAndRadiusAreInverse) {
  for (const Index depth : {1, 2, 3, 5}) {
    for (const double r_1 : {1.0 + 1e-9, 2.0, 1e3}) {
      const double t = escape_time(depth, 0.7, 1, r_1);
      EXPECT_NEAR(escape_radius(depth, 0.7, 1, t), r_1, 1e-8 * r_1) << depth;
    }
  }
  EXPECT_EQ(escape_time(2, 2, 1e-3, 1e-3), 0);
  EXPECT_NEAR(escape_time(3, 2, 0.1, HUGE_VAL), 10 / (2 / std::sqrt(3.0)), 1e-12);
  EXPECT_EQ(escape_radius(3, 2, 0.1, 9), HUGE_VAL);
  EXPECT_EQ(escape_radius(1, 2, 0, 3), 6);
  EXPECT_EQ(error_of([] { escape_time(3, 1, 0, 1); }), "escape.r_0: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of([] { escape_time(3, 1, 2, 1); }), "escape.r_1: expected at least r_0, got 1");
}

TEST(Escape, Refuses) {
  const Cost cost = Cost::full_matrix(normal(4, 3, 7));
  EXPECT_EQ(error_of([&] { escape_direction(zeros(cost.shape(), 1, 1), cost); }),
            "network.depth: expected at least 2 layers, got 1\n"
            "  hint: the cost of one layer is convex: there is nothing to escape from");
  const DeepLinear full = networks::balanced_deep(cost.target(), {3}, 1);
  EXPECT_THAT(
      error_of([&] {
        escape_direction(networks::gaussian_deep({3, 4, 4}, {.variance = 1.0}), cost);
      }),
      ::testing::StartsWith("landscape.escape: expected a critical point, ‖∂C/∂θ‖ at most 1e-06 of |∇C(A)|, got"));
  // Small layers have a small gradient everywhere.
  const std::vector<Matrix> small(4, Vector{{1e-3, 0.0}}.asDiagonal());
  EXPECT_THAT(error_of([&] { (void)escape_direction(DeepLinear(small), Cost::full_matrix(Matrix::Identity(2, 2))); }),
              ::testing::StartsWith(
                  "landscape.escape: expected a critical point, no farther than 1e-06 |θ| from a cut network"));
  const DeepLinear tight = networks::balanced_deep(best_of_rank(cost, 1), {1}, 1);
  EXPECT_THAT(error_of([&] { escape_direction(tight, cost); }),
              ::testing::StartsWith("network.weights: expected an unused neuron in every hidden layer, of zero weights "
                                    "in and out, got none in hidden layer 1"));
  EXPECT_THAT(error_of([&] { find_escape_direction(tight, cost); }), ::testing::HasSubstr("no strict saddle"));
  // At a minimum, where ∇C(A) is 0 or rounding, there is no escape; a point above it is refused because of its
  // gradient.
  const Cost exact = Cost::full_matrix(Matrix::Identity(3, 3));
  const DeepLinear identity({Matrix::Identity(3, 3), Matrix::Identity(3, 3)});
  EXPECT_EQ(error_of([&] { escape_direction(padded(identity, 1), exact); }),
            "landscape.escape: expected a critical point above the minimum, got a minimum: ∇C(A) = 0\n"
            "  hint: its escape has strength 0 and no direction");
  EXPECT_THAT(error_of([&] { escape_direction(padded(full, 1), cost); }),
              ::testing::StartsWith("landscape.escape: expected a critical point above the minimum, got a minimum"));
  EXPECT_THAT(
      error_of([&] { escape_direction(padded(networks::balanced_deep(1.01 * cost.target(), {3}, 1), 1), cost); }),
      ::testing::StartsWith("landscape.escape: expected a critical point, ‖∂C/∂θ‖"));
}

}  // namespace
}  // namespace linnet::landscape
