#include "linnet/observables/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using Steps = std::vector<Index>;
using Times = std::vector<double>;

TEST(Schedule, Every) {
  EXPECT_EQ(Schedule::every(1).steps(3), (Steps{0, 1, 2, 3}));
  EXPECT_EQ(Schedule::every(3).steps(7), (Steps{0, 3, 6, 7}));
  EXPECT_EQ(Schedule::every(7).steps(7), (Steps{0, 7}));
  EXPECT_EQ(Schedule::every(100).steps(7), (Steps{0, 7}));
}

TEST(Schedule, At) {
  EXPECT_EQ(Schedule::at({5, 2, 2}).steps(7), (Steps{0, 2, 5, 7}));
  EXPECT_EQ(Schedule::at({0.25, 0.5}).times(0.75), (Times{0.25, 0.5, 0.75}));
  EXPECT_EQ(Schedule::at({0}).times(1), (Times{1}));
  EXPECT_EQ(Schedule::at({3 * 0.1}).times(0.3), (Times{0.3})) << "the end, but for rounding";
  EXPECT_EQ(Schedule::at({(0.1 + 0.2) * 10}).steps(5), (Steps{0, 3, 5}));
}

TEST(Schedule, Automatic) {
  EXPECT_EQ(Schedule::automatic().steps(3), (Steps{0, 1, 2, 3}));
  EXPECT_EQ(Schedule::automatic().times(3), Schedule::linear(101).times(3));
  EXPECT_EQ(Schedule::automatic().times_from_start(0), (Times{0}));
}

TEST(Schedule, Linear) {
  EXPECT_EQ(Schedule::linear(5).steps(100), (Steps{0, 25, 50, 75, 100}));
  EXPECT_EQ(Schedule::linear(5).times(2), (Times{0.5, 1, 1.5, 2}));
  EXPECT_EQ(Schedule::linear(4).steps(10), (Steps{0, 3, 7, 10})) << "the nearest steps";
  EXPECT_EQ(Schedule::linear(4).steps(3), (Steps{0, 1, 2, 3}));
  EXPECT_EQ(Schedule::linear(50).steps(0), (Steps{0})) << "nothing to divide";
}

