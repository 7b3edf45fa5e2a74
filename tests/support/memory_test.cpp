#include "linnet/support/memory.hpp"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <cmath>
#include <limits>

#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/tasks/one_hot.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Memory, IsKnownOfThisMachine) {
  const double left = memory_left();
  EXPECT_GT(left, 1e6);
  EXPECT_LT(left, 1e15);
  EXPECT_EQ(format_bytes(7.2e9), "7.2 GB");
  EXPECT_EQ(format_bytes(999.7e6), "1 GB");
  EXPECT_EQ(format_bytes(12), "12 B");
  EXPECT_EQ(format_bytes(5e24), "5e+06 EB");
}

TEST(Memory, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(error_of([] { require_memory(1e6, "x", "1"); }), "nothing was thrown");
  EXPECT_THAT(
      error_of([] { require_memory(3e19, "task.dim", "2000000000", "take less"); }),
      ::testing::MatchesRegex("task.dim: expected what fits into [0-9.]+ [GM]B of memory, got 2000000000, which "
                              "takes 30 EB\n  hint: take less"));
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(error_of([&] { require_memory(infinity, "x", "1"); }), StartsWith("x: expected what fits"));
  EXPECT_THAT(error_of([&] { require_memory(std::nan(""), "x", "1"); }), StartsWith("x: expected what fits"));
}

TEST(Memory, TheLimitOfTheProcessCounts) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  const rlimit tight{.rlim_cur = rlim_t{1} << 32U, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_AS, &tight), 0);
  const double left = memory_left();
  ASSERT_EQ(setrlimit(RLIMIT_AS, &before), 0);
  EXPECT_LT(left, 4294967296.0);
}

// Every option that is a size is refused by name before memory is taken.
TEST(Memory, SizesOfTasksAndStarts) {
  constexpr Index huge = 1'000'000'000;
  constexpr Index largest = 2'000'000'000'000'000'000;
  const auto refused = [](const char* field) { return StartsWith(std::string(field) + ": expected what fits into "); };
  EXPECT_THAT(error_of([&] { (void)tasks::low_rank_plus_noise({.dim = huge, .rank = 1}); }), refused("task.dim"));
  EXPECT_THAT(error_of([&] {
                (void)tasks::modes({.shape = {huge, huge}, .values = Vector::Ones(1)});
              }),
              refused("task.shape"));
  const Vector one = Vector::Ones(1);
  EXPECT_THAT(error_of([&] {
                (void)tasks::low_rank_regression({.shape = {2, 3}, .values = one, .samples = largest});
              }),
              refused("task.samples"));
  EXPECT_THAT(error_of([&] { (void)tasks::coefficients({.values = one, .samples = largest}); }),
              refused("task.samples"));
  EXPECT_THAT(error_of([&] { (void)tasks::coefficients({.values = one, .inputs = largest}); }), refused("task.shape"));
  EXPECT_THAT(error_of([&] { (void)tasks::teacher({.dim = 100, .samples = largest}); }), refused("task.samples"));
  EXPECT_THAT(error_of([&] { (void)tasks::teacher({.dim = 100, .neurons = largest}); }), refused("task.neurons"));
  EXPECT_THAT(error_of([&] { (void)tasks::teacher({.dim = 100, .test_samples = largest}); }),
              refused("task.test_samples"));
  EXPECT_THAT(
      error_of([&] { (void)tasks::random_hierarchy({.levels = 3, .samples = 1'000'000'000'000, .test_samples = 0}); }),
      ::testing::AnyOf(refused("task.samples"), HasSubstr("those held out included")));
  const Shape shape{.outputs = 10, .inputs = 10};
  EXPECT_THAT(error_of([&] { (void)networks::gaussian_weights(shape, {.width = largest, .variance = 1.0}); }),
              refused("network.width"));
  EXPECT_THAT(error_of([&] {
                (void)networks::gaussian_gram({huge, huge}, {.width = 5, .variance = 1.0});
              }),
              refused("network.state"));
  EXPECT_THAT(error_of([&] { (void)networks::infinite_width({huge, huge}, 1.0); }), refused("network.state"));
  EXPECT_THAT(error_of([&] {
                (void)networks::gaussian_deep({10, largest, 10}, {.variance = 1.0});
              }),
              refused("network.width"));
  EXPECT_THAT(error_of([&] { (void)networks::layer_sizes(shape, largest, 3); }), refused("network.depth"));
  EXPECT_THAT(error_of([&] { (void)networks::spherical_pairs(10, {.width = largest, .alpha = 1.0}); }),
              refused("network.width"));
}

TEST(Memory, AnyWidthHasItsGramState) {
  constexpr Index largest = 2'000'000'000'000'000'000;
  const Shape shape{.outputs = 3, .inputs = 3};
  const GramState g = networks::gaussian_gram(shape, {.width = largest, .variance = 1e-18});
  EXPECT_NEAR(g.input_representation()(0, 0), 2, 1e-6);
  EXPECT_GT(networks::glorot_variance(shape, std::numeric_limits<Index>::max())[0], 0);
}

TEST(Memory, RecordsOfALongRun) {
  const Task task = tasks::target(Matrix::Ones(1, 1));
  const DeepLinear start(Matrix::Ones(1, 1), 0.5 * Matrix::Ones(1, 1));
  const GradientDescent long_run{.step = 0.1, .max_steps = 1'000'000'000'000};
  EXPECT_THAT(error_of([&] { (void)train(start, task, long_run); }),
              StartsWith("record.schedule: expected what fits into "));
  EXPECT_THAT(error_of([&] { (void)Schedule::every(1).steps(1'000'000'000'000); }),
              StartsWith("record.schedule: expected what fits into "));
  EXPECT_THAT(error_of([&] { (void)Schedule::linear(1'000'000'000'000).times(1); }),
              StartsWith("record.schedule: expected what fits into "));
  // A run of that many steps with few records starts, and ends by its rule.
  GradientDescent stopped = long_run;
  stopped.stop = {stop::train_error_below(1e-3)};
  const Trajectory run = train(start, task, stopped, {.schedule = Schedule::every(1'000'000)});
  EXPECT_EQ(run.outcome.status, Status::stopped);
  EXPECT_EQ(run.time.size(), 2U);
}

}  // namespace
}  // namespace linnet
