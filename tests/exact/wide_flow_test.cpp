#include "linnet/exact/wide_flow.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/linalg/random.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;

WideFlow flow_of(const Task& task, const WideFlow::Options& options) {
  return {std::make_shared<const TaskSpectrum>(sample_spectrum(task)), options};
}

Task signal_in_noise() {
  const Matrix signal = normal(3, 1, 5) * normal(1, 4, 6);
  return tasks::target(signal + normal(3, 4, 7, 0.3), signal);
}

TEST(WideFlow, OfTwoLayersIsTheClosedForm) {
  const Task task = signal_in_noise();
  const WideFlow wide = flow_of(task, {.depth = 2, .scales = {0.7, 1.3}, .rates = {2, 0.5}, .tolerance = 1e-11});
  const ModeFlow exact(sample_spectrum(task), {.scales = {0.49, 1.69}, .rates = {2, 0.5}});
  EXPECT_EQ(wide.estimate(), 0);
  for (const double t : {0.0, 1e-3, 0.1, 0.5, 2.0, 5.0, infinity}) {
    EXPECT_LT((wide.modes(t) - exact.modes(t)).norm(), 1e-9 * task.target().norm()) << t;
    EXPECT_NEAR(wide.train_error(t), exact.train_error(t), (t < 3 ? 1e-8 : 1e-5) * exact.train_error(t)) << t;
    EXPECT_NEAR(wide.test_error(t), exact.test_error(t), 1e-9) << t;
  }
  EXPECT_NEAR(wide.best().time / exact.best().time, 1, 1e-4);
  EXPECT_NEAR(wide.best().test_error / exact.best().test_error, 1, 1e-8);
  for (const double fraction : {0.01, 0.5, 0.999}) {
    const Vector ratio = wide.learning_times(fraction).cwiseQuotient(exact.learning_times(fraction));
    EXPECT_LT((ratio.array() - 1).abs().maxCoeff(), 1e-8) << fraction;
  }
}

// Modes learn alone: the flow of the whole network, for all modes at once, has the same A(t).
TEST(WideFlow, IsTheFlowOfTheLimitOfTheLightCone) {
  const Task task = signal_in_noise();
  struct Case {
    Index depth;
    Layerwise scales;
    Layerwise rates;
  };
  for (const auto& [depth, scales, rates] :
       std::vector<Case>{{3, {0.6, 0.9, 1.2}, 1.0}, {3, 0.2, {1, 2, 0.5}}, {4, {1.1, 0.7, 1.0, 0.8}, 1.0}}) {
    const WideFlow wide = flow_of(task, {.depth = depth, .scales = scales, .rates = rates, .tolerance = 1e-6});
    const DeepLinear cone = networks::infinite_width_cone(task.shape(), depth, scales, wide.order());
    const Trajectory run = train(cone, task, GradientFlow{.t_end = 6, .rates = rates, .rtol = 1e-9},
                                 {.schedule = Schedule::linear(9), .keep_networks = true});
    for (std::size_t i = 0; i < run.time.size(); ++i) {
      EXPECT_LT((wide.end_to_end(run.time[i]) - end_to_end(run.networks[i])).norm(), 1e-5 * task.target().norm())
          << "depth " << depth << ", t = " << run.time[i];
    }
  }
}

// Inputs with other variances along the singular vectors of Y: mode i moves in the time d_i t.
TEST(WideFlow, TakesInputsThatAreAlignedWithTheTask) {
  const Index samples = 5;
  Matrix inputs = Matrix::Zero(samples, 3);
  for (Index i = 0; i < 3; ++i)
    inputs(i, i) = std::sqrt(static_cast<double>(samples)) * (1.5 - 0.4 * static_cast<double>(i));
  Matrix targets = Matrix::Zero(samples, 3);
  for (Index i = 0; i < 3; ++i) targets(i, i) = inputs(i, i) * (1 + 0.5 * static_cast<double>(i));
  const Task task = tasks::regression({.inputs = inputs, .targets = targets});
  const WideFlow wide = flow_of(task, {.depth = 3, .scales = 0.7, .tolerance = 1e-6});
  const Trajectory run =
      train(networks::infinite_width_cone(task.shape(), 3, 0.7, wide.order()), task,
            GradientFlow{.t_end = 4, .rtol = 1e-9}, {.schedule = Schedule::linear(5), .keep_networks = true});
  for (std::size_t i = 0; i < run.time.size(); ++i) {
    EXPECT_LT((wide.end_to_end(run.time[i]) - end_to_end(run.networks[i])).norm(), 1e-5) << run.time[i];
    EXPECT_NEAR(wide.train_error(run.time[i]), run.values("train_error")(static_cast<Index>(i)), 1e-5);
  }
}

