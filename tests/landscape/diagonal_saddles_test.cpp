#include "linnet/landscape/diagonal_saddles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "linnet/exact/mirror.hpp"
#include "linnet/observables/neuron.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet::landscape {
namespace {

using linnet::testing::error_of;
using linnet::testing::normals;
using linnet::testing::Regression;
using ::testing::StartsWith;

Regression sparse(std::uint64_t seed, Index samples, Index inputs) {
  linalg::Random random({.seed = seed});
  Vector truth = Vector::Zero(inputs);
  truth.head(3) << 2, -1, 0.6;
  return linnet::testing::regression(normals(random, samples, inputs), truth);
}

/// When each saddle but the first is reached: the largest of the values that it gains passes half of its value there.
std::vector<double> jump_times(const Network& start, const Task& task, const std::vector<DiagonalSaddle>& saddles,
                               const GradientFlow& flow) {
  const Trajectory run =
      train(start, task, flow, {.observables = {observables::coefficients()}, .schedule = Schedule::linear(10001)});
  const Matrix values = run.series.front().values;
  std::vector<double> times;
  for (std::size_t k = 1; k < saddles.size(); ++k) {
    Index gained = 0;
    (saddles[k - 1].values.array() == 0).select(saddles[k].values, 0).cwiseAbs().maxCoeff(&gained);
    const double half = saddles[k].values(gained) / 2;
    Index i = 0;
    while (i + 1 < values.rows() && values(i, gained) / half < 1) ++i;
    times.push_back(run.time[static_cast<std::size_t>(i)]);
  }
  return times;
}

// For Y = β* on white inputs mode i jumps alone, when its integral |β*_i|τ reaches 1.
TEST(DiagonalSaddles, OfWhiteInputsJumpOneByOne) {
  const Vector target = Vector{{0.5, -2.0, 0.0, 1.0}};
  const auto saddles = diagonal_saddles(tasks::target(target.transpose()));
  ASSERT_EQ(saddles.size(), 4U);
  const std::vector<double> times{0, 0.5, 1, 2};
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_NEAR(saddles[k].time, times[k], 1e-14);
    const Vector expected = (target.array().abs() >= 1 / times[k]).select(target, 0);
    EXPECT_EQ(saddles[k].values, k > 0 ? expected : Vector(Vector::Zero(4)));
  }
  const auto positive = diagonal_saddles(tasks::target(target.transpose()), true);
  ASSERT_EQ(positive.size(), 3U);
  EXPECT_EQ(positive.back().values, target.cwiseMax(0));
}

/// The conditions of the limit at every saddle, written out. At the end they are those of the least Σ|s_i|: σ lies in
/// the span of the inputs.
TEST(DiagonalSaddles, MeetTheirConditions) {
  int vanished = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    linalg::Random random({.seed = seed});
    const Index inputs = 8;
    const Index samples = 3 + static_cast<Index>(seed % 8);
    const Task task = linnet::testing::regression(normals(random, samples, inputs), normals(random, inputs)).task;
    const auto saddles = diagonal_saddles(task);
    const auto slope = [&](const DiagonalSaddle& s) -> Vector {
      return task.train.evaluate(s.values.transpose()).gradient.transpose();
    };
    Vector sigma = Vector::Zero(inputs);
    const double rounding = 1e-9 * slope(saddles.front()).norm();
    for (std::size_t k = 1; k < saddles.size(); ++k) {
      sigma -= (saddles[k].time - saddles[k - 1].time) * slope(saddles[k - 1]);
      EXPECT_LT(saddles[k].cost, saddles[k - 1].cost);
      EXPECT_LE(sigma.cwiseAbs().maxCoeff(), 1 + 1e-9);
      const Vector g = slope(saddles[k]);
      for (Index i = 0; i < inputs; ++i) {
        const double s = saddles[k].values(i);
        if (s != 0) {
          EXPECT_NEAR(sigma(i), s > 0 ? 1 : -1, 1e-9) << seed << ' ' << k << ' ' << i;
          EXPECT_NEAR(g(i), 0, rounding);
        } else {
          // At ±1 and at rest, the slope is not towards the allowed sign.
          EXPECT_TRUE(std::abs(sigma(i)) < 1 - 1e-9 || sigma(i) * g(i) >= -rounding) << seed << ' ' << k << ' ' << i;
          vanished += saddles[k - 1].values(i) != 0 ? 1 : 0;
        }
      }
    }
    EXPECT_LT(slope(saddles.back()).norm(), 10 * rounding);
    const double least = interpolator(Diagonal(Vector::Zero(inputs), 1e-8), task).lpNorm<1>();
    EXPECT_LE(saddles.back().values.lpNorm<1>(), least * (1 + 1e-9)) << seed;
    EXPECT_NEAR(saddles.back().values.lpNorm<1>(), least, 0.02 * least) << seed;
  }
  EXPECT_GT(vanished, 3);  // values that fall back to 0
}

