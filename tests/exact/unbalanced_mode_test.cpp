#include "linnet/exact/unbalanced_mode.hpp"

#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/mode.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

std::vector<LayerImbalance> imbalances_of_modes() {
  std::vector<LayerImbalance> all;
  for (const double balance : {-4.0, -0.3, -1e-4, 0.0, 1e-4, 0.3, 4.0}) {
    for (const UnbalancedLayer layer : {UnbalancedLayer::first, UnbalancedLayer::last}) {
      all.push_back({.balance = balance, .layer = layer});
    }
  }
  return all;
}

TEST(UnbalancedMode, SolvesItsEquation) {
  for (const Index depth : {2, 3, 5}) {
    for (const LayerImbalance& imbalance : imbalances_of_modes()) {
      for (const double start : {1e-12, 1e-3, 0.4, 2.6, 1e3}) {
        for (const double target : {1.5, 0.0}) {
          const UnbalancedMode mode(
              {.depth = depth, .start = start, .target = target, .imbalance = imbalance, .rate = 0.7});
          for (const double part : {0.3, 0.9}) {
            const double s = start * std::pow(std::max(target, 1e-3 * start) / start, part);
            const double t = mode.time_to(s);
            ASSERT_GT(t, 0);
            const LayerValues v = layer_values(s, depth, imbalance.excess());
            const auto l = static_cast<double>(depth);
            const double speed =
                -0.7 * (s - target) *
                (std::pow(v.inner, 2 * l - 2) + (l - 1) * std::pow(v.inner, 2 * l - 4) * v.outer * v.outer);
            EXPECT_NEAR(mode.at(t), s, 1e-12 * s + 1e-14 * t * std::abs(speed))
                << depth << ' ' << imbalance.balance << ' ' << start << ' ' << target;
            const double h = 1e-3 * std::min(s, target > 0 ? std::abs(s - target) : s);
            const double slope = (mode.time_to(s + h) - mode.time_to(s - h)) / (2 * h);
            EXPECT_NEAR(slope * speed, 1, 1e-5 + 1e-12 * t * std::abs(speed) / h)
                << depth << ' ' << imbalance.balance << ' ' << start << ' ' << target;
          }
        }
      }
    }
  }
}

TEST(UnbalancedMode, WithoutImbalanceIsTheBalancedOne) {
  for (const Index depth : {2, 3, 5}) {
    for (const double start : {1e-30, 1e-3, 0.4, 2.6, 1e6}) {
      const UnbalancedMode mode({.depth = depth, .start = start, .target = 1.5});
      const DeepMode balanced({.depth = depth, .start = start, .target = 1.5});
      for (const double s : {1e-2, 0.7, 1.4, 1.6, 100.0}) {
        const double expected = balanced.time_to(s);
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(mode.time_to(s)));
        } else {
          EXPECT_NEAR(mode.time_to(s), expected, 1e-12 * expected) << depth << ' ' << start << ' ' << s;
        }
      }
    }
  }
}

TEST(UnbalancedMode, OfTwoLayersIsTheKnownOne) {
  for (const LayerImbalance& imbalance : imbalances_of_modes()) {
    for (const double start : {0.0, 1e-30, 1e-3, 0.4, 2.6, 1e3}) {
      if (start == 0 && imbalance.balance == 0) continue;
      const UnbalancedMode mode({.depth = 2, .start = start, .target = 1.5, .imbalance = imbalance});
      const Mode two({.target = 1.5, .threshold = std::abs(imbalance.balance) / 2, .start = start});
      for (const double t : {1e-6, 0.1, 1.0, 10.0}) {
        EXPECT_NEAR(mode.at(t), two.at(t), 2e-13 * two.at(t)) << imbalance.balance << ' ' << start << ' ' << t;
      }
    }
  }
}

TEST(UnbalancedMode, IsWhatAlignedWeightsDo) {
  const Vector targets = (Vector(3) << 1.5, 1.0, 0.5).finished();
  const Matrix y = targets.asDiagonal();
  const Task task = tasks::target(y);
  for (const Index depth : {2, 3, 4}) {
    for (const LayerImbalance& imbalance : imbalances_of_modes()) {
      const double size = 0.05;
      const DeepLinear start = networks::deep_unbalanced(size * Matrix::Identity(3, 3),
                                                         std::vector<Index>(static_cast<std::size_t>(depth - 1), 3),
                                                         {.imbalance = imbalance, .seed = 2});
      const double t_end =
          UnbalancedMode({.depth = depth, .start = size, .target = 1.0, .imbalance = imbalance}).time_to(0.9);
      const Trajectory run = train(start, task, GradientFlow{.t_end = t_end, .rtol = 1e-11, .atol = 1e-14},
                                   {.observables = {observables::singular_values()}, .schedule = Schedule::linear(8)});
      for (std::size_t i = 0; i < run.time.size(); ++i) {
        for (Index k = 0; k < 3; ++k) {
          const UnbalancedMode mode({.depth = depth, .start = size, .target = targets(k), .imbalance = imbalance});
          const double s = run.series[0].values(static_cast<Index>(i), k);
          EXPECT_NEAR(mode.at(run.time[i]), s, 1e-7 * s) << depth << ' ' << imbalance.balance << ' ' << k;
        }
      }
    }
  }
}

TEST(UnbalancedMode, LeavesTheSaddleWhereTheBalancedLayersAreLarger) {
  const UnbalancedMode upstream({.depth = 3, .start = 0, .target = 1, .imbalance = {.balance = 2.0}});
  // Lazy at the start: μ(0) = δ^{L−1}.
  EXPECT_NEAR(upstream.at(1e-10), 4e-10, 1e-18);
  EXPECT_NEAR(upstream.at(upstream.time_to(0.5)), 0.5, 1e-13);
  const double from_almost =
      UnbalancedMode({.depth = 3, .start = 1e-12, .target = 1, .imbalance = {.balance = 2.0}}).time_to(0.5);
  EXPECT_NEAR(upstream.time_to(0.5), from_almost, 1e-12);
  const UnbalancedMode stays({.depth = 3, .start = 0, .target = 1, .imbalance = {.balance = -2.0}});
  EXPECT_EQ(stays.at(1e9), 0);
  EXPECT_EQ(stays.time_to(0.5), infinity);
  EXPECT_EQ(upstream.at(infinity), 1);
  EXPECT_EQ(upstream.at(1e200), 1);
  EXPECT_EQ(upstream.time_to(1), infinity);
}

TEST(UnbalancedMode, RefusesWhatIsNoMode) {
  EXPECT_EQ(error_of([] { UnbalancedMode({.depth = 1}); }), "mode.depth: expected a whole number >= 2, got 1");
  EXPECT_THROW(UnbalancedMode({.start = -1}), Error);
  EXPECT_THROW(UnbalancedMode({.start = 1, .target = -1}), Error);
  EXPECT_THROW(UnbalancedMode({.imbalance = {.balance = std::nan("")}}), Error);
  EXPECT_THROW(UnbalancedMode({.rate = 0}), Error);
}

}  // namespace
}  // namespace linnet
