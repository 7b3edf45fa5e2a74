#include "linnet/dynamics/mode.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace linnet {
namespace {

TEST(Mode, IsSaxesSigmoidAtThresholdZero) {
  const double y = 3;
  const double a0 = 1e-3;
  const Mode mode({.target = y, .threshold = 0, .start = a0});
  for (const double t : {0.0, 0.1, 1.0, 2.0, 5.0}) {
    const double e = std::exp(2 * y * t);
    EXPECT_NEAR(mode.at(t) / (y * e / (e - 1 + y / a0)), 1, 1e-14) << t;
  }
}

TEST(Mode, TimeToInvertsAt) {
  for (const double kappa : {1e-8, 0.3, 1e5}) {
    const Mode mode({.target = 2, .threshold = kappa});
    for (const double fraction : {1e-6, 0.1, 0.5, 0.99}) {
      EXPECT_NEAR(mode.at(mode.time_to(2 * fraction)) / (2 * fraction), 1, 1e-12) << kappa << " " << fraction;
    }
  }
}

}  // namespace
}  // namespace linnet