// Jumps at T τ_k + O(1): the slope between two κ is τ_k, up to what is not yet at rest.
TEST(DiagonalSaddles, AreVisitedByTrainedNetworksOfTinyStarts) {
  const Regression data = sparse(5, 12, 6);
  const auto saddles = diagonal_saddles(data.task);
  ASSERT_GE(saddles.size(), 4U);
  std::vector<std::vector<double>> times;
  std::vector<double> units;
  for (const double kappa : {1e-20, 1e-30}) {
    const Network start = Diagonal(Vector::Zero(6), kappa);
    units.push_back(small_start(start).unit);
    const double t_end = (saddles.back().time + 0.5) * units.back();
    times.push_back(jump_times(start, data.task, saddles, {.t_end = t_end, .rtol = 1e-10, .atol = 1e-6 * kappa}));
  }
  EXPECT_NEAR(units[0], 10 * std::log(10), 1e-12);
  for (std::size_t k = 1; k < saddles.size(); ++k) {
    const double slope = (times[1][k - 1] - times[0][k - 1]) / (units[1] - units[0]);
    EXPECT_NEAR(slope, saddles[k].time, 2e-3 * saddles[k].time) << k;
    EXPECT_NEAR(times[1][k - 1] / units[1], saddles[k].time, 0.1 * saddles[k].time);
  }
}

TEST(DiagonalSaddles, HoldAtAnyDepth) {
  const Regression data = sparse(5, 12, 6);
  for (const Index depth : {3, 4}) {
    for (const bool positive : {false, true}) {
      const auto saddles = diagonal_saddles(data.task, positive);
      const double alpha = depth == 3 ? 1e-3 : 0.03;
      std::vector<double> scales(static_cast<std::size_t>(depth), alpha);
      if (!positive) scales[0] = 0;
      const Network start = DeepDiagonal(depth, 6, Layerwise(scales));
      const SmallStart small = small_start(start);
      EXPECT_EQ(small.positive, positive);
      const auto times = jump_times(start, data.task, saddles,
                                    {.t_end = (saddles.back().time + 0.2) * small.unit,
                                     .rtol = 1e-9,
                                     .atol = 1e-9 * alpha,
                                     .method = GradientFlow::Method::bdf});
      for (std::size_t k = 1; k < saddles.size(); ++k) {
        EXPECT_NEAR(times[k - 1] / small.unit, saddles[k].time, 0.01 * saddles[k].time) << depth << ' ' << k;
      }
    }
  }
}

TEST(DiagonalSaddles, RefuseWhatHasNoSuchLimit) {
  EXPECT_THAT(error_of([] { (void)diagonal_saddles(tasks::target(Matrix::Ones(2, 2))); }), StartsWith("task: "));
  for (const Network& start :
       {Network(Diagonal(Vector::Ones(2), 1e-3)), Network(Diagonal(Vector::Zero(2), 1.0)),
        Network(DeepDiagonal(Matrix{{0.1, 0.2}, {0.1, 0.1}})), Network(DeepDiagonal(3, 2, {0.0, 0.0, 0.1})),
        Network(DeepDiagonal(3, 2, 2.0)), Network(DeepDiagonal(3, 2, 0.0))}) {
    EXPECT_THAT(error_of([&] { (void)small_start(start); }), StartsWith("network: "));
  }
  // At the minimum already: one saddle, which is the end.
  EXPECT_EQ(diagonal_saddles(tasks::target(Matrix::Zero(1, 3))).size(), 1U);
}

}  // namespace
}  // namespace linnet::landscape
