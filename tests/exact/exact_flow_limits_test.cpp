#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::a_task;
using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

TEST(ExactFlow, WarnsOfASaddle) {
  const Matrix y = Vector{{1.0, 0.5}}.asDiagonal();
  // The determinant has the wrong sign, which zero-balanced weights cannot change.
  const Matrix a0 = Vector{{0.1, -0.1}}.asDiagonal();
  const ExactFlow stuck(networks::balanced(a0, 0, 2), tasks::target(y));
  EXPECT_THAT(stuck.warning(), HasSubstr("saddle"));
  EXPECT_EQ(ExactFlow(networks::balanced(a0, 1e-3, 2), tasks::target(y)).warning(), "");
  const ExactFlow close(networks::balanced(a0, 1e-8, 2), tasks::target(y));
  EXPECT_THAT(close.warning(),
              HasSubstr("it comes close to a saddle, and when it leaves is known to a relative error"));
  const ExactFlow zero(SelfConsistent(Matrix::Zero(2, 2), 0.0), tasks::target(y));
  EXPECT_THAT(zero.warning(), HasSubstr("saddle"));
  EXPECT_EQ(zero.end_to_end(5), Matrix::Zero(2, 2));
  // A bottleneck along the smaller mode stays there, and this mode grows.
  const Matrix along = Vector{{0.0, 0.1}}.asDiagonal();
  EXPECT_THAT(ExactFlow(networks::balanced(along, 0, 1), tasks::target(y)).warning(), HasSubstr("saddle"));
}

TEST(ExactFlow, KnowsWhichModesAreNeverLearned) {
  const Task task = tasks::target(Vector{{2.0, 1.0, 0.5}}.asDiagonal());
  const auto flow_of = [&](const Vector& a0, double balance, Index width) {
    return ExactFlow(networks::balanced(a0.asDiagonal(), balance, width), task);
  };
  using Learned = std::vector<bool>;
  // A bottleneck learns as many modes as its width, the largest in which it has a component.
  const ExactFlow narrow(networks::balanced(networks::random_end_to_end(task.shape(), 2, 0.01, 3), 0, 2), task);
  EXPECT_EQ(narrow.learned(), (Learned{true, true, false}));
  EXPECT_EQ(flow_of(Vector{{0.0, 0.1, 0.1}}, 0, 2).learned(), (Learned{false, true, true}));
  // At a saddle a mode of the wrong sign and a mode of size 0 are not learned; for κ = 0 neither passes 0.
  EXPECT_EQ(flow_of(Vector{{0.1, -0.1, 0.1}}, 0, 3).learned(), (Learned{true, false, true}));
  const ExactFlow stuck = flow_of(Vector{{0.1, 0.1, 0.0}}, 0, 3);
  EXPECT_EQ(stuck.learned(), (Learned{true, true, false}));
  EXPECT_EQ(stuck.activation_times(), (Vector{{0.0, 0.0, infinity}}));
  EXPECT_EQ(ExactFlow(SelfConsistent(Matrix::Zero(3, 3), 0.0), task).learned(), (Learned{false, false, false}));
  // With λ ≠ 0 and with infinite width all modes are learned; a mode with y = 0 has nothing to learn.
  EXPECT_EQ(flow_of(Vector{{0.1, -0.1, 0.1}}, 0.3, 3).learned(), (Learned{true, true, true}));
  const Task singular = tasks::target(Vector{{2.0, 1.0, 0.0}}.asDiagonal());
  const ExactFlow wide(networks::infinite_width({.outputs = 3, .inputs = 3}, 0.3), singular);
  EXPECT_EQ(wide.learned(), (Learned{true, true, false}));
  // If there are more equal singular values than neurons, any of them may be learned.
  const Task equal = tasks::target(Matrix::Identity(3, 3));
  const ExactFlow one(networks::balanced(networks::random_end_to_end(equal.shape(), 1, 0.1, 3), 0, 1), equal);
  EXPECT_EQ(one.learned(), (Learned{true, true, true}));
}

TEST(ExactFlow, TellsASaddleOfWeightsFarLargerThanTheTarget) {
  // λ is determined to rounding of the squared weights; the directions that grow rotate by this error over y.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto size = static_cast<Index>(1 + seed % 4);
    Matrix a0 = 1000 * normal(size, size, 2 * seed);
    Matrix y = 0.01 * normal(size, size, 2 * seed + 1);
    if (a0.determinant() * y.determinant() > 0) a0.row(0) *= -1;
    const ExactFlow flow(networks::balanced(a0, 0, size), tasks::target(y));
    EXPECT_TRUE(flow.at_saddle()) << seed;
    const std::vector<bool> learned = flow.learned();
    EXPECT_EQ(std::count(learned.begin(), learned.end(), false), 1) << seed;
    a0.row(0) *= -1;
    EXPECT_FALSE(ExactFlow(networks::balanced(a0, 0, size), tasks::target(y)).at_saddle()) << seed;
  }
}

