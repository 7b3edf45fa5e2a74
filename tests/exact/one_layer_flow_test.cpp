#include "linnet/exact/one_layer_flow.hpp"

#include <cmath>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

TEST(OneLayerFlow, SolvesItsEquation) {
  const Task task = tasks::target(normal(3, 4, 1));
  const OneLayerFlow flow(normal(3, 4, 2), task, 1.7);
  EXPECT_LT(relative(flow.end_to_end(0), normal(3, 4, 2)), 1e-15);
  EXPECT_LT(relative(flow.end_to_end(infinity), task.target()), 1e-15);
  const double h = 1e-5;
  for (const double t : {0.01, 0.3, 2.0}) {
    const Matrix velocity = (flow.end_to_end(t + h) - flow.end_to_end(t - h)) / (2 * h);
    EXPECT_LT(relative(velocity, Matrix(-1.7 * (flow.end_to_end(t) - task.target()))), 1e-8) << t;
  }
  EXPECT_LT(relative(OneLayerFlow(normal(3, 4, 2), task, 0).end_to_end(infinity), normal(3, 4, 2)), 1e-15);
}

/// The largest distance of two layers from one over all times, relative to Y.
double from_one_layer(const Network& start, const Task& task, double rate) {
  const ExactFlow two(start, task);
  const OneLayerFlow one(end_to_end(start), task, rate);
  double largest = 0;
  for (int k = 0; k <= 60; ++k) {
    const double t = std::pow(10.0, -3 + 0.1 * k) / rate;
    largest = std::max(largest, relative(two.end_to_end(t), one.end_to_end(t)));
  }
  return largest;
}

TEST(OneLayerFlow, IsTheLazyLimitOfTwoLayersToSecondOrder) {
  const Task task = tasks::modes({.shape = {.outputs = 4, .inputs = 4}, .values = Vector::LinSpaced(4, 1, 3)});
  const Matrix a = networks::random_end_to_end({.outputs = 4, .inputs = 4}, 4, 1.0, 5);
  for (const double sign : {1.0, -1.0}) {
    const double coarse = from_one_layer(networks::balanced(a, sign * 1e2, 4, 1), task, 1e2);
    const double fine = from_one_layer(networks::balanced(a, sign * 1e3, 4, 1), task, 1e3);
    EXPECT_LT(coarse, 1e-2);
    EXPECT_NEAR(coarse / fine, 100, 3);
  }
  const Layerwise scales{300.0, 700.0};
  EXPECT_LT(from_one_layer(networks::infinite_width(task.shape(), scales), task, 1000.0), 1e-4);
}

/// The largest distance of the limit of large |λ| from two layers over all times, relative to Y.
double from_limit(const DeepLinear& start, const Task& task, double balance) {
  const ExactFlow two(start, task);
  const OneLayerFlow one(start, task);
  EXPECT_NEAR(one.rate() / std::abs(balance), 1, 1e-12);
  double largest = 0;
  for (int k = -60; k <= 40; ++k) {
    const double t = std::pow(10.0, 0.1 * k) * std::abs(balance);
    largest = std::max(largest, relative(two.end_to_end(t), one.end_to_end(t)));
  }
  return largest;
}

TEST(OneLayerFlow, ALayerThatDoesNotReachEverythingTurnsInTheLimitOfLargeBalance) {
  // A larger layer of 6 outputs (λ > 0) or inputs (λ < 0) and 3 neurons or 2; the target has rank 3, equal values too.
  for (const Vector& values : {Vector{{3, 2, 1}}, Vector{{2, 2, 1}}, Vector{{3, 2}}}) {
    for (const Index width : {3, 2}) {
      const Task tall = tasks::modes({.shape = {.outputs = 6, .inputs = 3}, .values = values, .seed = 2});
      const Matrix a = networks::random_end_to_end(tall.shape(), width, 0.5, 1);
      const double coarse = from_limit(networks::balanced(a, 1e3, width, 1), tall, 1e3);
      const double fine = from_limit(networks::balanced(a, 1e4, width, 1), tall, 1e4);
      EXPECT_LT(coarse, 1e-3);
      EXPECT_NEAR(coarse / fine, 100, 3) << "λ^-2";
      const Task wide = tasks::target(tall.target().transpose());
      EXPECT_NEAR(from_limit(networks::balanced(a.transpose(), -1e3, width, 1), wide, -1e3) / coarse, 1, 1e-3);
    }
  }
}

