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