// Each mode independently, in as many digits as needed.
TEST(ExactFlow, KnowsTimesHoweverLateTheyAre) {
  const auto check = [](const Vector& y, double kappa) {
    const ExactFlow flow(SelfConsistent(Matrix::Zero(y.size(), y.size()), kappa), tasks::target(y.asDiagonal()));
    const Vector half = flow.learning_times(0.5);
    const Vector active = flow.activation_times();
    for (Index i = 0; i < y.size(); ++i) {
      const Mode mode({.target = y(i), .threshold = kappa});
      EXPECT_NEAR(half(i) / mode.time_to(y(i) / 2), 1, 1e-9) << y(i) << ' ' << kappa;
      EXPECT_NEAR(active(i) / mode.time_to(kappa), 1, 1e-9) << y(i) << ' ' << kappa;
    }
  };
  check(Vector{{1.0, 1e-8}}, 1e-11);
  check(Vector{{1e-120, 1e-125}}, 1e-140);
  check(Vector{{3.0, 2.0, 1e-3}}, 1e-100);
}

// λ is far below 0: the first layer alone fits what its two neurons reach, and turns to the rest at the rate y²/|λ|.
TEST(ExactFlow, KnowsTheTimesOfDelayedRichStarts) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Task task = tasks::target(normal(2, 3, seed));
    const ExactFlow flow(networks::balanced(networks::random_end_to_end(task.shape(), 2, 0.3, seed), -3000, 2), task);
    const Vector times = flow.learning_times(0.9);
    const Vector end = flow.modes(infinity);
    for (Index i = 0; i < 2; ++i) {
      const double level = 0.9 * flow.target()(i);
      ASSERT_GT(end(i), level);
      ASSERT_LT(times(i), 1e6) << seed;
      EXPECT_NEAR(flow.modes(times(i))(i) / level, 1, 1e-9) << seed;
      for (double t = 1e-6 * times(i); t < times(i); t *= 1.05) EXPECT_LT(flow.modes(t)(i), level) << seed << ' ' << t;
    }
  }
}

// One neuron learns the smaller mode and forgets it on its way to the larger mode.
TEST(ExactFlow, DoesNotMissWhatPassesBetween) {
  const Vector y{{1.0, 0.999}};
  const Vector direction{{1e-6, 1.0}};
  const Matrix w1 = 1e-3 * direction.transpose();
  const ExactFlow flow(DeepLinear(w1, 1e-3 * direction), tasks::target(y.asDiagonal()));
  const Vector times = flow.learning_times(0.5);
  // Along one mode the time is about ln(1/a_0)/(2y); the other mode then gains on it by e^{2·0.001 t}·1e-12.
  EXPECT_NEAR(times(1), Mode({.target = y(1), .start = 1e-6}).time_to(y(1) / 2), 1e-3);
  EXPECT_GT(times(0), std::log(1e6) / 0.001 - 100);
  EXPECT_NEAR(flow.modes(times(0))(0), 0.5, 1e-9);
  EXPECT_EQ(flow.learned(), (std::vector<bool>{true, false}));
}

TEST(ExactFlow, BestIsTheLeastOfAllMinima) {
  for (const std::uint64_t seed : {71U, 73U, 5U}) {
    const Task task = tasks::low_rank_plus_noise({.dim = 20, .rank = 2, .seed = seed});
    const ExactFlow flow(SelfConsistent(Matrix::Zero(20, 20), 1e-6), task);
    const BestMoment expected = ModeFlow(sample_spectrum(task), {.scales = 1e-6}).best();
    EXPECT_NEAR(flow.best().test_error / expected.test_error, 1, 1e-9) << seed;
    EXPECT_NEAR(flow.best().time / expected.time, 1, 1e-5) << seed;
  }
}