TEST(Schedule, Logarithmic) {
  const Times t = Schedule::logarithmic(1e-3, 7).times(1e3);
  ASSERT_EQ(t.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(t[i] / std::pow(10, static_cast<double>(i) - 3), 1, 1e-14);
  EXPECT_EQ(t.back(), 1e3) << "the end itself, not a rounding of it";
  EXPECT_EQ(Schedule::logarithmic(1, 3).steps(100), (Steps{0, 1, 10, 100}));
  EXPECT_EQ(Schedule::logarithmic(1, 8).steps(8), (Steps{0, 1, 2, 3, 4, 6, 8})) << "no step twice";
}

TEST(Schedule, Ends) {
  EXPECT_EQ(Schedule::ends().steps(9), (Steps{0, 9}));
  EXPECT_EQ(Schedule::ends().steps(0), (Steps{0}));
  EXPECT_EQ(Schedule::ends().times(0.5), (Times{0.5}));
}

// By the definition: every instant, rounded, sorted, without repetitions.
Steps by_a_list(const std::vector<double>& instants, Index max_steps) {
  Steps steps{0, max_steps};
  for (const double t : instants) {
    if (t <= static_cast<double>(max_steps)) steps.push_back(static_cast<Index>(std::llround(t)));
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  return steps;
}

Steps walked(const Schedule& schedule, Index max_steps) {
  Steps steps{0};
  while (steps.back() < max_steps) steps.push_back(schedule.next_step(steps.back(), max_steps));
  return steps;
}

TEST(Schedule, GoesFromStepToStep) {
  for (const Index end : {0, 1, 2, 7, 100, 12345}) {
    for (const Index count : {2, 3, 7, 50, 1000}) {
      std::vector<double> even{0};
      std::vector<double> logarithmic;
      std::vector<double> each;
      for (Index i = 0; i < count; ++i) {
        const double part = static_cast<double>(i) / static_cast<double>(count - 1);
        even.push_back(static_cast<double>(end) * part);
        logarithmic.push_back(0.3 * std::pow(static_cast<double>(end) / 0.3, part));
      }
      for (Index k = 0; k < end; k += count) each.push_back(static_cast<double>(k));
      EXPECT_EQ(walked(Schedule::linear(count), end), by_a_list(even, end)) << end << " " << count;
      if (end > 0) {
        EXPECT_EQ(walked(Schedule::logarithmic(0.3, count), end), by_a_list(logarithmic, end));
      }
      EXPECT_EQ(walked(Schedule::every(count), end), by_a_list(each, end));
      EXPECT_EQ(walked(Schedule::at(logarithmic), end), by_a_list(logarithmic, end));
    }
  }
}

TEST(Schedule, GoesOnFromAnyStep) {
  for (const Index count : {1, 2, 3, 7}) {
    for (Index after = 0; after < 12; ++after) {
      Index next = after + 1;
      while (next < 12 && next % count != 0) ++next;
      EXPECT_EQ(Schedule::every(count).next_step(after, 12), next) << count << " " << after;
    }
  }
}

TEST(Schedule, InstantsBeforeAnInfiniteEndStay) {
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Schedule::at({1.0, 2.0}).times_from_start(inf), (std::vector<double>{0, 1, 2, inf}));
  EXPECT_EQ(Schedule::ends().times_from_start(inf), (std::vector<double>{0, inf}));
}

TEST(Schedule, KeepsNoListOfLongRuns) {
  const Index most = std::numeric_limits<Index>::max();
  EXPECT_EQ(Schedule::every(1).next_step(1'000'000'000'000, most), 1'000'000'000'001);
  EXPECT_EQ(Schedule::every(most).next_step(5, 100), 100);
  EXPECT_EQ(Schedule::every(1'000'000).steps(1'000'000'000).size(), 1001U);
  EXPECT_EQ(Schedule::linear(1'000'000'000).next_step(0, 10), 1) << "no more records than steps";
  EXPECT_EQ(Schedule::linear(1'000'000'000).next_step(0, 2'000'000'000'000), 2000);
  EXPECT_EQ(Schedule::ends().steps(most), (Steps{0, most}));
  EXPECT_EQ(Schedule::every(3).most_steps(300), 102);
}

TEST(Schedule, RefusesBadInput) {
  EXPECT_EQ(error_of([] { (void)Schedule::linear(5).times(std::numeric_limits<double>::infinity()); }),
            "solver.t_end: expected a finite time, for a schedule that divides it, got inf\n"
            "  hint: list the instants: the schedule \"at\"");
  EXPECT_EQ(error_of([] { Schedule::every(0); }), "record.every: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { Schedule::at({1, -2}); }), "record.at: expected a finite number >= 0, got -2");
  EXPECT_EQ(error_of([] { Schedule::linear(1); }), "record.linear: expected a whole number >= 2, got 1");
  EXPECT_EQ(error_of([] { Schedule::logarithmic(0, 5); }), "record.first: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of([] { Schedule::logarithmic(1, 1); }), "record.logarithmic: expected a whole number >= 2, got 1");
}

// Requested instants that do not exist are errors.
TEST(Schedule, RefusesInstantsThatTheRunDoesNotHave) {
  EXPECT_EQ(error_of([] {
              (void)Schedule::at({0.1, 0.5}).times(0.3);
            }),
            "record.at: expected times up to solver.t_end = 0.3, got 0.5");
  EXPECT_EQ(error_of([] { (void)Schedule::at({0.5}).times_from_start(0); }),
            "record.at: expected times up to solver.t_end = 0, got 0.5");
  const std::string divide = "\n  hint: divide the time (linear, logarithmic) or list instants (at)";
  EXPECT_EQ(
      error_of([] { (void)Schedule::every(20).times(3); }),
      "record.every: expected a schedule of times, for what makes no steps of descent, got every 20 steps" + divide);
  EXPECT_EQ(error_of([] { (void)Schedule::logarithmic(10, 3).times(2); }),
            "record.first: expected a time before solver.t_end = 2, got 10");
  EXPECT_EQ(
      error_of([] {
        (void)Schedule::at({2, 2.5}).steps(9);
      }),
      "record.at: expected whole numbers of steps, for gradient descent, got 2.5\n  hint: step k is at time t = k η");
  EXPECT_EQ(error_of([] { (void)Schedule::at({99}).steps(7); }),
            "record.at: expected steps up to solver.max_steps = 7, got 99");
  EXPECT_EQ(error_of([] { (void)Schedule::linear(50).steps(3); }),
            "record.count: expected at most 4, the steps there are, got 50");
  EXPECT_EQ(error_of([] { (void)Schedule::logarithmic(2, 50).steps(10); }),
            "record.count: expected at most 9, the steps from record.first to the end, got 50");
  EXPECT_EQ(error_of([] { (void)Schedule::logarithmic(1e-3, 5).steps(10); }),
            "record.first: expected a step from 1 to before solver.max_steps = 10, got 0.001");
}

}  // namespace
}  // namespace linnet
