#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/training/train.hpp"

namespace linnet {
namespace {

/// A small version of Mixed's figure 2: a signal of rank 3 in noise, trained until it overfits.
Task noisy_task() { return tasks::low_rank_plus_noise({.dim = 30, .rank = 3, .seed = 11}); }

GramState small_start(const Task& task) {
  return networks::gaussian_gram(task.shape(), {.width = 200, .variance = 1e-3, .seed = 12});
}

struct Errors {
  std::vector<double> train;
  std::vector<double> test;
};

Errors errors_of(const Trajectory& run) {
  const Vector train = run.values("train_error");
  const Vector test = run.values("test_error");
  return {{train.begin(), train.end()}, {test.begin(), test.end()}};
}

Trajectory run_with(std::vector<StopRule> stop, double step = 5e-3, Index max_steps = 400) {
  const Task task = noisy_task();
  return train(small_start(task), task, GradientDescent{.step = step, .max_steps = max_steps, .stop = std::move(stop)},
               {.observables = {observables::train_error(), observables::test_error(), observables::cost(),
                                observables::gradient_norm()},
                .at_best = {observables::stable_rank()}});
}

TEST(GradientDescent, RecordsErrorsBeforeEachUpdate) {
  const Task task = noisy_task();
  const Trajectory run = run_with({}, 5e-3, 7);
  EXPECT_EQ(run.step, (std::vector<Index>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(run.values("train_error")(0), task.train.error(small_start(task).end_to_end()));
  EXPECT_EQ(run.time[3], 5e-3 * 3);
  EXPECT_EQ(run.outcome.status, Status::completed);
  EXPECT_EQ(run.outcome.step, 7);
  EXPECT_EQ(run.outcome.statistics.velocity_evaluations, 7);
}

TEST(GradientDescent, TimeIsTheStepsTimesTheGeometricMeanOfTheRates) {
  const Task task = noisy_task();
  const Trajectory run = train(small_start(task), task, GradientDescent{.step = {1e-3, 4e-3}, .max_steps = 10});
  EXPECT_NEAR(run.outcome.time, 10 * 2e-3, 1e-17);
}

TEST(GradientDescent, WithNoStepsShowsTheStart) {
  const Trajectory run = run_with({}, 5e-3, 0);
  EXPECT_EQ(run.step, (std::vector<Index>{0}));
  EXPECT_EQ(run.outcome.status, Status::completed);
}

TEST(StopRules, FireAtTheFirstStepThatMeetsThem) {
  const Errors free = errors_of(run_with({}));
  const auto& train = free.train;
  const auto& test = free.test;
  const auto first = [&](std::size_t from, const auto& holds) {
    for (std::size_t k = from; k < train.size(); ++k) {
      if (holds(k)) return static_cast<Index>(k);
    }
    return Index{-1};
  };
  const double level = train.front() / 2;
  const Index below = first(0, [&](std::size_t k) { return train[k] < level; });
  const Index rose = first(4, [&](std::size_t k) { return test[k] > test[k - 1] && test[k - 1] > test[k - 2]; });
  const Index stalled =
      first(4, [&](std::size_t k) { return std::abs(train[k] - train[k - 1]) < 2e-4 && train[k] < train[0] - 1e-2; });
  ASSERT_GT(below, 0);
  ASSERT_GT(rose, 4);
  ASSERT_GT(stalled, 4);

  const auto expect_end = [](const Trajectory& run, const char* rule, Index step) {
    EXPECT_EQ(run.outcome.status, Status::stopped);
    EXPECT_EQ(run.outcome.rule, rule);
    EXPECT_EQ(run.outcome.step, step) << rule;
    EXPECT_EQ(run.step.back(), step) << rule;
  };
  expect_end(run_with({stop::train_error_below(level)}), "train_error_below", below);
  expect_end(run_with({stop::test_error_rose()}), "test_error_rose", rose);
  expect_end(run_with({stop::train_error_stalled()}), "train_error_stalled", stalled);
  expect_end(run_with(stop::mixed_authors()), "test_error_rose", rose);

  const Vector cost = run_with({}).values("cost");
  const Vector gradient = run_with({}).values("gradient_norm");
  expect_end(run_with({stop::cost_below((cost(20) + cost(21)) / 2)}), "cost_below", 21);
  expect_end(run_with({stop::gradient_below((gradient(20) + gradient(21)) / 2)}), "gradient_below", 21);
}

TEST(StopRules, NeedATestWhereTheyLookAtIt) {
  const Task task = tasks::target(Matrix::Identity(3, 3));
  const GramState start = networks::infinite_width(task.shape(), 1.0);
  try {
    train(start, task, GradientDescent{.stop = stop::mixed_authors()});
    FAIL() << "nothing thrown";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "solver.stop: expected rules that need no test error, got test_error_rose\n"
                 "  hint: give the task a signal or held-out data, or drop the rule");
  }
}

TEST(GradientDescent, KeepsTheBestOfAllStepsRecordedOrNot) {
  const Task task = noisy_task();
  const Errors all = errors_of(run_with({}));
  const auto best = std::min_element(all.test.begin(), all.test.end());
  const Trajectory run = train(small_start(task), task, GradientDescent{.step = 5e-3, .max_steps = 400},
                               {.schedule = Schedule::ends(), .at_best = {observables::stable_rank()}});
  EXPECT_EQ(run.step.size(), 2U);
  ASSERT_TRUE(run.best);
  EXPECT_EQ(run.best->step, best - all.test.begin());
  EXPECT_EQ(run.best->test_error, *best);
  EXPECT_EQ(run.best->train_error, all.train[static_cast<std::size_t>(run.best->step)]);
  EXPECT_EQ(run.best->time, 5e-3 * static_cast<double>(run.best->step));
  const Trajectory there = train(small_start(task), task, GradientDescent{.step = 5e-3, .max_steps = run.best->step},
                                 {.observables = {observables::stable_rank()}, .schedule = Schedule::ends()});
  EXPECT_EQ(run.best->values.at("stable_rank"), there.values("stable_rank")(1));
}

/// One mode, W_1 = W_2 = w: w⁺ = w − η(w² − 1)w, which diverges from w = 1.2 if η(w² − 1) > 2.
TEST(GradientDescent, CatchesDivergenceAtItsStep) {
  const Task task = tasks::target(Matrix::Constant(1, 1, 1.0));
  double w = 1.2;
  Index expected = 0;
  const double limit = 1e6 * 0.5;
  for (; 0.5 * std::pow(w * w - 1, 2) <= limit; ++expected) w -= 6 * (w * w - 1) * w;
  const DeepLinear start(Matrix::Constant(1, 1, 1.2), Matrix::Constant(1, 1, 1.2));
  for (const Network& network : {Network(start), Network(GramState::from_weights(start))}) {
    const Trajectory run = train(network, task, GradientDescent{.step = 6, .max_steps = 1000});
    EXPECT_EQ(run.outcome.status, Status::diverged);
    EXPECT_EQ(run.outcome.step, expected);
    EXPECT_EQ(run.step.back(), expected);
    EXPECT_GT(run.values("train_error")(expected), 2 * limit);
  }
}

TEST(GradientDescent, AStepThatOverflowsIsDivergenceNotAnError) {
  const Task task = noisy_task();
  const GramState gram = small_start(task);
  const DeepLinear weights = networks::gaussian_weights(task.shape(), {.width = 40, .variance = 1e-3, .seed = 1});
  for (const Network& start : {Network(gram), Network(weights), Network(networks::self_consistent(gram, 0.2))}) {
    for (const double step : {1e10, 1e100, 1e300}) {
      const Trajectory run = train(start, task, GradientDescent{.step = step, .max_steps = 1000});
      EXPECT_EQ(run.outcome.status, Status::diverged) << step;
      EXPECT_LE(run.outcome.step, 3) << step;
    }
  }
}

TEST(GradientDescent, StopsWhenItsObserverSaysSo) {
  const Task task = noisy_task();
  int calls = 0;
  const Trajectory run = train(small_start(task), task, GradientDescent{.step = 1e-3, .max_steps = 100},
                               {.schedule = Schedule::every(10)}, [&](const Progress& p) {
                                 EXPECT_EQ(p.done, calls);
                                 EXPECT_EQ(p.total, 100);
                                 return ++calls < 14;
                               });
  EXPECT_EQ(run.outcome.status, Status::interrupted);
  EXPECT_EQ(run.outcome.step, 13);
  EXPECT_EQ(run.step, (std::vector<Index>{0, 10, 13}));
}

TEST(GradientDescent, ComparedNetworksTakeTheSameSteps) {
  const Task task = noisy_task();
  const GramState start = small_start(task);
  const SelfConsistent other = networks::self_consistent(start, 0.2);
  const GradientDescent solver{.step = 5e-3, .max_steps = 60};
  const Record record{.schedule = Schedule::every(7)};
  const Comparison both = compare(start, other, task, solver, record);
  const Trajectory one = train(start, task, solver, record);
  const Trajectory two = train(other, task, solver, record);
  EXPECT_EQ(both.first.values("train_error"), one.values("train_error"));
  EXPECT_EQ(both.second.values("train_error"), two.values("train_error"));
  EXPECT_EQ(both.distance(0), 0);
  EXPECT_EQ(both.distance(both.distance.size() - 1), (end_to_end(*one.final) - end_to_end(*two.final)).norm());
  EXPECT_GE(both.largest_distance, both.distance.maxCoeff());
}

TEST(GradientDescent, NamesTheOptionAtFault) {
  const Task task = noisy_task();
  const auto text = [&](const GradientDescent& options) -> std::string {
    try {
      train(small_start(task), task, options);
      return "nothing thrown";
    } catch (const Error& error) {
      return error.what();
    }
  };
  EXPECT_EQ(text({.step = 0}), "solver.step: expected a finite number > 0, got 0");
  EXPECT_EQ(text({.step = {1e-3, std::nan("")}}), "solver.step: expected a finite number > 0, got nan");
  EXPECT_EQ(text({.max_steps = -1}), "solver.max_steps: expected a whole number >= 0, got -1");
  EXPECT_EQ(text({.divergence_factor = 0}), "solver.divergence_factor: expected a finite number > 0, got 0");
}

}  // namespace
}  // namespace linnet