// The first mode moves away from the signal, the second towards it. While both still grow exponentially, the error
// falls by 1e-6 of its value, and afterwards it only rises.
TEST(ExactFlow, BestIsFoundInAShallowDipLongBeforeModesAreLearned) {
  const Vector y{{8.5, 6.7, 1.2}};
  const Vector overlap{{-0.0051, 0.0454, -0.2502}};
  Matrix signal = overlap.asDiagonal();
  signal(0, 1) = 1;
  const Task task = tasks::target(y.asDiagonal(), signal);
  const ExactFlow flow(SelfConsistent(Matrix::Zero(3, 3), 1e-7), task);
  double least = flow.test_error(0);
  for (double t = 0.3; t < 0.7; t += 1e-4) least = std::min(least, flow.test_error(t));
  EXPECT_LT(least, (1 - 1e-6) * flow.test_error(0));
  EXPECT_LE(flow.best().test_error, least);
  EXPECT_NEAR(flow.best().time, 0.5213279591604285, 1e-4);  // by the modes alone, with bounds
}

TEST(ExactFlow, RefusesFractionsThatAreNone) {
  const Task task = a_task({.outputs = 3, .inputs = 3}, 31);
  const ExactFlow flow(networks::infinite_width(task.shape(), 0.1), task);
  EXPECT_EQ(error_of([&] { return flow.learning_times(0); }), "fraction: expected a number above 0 and below 1, got 0");
  for (const double fraction : {1.0, -0.5, 2.0, infinity, std::nan("")}) {
    EXPECT_THAT(error_of([&] { return flow.learning_times(fraction); }),
                HasSubstr("fraction: expected a number above 0"));
    EXPECT_THAT(error_of([&] { return ModeFlow(sample_spectrum(task), {.scales = 0.1}).learning_times(fraction); }),
                HasSubstr("fraction: expected a number above 0"));
  }
}

TEST(ExactFlow, RefusesRatesWhoseProductIsNoNumber) {
  const Matrix y = Matrix::Identity(2, 2);
  const Network start = networks::balanced(y, 0, 2);
  for (const Layerwise& rates : {Layerwise(1e200), Layerwise(1e-200)}) {
    EXPECT_EQ(error_of([&] { ExactFlow(start, tasks::target(y), {.rates = rates}); }),
              "solver.rates: expected learning rates of a product, times the variance of the inputs, within 1e-300 … "
              "1e300, got " +
                  format_number(rates[0]) + ", " + format_number(rates[1]));
  }
  EXPECT_THAT(error_of([&] {
                ExactFlow(start, tasks::target(y), {.rates = {1e200, 1e-200}});
              }),
              HasSubstr("network: expected representations"));
  EXPECT_LT(relative(ExactFlow(start, tasks::target(y), {.rates = 1e140}).end_to_end(1), y), 1e-14);
}

TEST(ExactFlow, OfLayersFarApartInSizeKeepsTheDigitsOfTheSmallOne) {
  for (const Shape shape : {Shape{.outputs = 3, .inputs = 3}, Shape{.outputs = 2, .inputs = 4}}) {
    const Task task = a_task(shape, 65);
    for (const Layerwise& scales : {Layerwise{1e-10, 1e4}, Layerwise{1e4, 1e-10}, Layerwise{1e-6, 1e-12}}) {
      const GramState start = networks::infinite_width(shape, scales);
      const ExactFlow flow(start, task);
      const ExactFlow known(SelfConsistent(Matrix::Zero(shape.outputs, shape.inputs), scales), task);
      EXPECT_NEAR(flow.closure().scale2 / (scales[0] * scales[1]), 1, 1e-14);
      EXPECT_LT(relative(flow.gram_state(0).input_representation(), start.input_representation()), 1e-14);
      EXPECT_LT(relative(flow.gram_state(0).output_representation(), start.output_representation()), 1e-14);
      for (const double t : {1e-6, 1e-3, 10.0}) {
        const GramState one = flow.gram_state(t);
        const GramState two = known.gram_state(t);
        EXPECT_LT(relative(one.input_representation(), two.input_representation()), 1e-12) << t;
        EXPECT_LT(relative(one.output_representation(), two.output_representation()), 1e-12) << t;
      }
    }
  }
}

TEST(ExactFlow, FindsASmallScaleBesideASingularA) {
  // c is 1e-6 of A; computed from the square of A, c² would have four digits.
  const Shape shape{.outputs = 1, .inputs = 3};
  const SelfConsistent network(Matrix{{0.6, 0.0, 0.8}}, 1e-6);
  const ExactFlow flow(network.gram_state(), a_task(shape, 66));
  EXPECT_NEAR(flow.closure().scale2 / 1e-12, 1, 1e-8);
  EXPECT_LT(relative(flow.gram_state(0).gram(), network.gram_state().gram()), 1e-14);
}

}  // namespace
}  // namespace linnet