TEST(OneLayerFlow, AMismatchedModeIsLearnedByItsAlignment) {
  // One neuron: A = φ²Y from the moment that the small layer is learned, φ' = (y²/λ) φ (1 − φ²).
  const double y = 2;
  const double balance = 50;
  const Task task = tasks::modes({.shape = {.outputs = 5, .inputs = 1}, .values = Vector{{y}}, .seed = 4});
  const OneLayerFlow flow(networks::balanced(networks::random_end_to_end(task.shape(), 1, 0.1, 3), balance, 1, 1),
                          task);
  const auto alignment = [&](double t) {
    return std::sqrt((task.target().transpose() * flow.end_to_end(t))(0) / (y * y));
  };
  const double h = 1e-3;
  for (const double t : {5.0, 20.0, 60.0}) {
    const double speed = (alignment(t + h) - alignment(t - h)) / (2 * h);
    EXPECT_NEAR(speed, y * y / balance * alignment(t) * (1 - std::pow(alignment(t), 2)), 1e-8);
  }
  EXPECT_NEAR(alignment(infinity), 1, 1e-12);
  // φ/√(1 − φ²) grows as e^{y²t/λ}: half of the mode, φ² = ½, is learned at t = (λ/y²) ln(√(1 − φ_0²)/φ_0).
  const double start = 20;
  const double first = alignment(start);
  const double half = start + balance / (y * y) * std::log(std::sqrt(1 - first * first) / first);
  EXPECT_NEAR(alignment(half), std::sqrt(0.5), 1e-9);
}

TEST(OneLayerFlow, IsATrajectoryOfItsErrorsAlone) {
  const Task task = tasks::target(normal(3, 4, 1));
  const OneLayerFlow flow(Matrix::Zero(3, 4), task, 2.0);
  const Trajectory t = trace(
      flow, 1.5,
      {.observables = {observables::train_error(), observables::kernel_distance()}, .schedule = Schedule::linear(4)});
  EXPECT_EQ(t.time, (std::vector<double>{0, 0.5, 1.0, 1.5}));
  EXPECT_NEAR(t.values("train_error")(3), task.target().squaredNorm() / 12 * std::exp(-6.0), 1e-15);
  EXPECT_TRUE(std::isnan(t.values("kernel_distance")(3)));
}

TEST(OneLayerFlow, RefusesWhatDoesNotFit) {
  const Task task = tasks::target(normal(3, 4, 1));
  EXPECT_EQ(error_of([&] { OneLayerFlow(Matrix::Zero(4, 3), task, 1); }),
            "network: expected a network of 3 x 4, the shape of the task, got 4 x 3\n"
            "  hint: shapes are outputs x inputs");
  EXPECT_EQ(error_of([&] { OneLayerFlow(DeepLinear(Matrix::Identity(3, 4), Matrix::Identity(3, 3)), task); }),
            "network: expected weights of a balance λ other than 0, got λ = 0");
  const Task tall = tasks::target(Matrix{{1}, {0}, {0}});
  EXPECT_EQ(error_of([&] {
              OneLayerFlow(DeepLinear(Matrix::Zero(1, 1), Matrix{{0}, {1}, {0}}), tall);
            }),
            "network: expected a larger layer with a component along each of the leading 1 modes, got one without: it "
            "ends at a saddle");
  EXPECT_EQ(error_of([&] { OneLayerFlow(Matrix::Zero(3, 4), task, -1); }),
            "network.rate: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of([&] { return OneLayerFlow(Matrix::Zero(3, 4), task, 1).end_to_end(-1); }),
            "t: expected a time in [0, inf], got -1");
}

TEST(InfiniteWidthWeights, AreThatState) {
  const Task task = tasks::target(normal(3, 5, 1));
  const Layerwise scales{0.4, 1.1};
  const DeepLinear weights = networks::infinite_width_weights(task.shape(), scales);
  EXPECT_EQ(weights.width(), 8);
  const GramState g = GramState::from_weights(weights);
  EXPECT_LT(relative(g.gram(), networks::infinite_width(task.shape(), scales).gram()), 1e-15);
  const Trajectory trained = train(weights, task, GradientFlow{.t_end = 1, .rtol = 1e-11, .atol = 1e-14});
  EXPECT_LT(relative(end_to_end(*trained.final), ModeFlow(sample_spectrum(task), {.scales = scales}).end_to_end(1)),
            1e-9);
}

}  // namespace
}  // namespace linnet
