#include <gtest/gtest.h>

#include <cmath>

#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;
using Kind = FlowEvent::Kind;
using Method = GradientFlow::Method;

/// Singular values 4, 2, 1 with random singular vectors.
Task three_modes() {
  return tasks::modes({.shape = {.outputs = 4, .inputs = 5}, .values = Vector{{4.0, 2.0, 1.0}}, .seed = 3});
}

Matrix at_origin(const Task& task) {
  return task.train.evaluate(Matrix::Zero(task.shape().outputs, task.shape().inputs)).gradient;
}

/// r(t) along the escape path, from the leading term of the cost at the origin.
double escape_law(double r0, double s, double depth, double t) {
  if (depth == 2) return r0 * std::exp(s * t);
  const double power = depth - 2;
  return std::pow(std::pow(r0, -power) - power * s * std::pow(depth, 1 - depth / 2) * t, -1 / power);
}

TEST(Escape, FollowsItsLawToTheIntegratorsTolerance) {
  const Task task = three_modes();
  for (const std::size_t depth : {2U, 3U, 4U, 5U}) {
    for (const Method method : {Method::adams, Method::bdf, Method::explicit_runge_kutta}) {
      const double real = static_cast<double>(depth);
      const double r0 = 1e-8;
      const std::vector<Index> hidden(depth - 1, 6);
      const DeepLinear start = networks::escape_path(at_origin(task), hidden, r0, 0, 1);
      // Until |θ| has grown a hundredfold: the other terms of the cost are then of order (1e-6)^L.
      const double t = depth == 2 ? std::log(100) / 4
                                  : (1 - std::pow(100, 2 - real)) * std::pow(r0, 2 - real) /
                                        ((real - 2) * 4 * std::pow(real, 1 - real / 2));
      constexpr double rtol = 1e-10;
      const Trajectory run = train(start, task, GradientFlow{.t_end = t, .rtol = rtol, .method = method},
                                   {.observables = {observables::parameter_norm()}, .schedule = Schedule::ends()});
      const double r = run.values("parameter_norm")(1);
      EXPECT_NEAR(r, 1e-6, 2e-8);
      // Errors of rtol |y| + atol in each step, at first twice rtol |y|, add up, and the law magnifies early errors by
      // 100^{L−2}.
      const double steps = static_cast<double>(run.outcome.statistics.steps);
      EXPECT_NEAR(r / escape_law(r0, 4, real, t), 1, 2 * rtol * steps * std::pow(100, real - 2)) << "depth " << depth;
    }
  }
}

TEST(Escape, IsInItsClosedFormTimeForLaterModesToo) {
  const Task task = three_modes();
  const double r0 = 1e-4;
  for (const Index mode : {Index{0}, Index{1}, Index{2}}) {
    const DeepLinear start = networks::escape_path(at_origin(task), {3, 3}, r0, mode, 1);
    const double s = 4 / std::pow(2, mode);
    const double blow_up = 1 / (r0 * s * std::pow(3, -0.5));
    const Trajectory run = train(start, task, GradientFlow{.t_end = 0.9 * blow_up},
                                 {.observables = {observables::parameter_norm()}, .schedule = Schedule::ends()});
    EXPECT_NEAR(run.values("parameter_norm")(1) / (10 * r0), 1, 1e-6);
  }
}

TEST(SmallStart, OfFourLayersEscapesOnTimeAndLearnsTheFirstMode) {
  // The wait takes 2e16 relaxation times, and the learning after it takes a few.
  const Task task = three_modes();
  const double r0 = 2e-8;
  const DeepLinear start = networks::escape_path(at_origin(task), {6, 6, 6}, r0, 0, 1);
  const double blow_up = 1 / (2 * 4 * std::pow(4, -1) * r0 * r0);
  const GradientFlow flow{.t_end = 1.5 * blow_up,
                          .method = Method::bdf,
                          .events = {{.kind = Kind::cost_below, .value = 0.5 * (4 + 1) + 1e-6, .terminal = true}}};
  const Trajectory run =
      train(start, task, flow, {.observables = {observables::singular_values()}, .schedule = Schedule::ends()});
  ASSERT_EQ(run.outcome.status, Status::stopped);
  EXPECT_NEAR(run.outcome.time / blow_up, 1, 1e-6);
  EXPECT_NEAR(run["singular_values"].values(1, 0), 4, 1e-2);
  EXPECT_LT(run["singular_values"].values(1, 1), 1e-6);
}

TEST(SmallStart, TimeIsCountedAnewSoThatNoWaitIsTooLong) {
  // After 1e22 the spacing of doubles is two million, and the escape takes a few units of time.
  const Task task = three_modes();
  const double r0 = 1e-11;
  const DeepLinear start = networks::escape_path(at_origin(task), {6, 6, 6}, r0, 0, 1);
  const double blow_up = 1 / (2 * 4 * std::pow(4, -1) * r0 * r0);
  EXPECT_GT(blow_up, 4.9e21);
  const GradientFlow flow{
      .t_end = 1e22, .method = Method::bdf, .events = {{.kind = Kind::cost_below, .value = 5.0, .terminal = true}}};
  const Trajectory run = train(start, task, flow, {.schedule = Schedule::ends()});
  ASSERT_EQ(run.outcome.status, Status::stopped);
  EXPECT_NEAR(run.outcome.time / blow_up, 1, 1e-6);
}

TEST(SmallStart, GaussianWeightsVisitSaddlesOfRisingRank) {
  // Modes are learned one by one: at each plateau the cost is that of the modes not learned yet.
  const Task task = three_modes();
  for (const Index depth : {Index{2}, Index{3}}) {
    const DeepLinear start =
        networks::gaussian_deep(networks::layer_sizes(task.shape(), depth, 10), {.variance = 1e-8, .seed = 5});
    const GradientFlow flow{.t_end = 1e6, .method = Method::bdf};
    const Trajectory run =
        train(start, task, flow,
              {.observables = {observables::cost(), observables::singular_values(), observables::gradient_norm()},
               .schedule = Schedule::logarithmic(1e-1, 4000)});
    const Vector cost = run.values("cost");
    const Matrix& s = run["singular_values"].values;
    for (const auto& [value, rank] : {std::pair{10.5, 0}, {2.5, 1}, {0.5, 2}, {0.0, 3}}) {
      Index nearest = 0;
      (cost.array() - value).abs().minCoeff(&nearest);
      EXPECT_NEAR(cost(nearest), value, 1e-2) << "depth " << depth << ", rank " << rank;
      for (Index i = 0; i < 3; ++i) {
        EXPECT_NEAR(s(nearest, i), i < rank ? 4 / std::pow(2, i) : 0, 0.1) << "depth " << depth << ", rank " << rank;
      }
    }
    for (Index k = 1; k < cost.size(); ++k) EXPECT_LE(cost(k), cost(k - 1) + 1e-9);
  }
}

}  // namespace
}  // namespace linnet
