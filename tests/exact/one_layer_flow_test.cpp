#include "linnet/exact/one_layer_flow.hpp"

#include <cmath>

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
