#include "linnet/tasks/xor_points.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

TEST(XorPoints, AreAroundTheirCornersWithTheSignOfTheProduct) {
  const Task exact = tasks::xor_points({.samples = 8, .noise = 0});
  const Samples& s = *exact.samples();
  EXPECT_EQ(s.inputs.cwiseAbs(), Matrix::Ones(2, 8));
  EXPECT_EQ(s.targets.row(0), s.inputs.row(0).cwiseProduct(s.inputs.row(1)));
  EXPECT_EQ(s.inputs.leftCols(4).rowwise().sum(), Vector::Zero(2));  // every corner once

  const Task noisy = tasks::xor_points({.samples = 4000, .test_samples = 400, .noise = 0.3, .seed = 2});
  Matrix corners(2, 4000);
  for (Index i = 0; i < 4000; ++i) corners.col(i) = s.inputs.col(i % 4);
  const Matrix noise = noisy.samples()->inputs - corners;
  EXPECT_NEAR(noise.mean(), 0, 5 * 0.3 / std::sqrt(8000));
  EXPECT_NEAR(noise.squaredNorm() / 8000, 0.09, 5 * 0.09 * std::sqrt(2.0 / 8000));
  EXPECT_EQ(noisy.samples()->targets.leftCols(8), s.targets);
  EXPECT_NE(noisy.test_samples()->inputs.col(0), noisy.samples()->inputs.col(0));
}

TEST(XorPoints, RefusesWhatCannotBe) {
  EXPECT_THAT(error_of([] { tasks::xor_points({.samples = 0}); }), HasSubstr("task.samples"));
  EXPECT_THAT(error_of([] { tasks::xor_points({.test_samples = -1}); }), HasSubstr("task.test_samples"));
  EXPECT_THAT(error_of([] { tasks::xor_points({.noise = -1}); }), HasSubstr("task.noise"));
}

}  // namespace
}  // namespace linnet
