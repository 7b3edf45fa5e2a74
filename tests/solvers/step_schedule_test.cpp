#include "linnet/solvers/step_schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;
using Shape = StepSchedule::Shape;

TEST(StepSchedule, HasTheFactorsWrittenOut) {
  const StepSchedule cosine{.shape = Shape::cosine, .length = 50, .least = 0.1, .warmup = 10};
  for (Index k = 0; k < 10; ++k) EXPECT_EQ(cosine.at(k, 7), (static_cast<double>(k) + 1) / 10);
  EXPECT_EQ(cosine.at(10, 7), 1);
  EXPECT_NEAR(cosine.at(30, 7), 0.1 + 0.9 / 2, 1e-15);
  EXPECT_NEAR(cosine.at(20, 7), 0.1 + 0.9 * (1 + std::cos(std::numbers::pi / 4)) / 2, 1e-15);
  EXPECT_EQ(cosine.at(50, 7), 0.1);
  EXPECT_EQ(cosine.at(500, 7), 0.1);
  const StepSchedule to_the_end{.shape = Shape::cosine};
  EXPECT_NEAR(to_the_end.at(50, 100), 0.5, 1e-15);
  EXPECT_EQ(to_the_end.at(100, 100), 0);
  const StepSchedule steps{.shape = Shape::steps, .every = 5, .factor = 0.5, .warmup = 2};
  EXPECT_EQ(steps.at(1, 0), 1);
  EXPECT_EQ(steps.at(6, 0), 1);
  EXPECT_EQ(steps.at(7, 0), 0.5);
  EXPECT_EQ(steps.at(12, 0), 0.25);
}

std::vector<StepSchedule> schedules() {
  return {{.shape = Shape::cosine, .length = 40},
          {.shape = Shape::cosine, .length = 25, .least = 0.2, .warmup = 5},
          {.shape = Shape::steps, .every = 7, .factor = 0.6},
          {.warmup = 9},
          {.own = [](Index k) { return 1.0 / (1.0 + static_cast<double>(k)); }}};
}

TEST(StepSchedule, DescentIsThePlainLoopAndTimeTheSumOfItsSteps) {
  const Layerwise step{0.05, 0.02, 0.04};
  for (const double momentum : {0.0, 0.6}) {
    for (const StepSchedule& schedule : schedules()) {
      const DeepCase c = deep_cases()[0];
      const DeepLinear start = deep_start({5, 6, 4, 3});
      std::vector<Matrix> w = start.weights();
      std::vector<Matrix> v;
      for (const Matrix& layer : w) v.push_back(Matrix::Zero(layer.rows(), layer.cols()));
      double time = 0;
      std::vector<double> times{0};
      for (Index k = 0; k < 40; ++k) {
        const double factor = schedule.at(k, 40);
        const std::vector<Matrix> g = plain_gradients(w, c.gradient(plain_product(w)));
        for (std::size_t l = 0; l < w.size(); ++l) {
          v[l] = momentum * v[l] - factor * step[l] * g[l];
          w[l] += v[l];
        }
        time += factor * step.geometric_mean() / (1 - momentum);
        times.push_back(time);
      }
      const GradientDescent solver{.step = step, .momentum = momentum, .schedule = schedule, .max_steps = 40};
      const Trajectory run = train(start, c.task, solver);
      const auto& end = std::get<DeepLinear>(*run.final).weights();
      for (std::size_t l = 0; l < w.size(); ++l) EXPECT_LT(relative(end[l], w[l]), 1e-12);
      ASSERT_EQ(run.time.size(), times.size());
      for (std::size_t k = 0; k < times.size(); ++k) EXPECT_NEAR(run.time[k], times[k], 1e-13 * time);
      EXPECT_EQ(times_of(solver, {0, 13, 40}), (std::vector<double>{run.time[0], run.time[13], run.time[40]}));

      // A run that is continued goes on in its schedule, whose length must not be that of a part.
      GradientDescent half = solver;
      half.max_steps = 17;
      const Trajectory rest = train(train(start, c.task, half).checkpoint(), c.task, solver);
      EXPECT_EQ(rest.outcome.time, run.outcome.time);
      EXPECT_EQ(end_to_end(*rest.final), end_to_end(*run.final));
    }
  }
}

TEST(StepSchedule, SmallStepsFollowTheFlowInTheSumOfTheSteps) {
  const DeepCase c = deep_cases()[0];
  const DeepLinear start = deep_start({5, 6, 3});
  const GradientDescent solver{.step = 1e-3, .schedule = {.shape = Shape::cosine, .warmup = 200}, .max_steps = 2000};
  const Trajectory steps = train(start, c.task, solver);
  const Trajectory flowing = train(start, c.task, GradientFlow{.t_end = steps.outcome.time});
  EXPECT_LT(relative(end_to_end(*steps.final), end_to_end(*flowing.final)), 2e-3);
}

TEST(StepSchedule, BadInputIsNamed) {
  const DeepCase c = deep_cases()[0];
  const DeepLinear start = deep_start({5, 6, 3});
  const auto refused = [&](const StepSchedule& schedule) {
    return caught([&] { train(start, c.task, GradientDescent{.schedule = schedule}); }).text;
  };
  EXPECT_THAT(refused({.length = -1}), ::testing::HasSubstr("solver.schedule_steps"));
  EXPECT_THAT(refused({.least = 1.5}), ::testing::HasSubstr("solver.schedule_least"));
  EXPECT_THAT(refused({.every = 0}), ::testing::HasSubstr("solver.schedule_every"));
  EXPECT_THAT(refused({.factor = 0}), ::testing::HasSubstr("solver.schedule_factor"));
  EXPECT_THAT(refused({.warmup = -1}), ::testing::HasSubstr("solver.warmup"));
  EXPECT_THAT(refused({.own = [](Index k) { return k == 3 ? -1.0 : 1.0; }}), ::testing::HasSubstr("at step 3"));
}

}  // namespace
}  // namespace linnet
