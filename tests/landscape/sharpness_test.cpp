#include "linnet/landscape/sharpness.hpp"

#include <gmock/gmock.h>

#include <Eigen/LU>
#include <cmath>

#include "linnet/landscape/hessian.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;

double sharpness(const DeepLinear& network, const Task& task) {
  Point point(network, task.train);
  return hessian_range(point).largest;
}

/// Correlated inputs, more samples than inputs, noise: the least cost is above 0.
Task regression(Index outputs, std::uint64_t seed) {
  Matrix x = normal(20, 4, seed);
  x.col(0) *= 3;
  x.col(2) *= 0.4;
  return tasks::regression(
      {.inputs = x, .targets = x * normal(4, outputs, seed + 1) + 0.1 * normal(20, outputs, seed + 2)});
}

/// Another minimum of the same A: invertible changes between the layers.
DeepLinear moved(const DeepLinear& minimum, std::uint64_t seed, double size) {
  std::vector<Matrix> layers = minimum.weights();
  for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
    const Index w = layers[l].rows();
    const Matrix g = Matrix::Identity(w, w) + size * normal(w, w, seed + l);
    layers[l] = g * layers[l];
    layers[l + 1] = layers[l + 1] * g.inverse();
  }
  return DeepLinear(std::move(layers));
}

TEST(Sharpness, OfBalancedMinimaOfWhiteInputsIsTheLeast) {
  const Task task = tasks::modes({.shape = {.outputs = 3, .inputs = 4}, .values = Vector{{2, 1, 0.5}}, .seed = 1});
  for (const Index depth : {1, 2, 3, 5}) {
    const MinimizerSharpness s = minimizer_sharpness(task, depth);
    const auto layers = static_cast<double>(depth);
    EXPECT_NEAR(s.least, layers * std::pow(2.0, 2 - 2 / layers), 1e-12);
    EXPECT_EQ(s.balanced, s.least);
    const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), 5);
    const DeepLinear minimum = networks::balanced_deep(task.target(), hidden, 3);
    EXPECT_NEAR(sharpness(minimum, task), s.balanced, 1e-10 * s.balanced) << depth;
    if (depth == 1) continue;
    for (const std::uint64_t seed : {5U, 6U, 7U}) {
      EXPECT_GT(sharpness(moved(minimum, seed, 0.2), task), s.least) << depth;
    }
  }
}

TEST(Sharpness, NoMinimumOfCorrelatedInputsIsBelowTheBound) {
  for (const Index outputs : {1, 3}) {
    for (const std::uint64_t seed : {1U, 11U, 21U}) {
      const Task task = regression(outputs, seed);
      for (const Index depth : {1, 2, 4}) {
        const MinimizerSharpness s = minimizer_sharpness(task, depth);
        EXPECT_LE(s.least, s.balanced * (1 + 1e-12));
        EXPECT_LE(s.balanced, s.least * task.train.condition() * (1 + 1e-12));
        const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), 6);
        const DeepLinear minimum = networks::balanced_deep(task.target(), hidden, 3);
        EXPECT_NEAR(sharpness(minimum, task), s.balanced, 1e-9 * s.balanced) << depth;
        for (std::uint64_t k = 0; depth > 1 && k < 5; ++k) {
          EXPECT_GE(sharpness(moved(minimum, 100 + 10 * k, 0.1), task), s.least) << depth << " " << outputs;
        }
      }
    }
  }
}

TEST(Sharpness, OfTheFlowFromSmallWeightsTendsToTheBalanced) {
  const Task task = tasks::modes({.shape = {.outputs = 2, .inputs = 3}, .values = Vector{{2, 1}}, .seed = 1});
  const MinimizerSharpness s = minimizer_sharpness(task, 3);
  double before = 1;
  for (const double variance : {1e-1, 1e-2, 1e-3}) {
    const DeepLinear start = networks::gaussian_deep({3, 4, 4, 2}, {.variance = variance, .seed = 2});
    const Trajectory run =
        train(start, task, GradientFlow{.t_end = 1e4}, {.observables = {}, .schedule = Schedule::ends()});
    const double off = sharpness(*weights_of(*run.final), task) / s.balanced - 1;
    EXPECT_GE(off, -1e-6);
    EXPECT_LT(off, before);
    before = off;
  }
  EXPECT_LT(before, 0.01);
}

TEST(Sharpness, DescentStaysBelowTheEdge) {
  const Task task = tasks::coefficients({.values = Vector{{1}}, .inputs = 3});
  const DeepLinear start = networks::gaussian_deep({3, 6, 6, 6, 1}, {.variance = 1.0 / 6, .seed = 2});
  const auto end = [&](double step, double momentum) {
    const Trajectory run = train(
        start, task, GradientDescent{.step = step, .momentum = momentum, .max_steps = static_cast<Index>(400 / step)},
        {.observables = {}, .schedule = Schedule::ends()});
    EXPECT_LT(task.train.evaluate(end_to_end(*run.final)).cost, 1e-3);
    return sharpness(*weights_of(*run.final), task);
  };
  const double flow = end(1e-2, 0);
  const double step = 2 / (0.8 * flow);  // the flow's minimum is beyond the edge
  EXPECT_GT(flow, edge_of_stability(step));
  const double descent = end(step, 0);
  EXPECT_LT(descent, edge_of_stability(step) * (1 + 1e-6));
  EXPECT_GT(descent, minimizer_sharpness(task, 4).least);
  EXPECT_NEAR(edge_of_stability(0.1, 0.9), 38, 1e-12);
}

TEST(Sharpness, RefusesByName) {
  const Task task = tasks::target(normal(2, 3, 1));
  EXPECT_THAT(error_of([&] { minimizer_sharpness(task, 0); }), HasSubstr("depth: expected"));
  const Task masked = tasks::completion({.target = normal(3, 3, 1), .fraction = 0.5});
  EXPECT_THAT(error_of([&] { minimizer_sharpness(masked, 2); }), HasSubstr("task: expected a cost"));
  EXPECT_THAT(error_of([] { edge_of_stability(0); }), HasSubstr("solver.step"));
  EXPECT_THAT(error_of([] { edge_of_stability(1, 1); }), HasSubstr("solver.momentum"));
  EXPECT_THAT(error_of([] { edge_of_stability(1, std::nan("")); }), HasSubstr("solver.momentum"));
}

}  // namespace
}  // namespace linnet::landscape
