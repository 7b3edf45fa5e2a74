#include <algorithm>
#include <cmath>
#include <limits>

#include "core_support.hpp"
#include "linnet/observables/schedule.hpp"

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
  EXPECT_EQ(Schedule::every(1).times(2.5), (Times{1, 2, 2.5}));
}

TEST(Schedule, At) {
  EXPECT_EQ(Schedule::at({5, 2, 2, 99}).steps(7), (Steps{0, 2, 5, 7}));
  EXPECT_EQ(Schedule::at({0.25, 0.5, 0.75}).times(0.5), (Times{0.25, 0.5}));
  EXPECT_EQ(Schedule::at({0}).times(1), (Times{1}));
}

TEST(Schedule, Linear) {
  EXPECT_EQ(Schedule::linear(5).steps(100), (Steps{0, 25, 50, 75, 100}));
  EXPECT_EQ(Schedule::linear(5).times(2), (Times{0.5, 1, 1.5, 2}));
  EXPECT_EQ(Schedule::linear(50).steps(3), (Steps{0, 1, 2, 3})) << "no step twice";
}

TEST(Schedule, Logarithmic) {
  const Times t = Schedule::logarithmic(1e-3, 7).times(1e3);
  ASSERT_EQ(t.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_NEAR(t[i] / std::pow(10, static_cast<double>(i) - 3), 1, 1e-14);
  EXPECT_EQ(t.back(), 1e3) << "the end itself, not a rounding of it";
  EXPECT_EQ(Schedule::logarithmic(1, 3).steps(100), (Steps{0, 1, 10, 100}));
  EXPECT_EQ(Schedule::logarithmic(10, 3).times(2), (Times{2})) << "the first lies beyond the end";
}

TEST(Schedule, Ends) {
  EXPECT_EQ(Schedule::ends().steps(9), (Steps{0, 9}));
  EXPECT_EQ(Schedule::ends().steps(0), (Steps{0}));
  EXPECT_EQ(Schedule::ends().times(0.5), (Times{0.5}));
}

// As plain as the definition: every instant, rounded, sorted, once.
Steps by_a_list(const std::vector<double>& instants, Index max_steps) {
  Steps steps{0, max_steps};
  for (const double t : instants) {
    if (t <= static_cast<double>(max_steps)) steps.push_back(static_cast<Index>(std::llround(t)));
  }
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
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
      EXPECT_EQ(Schedule::linear(count).steps(end), by_a_list(even, end)) << end << " " << count;
      if (end > 0) {
        EXPECT_EQ(Schedule::logarithmic(0.3, count).steps(end), by_a_list(logarithmic, end));
      }
      EXPECT_EQ(Schedule::every(count).steps(end), by_a_list(each, end));
      EXPECT_EQ(Schedule::at(logarithmic).steps(end), by_a_list(logarithmic, end));
    }
  }
}

TEST(Schedule, KeepsNoListOfLongRuns) {
  const Index most = std::numeric_limits<Index>::max();
  EXPECT_EQ(Schedule::every(1).next_step(1'000'000'000'000, most), 1'000'000'000'001);
  EXPECT_EQ(Schedule::every(most).next_step(5, 100), 100);
  EXPECT_EQ(Schedule::every(1'000'000).steps(1'000'000'000).size(), 1001U);
  EXPECT_EQ(Schedule::linear(1'000'000'000).next_step(0, 10), 1) << "no more records than steps";
  EXPECT_EQ(Schedule::linear(1'000'000'000).next_step(0, 2'000'000'000'000), 2000);
  EXPECT_EQ(Schedule::ends().steps(most), (Steps{0, most}));
  EXPECT_EQ(Schedule::every(3).most_records(300), 102);
}

TEST(Schedule, RefusesBadInput) {
  EXPECT_EQ(error_of([] { (void)Schedule::every(1).times(std::numeric_limits<double>::infinity()); }),
            "solver.t_end: expected a finite time, for a schedule that divides it, got inf\n"
            "  hint: list the instants: the schedule \"at\"");
  EXPECT_EQ(error_of([] { (void)Schedule::every(1).times(1e14); }),
            "record.every: expected at most 1e7 records, got 1e+14 up to t = 1e+14\n"
            "  hint: for long times take the schedule \"logarithmic\"");
  EXPECT_EQ(error_of([] { Schedule::every(0); }), "record.every: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { Schedule::at({1, -2}); }), "record.at: expected a finite number >= 0, got -2");
  EXPECT_EQ(error_of([] { Schedule::linear(1); }), "record.linear: expected a whole number >= 2, got 1");
  EXPECT_EQ(error_of([] { Schedule::logarithmic(0, 5); }), "record.first: expected a finite number > 0, got 0");
  EXPECT_EQ(error_of([] { Schedule::logarithmic(1, 1); }), "record.logarithmic: expected a whole number >= 2, got 1");
}

}  // namespace
}  // namespace linnet