TEST(WideFlow, SolvesItsTailAndItsStart) {
  const Task task = tasks::target(Matrix::Constant(1, 1, 2.0));
  for (const double s : {1e-4, 0.1, 1.0, 10.0}) {
    const WideFlow wide = flow_of(task, {.depth = 3, .scales = s, .tolerance = 1e-7});
    const double first = wide.learning_times(0.5)(0);
    // At the start da/dt = 3 s^4 y.
    const double early = 1e-4 * first;
    if (s >= 1) {
      EXPECT_NEAR(wide.modes(early)(0) / (3 * std::pow(s, 4) * 2 * early), 1, 1e-2);
    }
    // At the end y − a falls as an exponential.
    const double late = wide.learning_times(1 - 1e-6)(0);
    const double step = wide.learning_times(1 - 1e-7)(0) - late;
    const double ratio = std::sqrt(wide.train_error(late + 3 * step) / wide.train_error(late));
    EXPECT_NEAR(ratio, 1e-3, 1e-7);
    EXPECT_EQ(wide.modes(infinity)(0), 2);
    EXPECT_EQ(wide.train_error(infinity), 0);
  }
}

// Modes of small deep starts are learned abruptly after long waits, and then the least error is a narrow dip.
TEST(WideFlow, BestIsTheLeastOfAllTimes) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    linalg::Random random({.seed = seed, .point = 3});
    const auto depth = static_cast<Index>(2 + random.below(4));
    const Index n = depth < 5 ? 6 : 3;
    const Task task = tasks::low_rank_plus_noise({.dim = n, .rank = 2, .seed = seed});
    const double scale = std::pow(10, -2.3 + 0.1 * static_cast<double>(random.below(25)));
    const WideFlow wide = flow_of(task, {.depth = depth, .scales = scale, .tolerance = 1e-4});
    const BestMoment best = wide.best();
    EXPECT_EQ(wide.test_error(best.time), best.test_error);
    double least = std::min(wide.test_error(0), wide.test_error(infinity));
    for (int k = 1; k < 200; ++k) {
      for (const double t : wide.learning_times(k / 200.0)) least = std::min(least, wide.test_error(t));
    }
    EXPECT_LE(best.test_error, least * (1 + 1e-9)) << "seed " << seed << ", depth " << depth << ", scale " << scale;
  }
}

TEST(WideFlow, TwoScalesOfZeroAreASaddle) {
  const WideFlow stuck = flow_of(signal_in_noise(), {.depth = 3, .scales = {0, 0, 1}});
  EXPECT_NE(stuck.warning(), "");
  EXPECT_EQ(stuck.modes(infinity).norm(), 0);
  EXPECT_EQ(stuck.learning_times(0.5)(0), infinity);
  const WideFlow moving = flow_of(signal_in_noise(), {.depth = 3, .scales = {0, 1, 1}});
  EXPECT_EQ(moving.warning(), "");
  EXPECT_LT(moving.train_error(100), 1e-10);
}

TEST(WideFlow, TracesWhatIsOfTheEndToEndMatrix) {
  const Task task = signal_in_noise();
  const WideFlow wide = flow_of(task, {.depth = 3, .scales = 0.5});
  const Trajectory run =
      trace(wide, task, 5, {.observables = {observables::test_error(), observables::singular_values()}});
  for (std::size_t i = 0; i < run.time.size(); ++i) {
    EXPECT_NEAR(run.values("test_error")(static_cast<Index>(i)), wide.test_error(run.time[i]), 1e-12);
  }
  EXPECT_EQ(run.cone->order, wide.order());
  EXPECT_EQ(run.best->test_error, wide.best().test_error);
  EXPECT_NE(error_of([&] { trace(wide, task, 5, {.observables = {observables::kernel_distance()}}); }), "");
}

TEST(WideFlow, RefusesByName) {
  const Task task = signal_in_noise();
  EXPECT_NE(error_of([&] { flow_of(task, {.depth = 1}); }).find("network.depth"), std::string::npos);
  EXPECT_NE(error_of([&] { flow_of(task, {.scales = -1.0}); }).find("network.scales"), std::string::npos);
  EXPECT_NE(error_of([&] { flow_of(task, {.scales = {1, 2}}); }).find("network.scales"), std::string::npos);
  EXPECT_NE(error_of([&] { flow_of(task, {.rates = 0.0}); }).find("solver.rates"), std::string::npos);
  EXPECT_NE(error_of([&] { flow_of(task, {.tolerance = 0}); }).find("network.tolerance"), std::string::npos);
  EXPECT_NE(error_of([&] { (void)flow_of(task, {}).modes(-1); }).find("a time in [0, inf]"), std::string::npos);
}

}  // namespace
}  // namespace linnet
