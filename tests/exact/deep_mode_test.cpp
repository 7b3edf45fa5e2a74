#include "linnet/exact/deep_mode.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/mode.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"

namespace linnet {
namespace {

const std::vector<double>& starts() {
  static const std::vector<double> values{1e-30, 1e-12, 1e-3, 0.4, 1.3, 1.6, 2.6, 4.0, 50.0, 1e6};
  return values;
}

TEST(DeepMode, SolvesItsEquation) {
  for (const Index depth : {1, 2, 3, 4, 5, 8}) {
    for (const double start : starts()) {
      for (const double target : {1.5, 0.0}) {
        const DeepMode mode({.depth = depth, .start = start, .target = target, .rate = 0.7});
        const auto l = static_cast<double>(depth);
        for (const double part : {0.01, 0.3, 0.9}) {
          const double s = start * std::pow(std::max(target, 1e-3 * start) / start, part);
          const double t = mode.time_to(s);
          ASSERT_GT(t, 0) << depth << ' ' << start << ' ' << part;
          const double expected = -0.7 * l * std::pow(s, 2 - 2 / l) * (s - target);
          // From a tiny start s moves in a short time at the end of a long wait, so that the rounding of t changes s.
          const double rounding = 1e-15 * t * std::abs(expected) + 1e-13 * s;
          EXPECT_NEAR(mode.at(t), s, rounding) << depth << ' ' << start << ' ' << target << ' ' << part;
          const double room = target > 0 ? std::min(s, std::abs(s - target)) : s;
          const double h = 1e-4 * room / std::abs(expected);
          if (t < h || rounding > 1e-9 * room) continue;
          const double speed = (mode.at(t + h) - mode.at(t - h)) / (2 * h);
          EXPECT_NEAR(speed, expected, 1e-6 * std::abs(expected) + rounding / h)
              << depth << ' ' << start << ' ' << target << ' ' << part;
        }
      }
    }
  }
}

// Newton's method once fell back to the start from places where 1 - e^{-q} is 1 up to rounding.
TEST(DeepMode, FallsFromAboveAtEveryTime) {
  for (const Index depth : {3, 4, 5}) {
    for (const double target : {1.3474805143249777, 2.1419851139778094, 2.8612394186848658}) {
      const DeepMode mode({.depth = depth, .start = 6.455072179535716, .target = target});
      double before = 6.455072179535716;
      for (int k = 0; k < 400; ++k) {
        const double now = mode.at(std::pow(10, -3 + 0.01 * k));
        ASSERT_LE(now, before + 1e-15) << depth << ' ' << target << ' ' << k;
        before = now;
      }
      EXPECT_NEAR(before, target, 1e-12);
    }
  }
}

TEST(DeepMode, IsTheModeOfTwoLayers) {
  for (const double start : starts()) {
    const DeepMode deep({.depth = 2, .start = start, .target = 1.5});
    const Mode two({.target = 1.5, .threshold = 0, .start = start});
    for (const double t : {1e-6, 0.1, 1.0, 20.0, 1e3}) EXPECT_NEAR(deep.at(t), two.at(t), 1e-13 * two.at(t));
  }
}

TEST(DeepMode, IsWhatBalancedWeightsDo) {
  const Task task = tasks::target(Matrix::Constant(1, 1, 1.5));
  for (const Index depth : {1, 3, 4, 5}) {
    for (const double start : {1e-3, 3.0}) {
      const DeepMode mode({.depth = depth, .start = start, .target = 1.5});
      const double t_end = mode.time_to(start < 1 ? 1.4 : 1.6);
      const Trajectory run = train(DeepBalanced(Matrix::Constant(1, 1, start), static_cast<double>(depth)), task,
                                   GradientFlow{.t_end = t_end, .rtol = 1e-11, .atol = 1e-14},
                                   {.observables = {observables::singular_values()}, .schedule = Schedule::linear(20)});
      for (std::size_t i = 0; i < run.time.size(); ++i) {
        const double s = run.series[0].values(static_cast<Index>(i), 0);
        EXPECT_NEAR(mode.at(run.time[i]), s, 1e-7 * s) << depth;
      }
    }
  }
}

TEST(DeepMode, MovesOneWayFromItsStartToItsTarget) {
  for (const Index depth : {1, 2, 3, 6}) {
    for (const double start : starts()) {
      const DeepMode mode({.depth = depth, .start = start, .target = 1.5});
      EXPECT_EQ(mode.at(0), start);
      EXPECT_EQ(mode.at(infinity), 1.5);
      EXPECT_EQ(mode.time_to(1.5), infinity);
      EXPECT_EQ(mode.time_to(start), 0);
      EXPECT_TRUE(std::isnan(mode.time_to(start < 1.5 ? 1.6 : 1.4)));
      double before = start;
      for (double t = 1e-12; t < 1e200; t *= 7) {
        const double s = mode.at(t);
        const double slack = 1e-12 * before;
        if (start < 1.5) {
          ASSERT_TRUE(s >= before - slack && s <= 1.5) << depth << ' ' << start << ' ' << t << ' ' << s;
        } else {
          ASSERT_TRUE(s <= before + slack && s >= 1.5) << depth << ' ' << start << ' ' << t << ' ' << s;
        }
        before = s;
      }
    }
  }
}

TEST(DeepMode, StaysAtTheSaddle) {
  EXPECT_EQ(DeepMode({.depth = 3, .start = 0, .target = 1}).at(1e9), 0);
  EXPECT_EQ(DeepMode({.depth = 3, .start = 0, .target = 1}).time_to(0.5), infinity);
  EXPECT_NEAR(DeepMode({.depth = 1, .start = 0, .target = 1}).at(1), 1 - std::exp(-1.0), 1e-15);
}

TEST(DeepMode, RefusesWhatIsNoMode) {
  EXPECT_THROW(DeepMode({.depth = 0}), Error);
  EXPECT_THROW(DeepMode({.depth = 2, .start = -1}), Error);
  EXPECT_THROW(DeepMode({.depth = 2, .start = 1, .target = -1}), Error);
  EXPECT_THROW(DeepMode({.depth = 2, .start = 1, .target = 1, .rate = 0}), Error);
}

}  // namespace
}  // namespace linnet
