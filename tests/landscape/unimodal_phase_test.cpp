#include "linnet/landscape/unimodal_phase.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/landscape/point.hpp"
#include "linnet/networks/blocks.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/tasks/modalities.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

/// The times at which late fusion of these separate weights has half of each block, of one input each.
double measured_ratio(const DeepLinear& start, const Task& task, const UnimodalPhase& phase, double t_end) {
  const Trajectory run = train(start, task, GradientFlow{.t_end = t_end, .keep_zeros = true, .rtol = 1e-9},
                               {.observables = {observables::coefficients()}, .schedule = Schedule::linear(4001)});
  const Matrix& c = run.series.front().values;
  const auto time = [&](Index block, double level) {
    for (std::size_t i = 0; i < run.time.size(); ++i) {
      if (std::abs(c(static_cast<Index>(i), block)) >= level) return run.time[i];
    }
    return std::nan("");
  };
  return time(1 - phase.first, 0.5) / time(phase.first, std::abs(phase.end_to_end(0, phase.first)) / 2);
}

TEST(UnimodalPhase, IsASaddleOfSeparatePaths) {
  const Matrix x = normal(30, 5, 1);
  const Task task = tasks::regression({.inputs = x, .targets = x * normal(5, 1, 2) + 0.1 * normal(30, 1, 3)});
  const UnimodalPhase phase = unimodal_phase(task, 2);
  const Matrix gradient = task.train.evaluate(phase.end_to_end).gradient;
  const Index at = phase.first == 0 ? 0 : 2;
  const Index size = phase.first == 0 ? 2 : 3;
  EXPECT_LT(gradient.middleCols(at, size).norm(), 1e-13) << "the block that is learned is at rest";
  EXPECT_NEAR(gradient.norm(), phase.rest, 1e-13) << "the other escapes by what is left";
  const Matrix origin = task.train.evaluate(Matrix::Zero(1, 5)).gradient;
  EXPECT_NEAR(origin.middleCols(at, size).norm(), phase.strength, 1e-13);
  EXPECT_GT(phase.strength, phase.other);
}

TEST(UnimodalPhase, LastsAsLongAsTwoLayersWait) {
  for (const double correlation : {0.0, 0.5, -0.3, -0.6}) {  // at −0.6 the second input changes its sign
    const Task task =
        tasks::modalities({.values = Vector{{1, 1}}, .variances = Vector{{4, 1}}, .correlation = correlation});
    const UnimodalPhase phase = unimodal_phase(task, 1);
    double before = HUGE_VAL;
    for (const double variance : {1e-6, 1e-12, 1e-24}) {
      const DeepLinear start =
          networks::separate_blocks(networks::gaussian_deep({2, 40, 1}, {.variance = variance, .seed = 3}), {1, 1}, 2);
      const double t_end = 1.5 * phase.ratio * -std::log(variance) / 2 / phase.strength + 4;
      const double off = std::abs(measured_ratio(start, task, phase, t_end) / phase.ratio - 1);
      EXPECT_LT(off, std::max(0.01, before)) << correlation << " " << variance;
      before = off;
    }
    EXPECT_LT(before, 0.03) << correlation;
  }
}

TEST(UnimodalPhase, LastsAsLongAtAnyDepthWhereBothStartAlike) {
  const Task task = tasks::modalities({.values = Vector{{1, 1}}, .variances = Vector{{4, 1}}, .correlation = 0.3});
  const UnimodalPhase phase = unimodal_phase(task, 1);
  EXPECT_NEAR(phase.ratio, 1 + (4.6 - 1.6) / 0.91, 1e-12);
  for (const double size : {1e-2, 1e-3}) {
    const Matrix w = Matrix::Identity(2, 2) * size;
    const double ratio = measured_ratio(DeepLinear({w, w, Matrix::Constant(1, 2, size)}), task, phase, 2.5 / size);
    EXPECT_NEAR(ratio, phase.ratio, 60 * size);
  }
}

TEST(UnimodalPhase, EarlyFusionDoesNotWait) {
  const Task task = tasks::modalities({.values = Vector{{1, 1}}, .variances = Vector{{4, 1}}});
  const UnimodalPhase phase = unimodal_phase(task, 1);
  double before = 2;
  for (const double variance : {1e-6, 1e-12, 1e-24}) {
    const double ratio =
        measured_ratio(networks::gaussian_deep({2, 40, 1}, {.variance = variance, .seed = 3}), task, phase, 20);
    EXPECT_LT(ratio, before);
    before = ratio;
  }
  EXPECT_LT(before, 1.1);
}

TEST(KeepZeros, TrainsEachPathAsANetworkOfItsOwn) {
  // Inputs that are not correlated and separate paths: two networks that do not know of each other.
  const Task task = tasks::modalities({.values = Vector{{1, -0.5, 0.7}}, .variances = Vector{{2, 1, 0.5}}});
  const DeepLinear start =
      networks::separate_blocks(networks::gaussian_deep({3, 8, 6, 1}, {.variance = 0.2, .seed = 3}), {1, 2}, 3);
  const std::vector<Matrix>& w = start.weights();
  const DeepLinear alone({w[0].block(4, 1, 4, 2), w[1].block(3, 4, 3, 4), w[2].rightCols(3)});
  const Task half = tasks::modalities({.values = Vector{{-0.5, 0.7}}, .variances = Vector{{1, 0.5}}});
  const Record ends{.observables = {}, .schedule = Schedule::ends()};
  const auto compare = [&](const Trajectory& both, const Trajectory& one, double tolerance) {
    const auto& trained = weights_of(*both.final)->weights();
    EXPECT_LT(relative(Matrix(trained[1].block(3, 4, 3, 4)), weights_of(*one.final)->weights()[1]), tolerance);
    EXPECT_EQ(trained[0].block(0, 1, 4, 2).norm(), 0);
    EXPECT_EQ(trained[1].block(3, 0, 3, 4).norm(), 0);
    EXPECT_LT(relative(Matrix(end_to_end(*both.final).rightCols(2)), end_to_end(*one.final)), tolerance);
  };
  for (const double momentum : {0.0, 0.5}) {
    const GradientDescent descent{
        .step = 0.02, .momentum = momentum, .weight_decay = 0.01, .keep_zeros = true, .max_steps = 200};
    compare(train(start, task, descent, ends), train(alone, half, descent, ends), 1e-12);
  }
  for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::bdf}) {
    const GradientFlow flow{.t_end = 5, .keep_zeros = true, .rtol = 1e-10, .method = method};
    compare(train(start, task, flow, ends), train(alone, half, flow, ends), 1e-7);
  }
}

TEST(KeepZeros, RefusesByName) {
  const Task task = tasks::target(normal(2, 3, 1));
  const Record ends{.observables = {}, .schedule = Schedule::ends()};
  const DeepLinear deep = networks::gaussian_deep({3, 4, 2}, {.variance = 0.1, .seed = 1});
  const GradientDescent keep{.keep_zeros = true};
  EXPECT_THAT(error_of([&] { (void)train(gram_state(deep), task, keep, ends); }), HasSubstr("solver.keep_zeros"));
  EXPECT_THAT(error_of([&] { (void)train(DeepBalanced(normal(2, 3, 1), 3), task, keep, ends); }),
              HasSubstr("solver.keep_zeros"));
  EXPECT_THAT(error_of([&] {
                (void)train(deep, task, GradientDescent{.keep_zeros = true, .direction = Direction::spectral}, ends);
              }),
              HasSubstr("solver.keep_zeros"));
  EXPECT_THAT(error_of([&] { networks::separate_blocks(deep, {1, 1}, 2); }), HasSubstr("network.blocks"));
  EXPECT_THAT(error_of([&] { networks::separate_blocks(deep, {4, -1}, 2); }), HasSubstr("network.blocks"));
  EXPECT_THAT(error_of([&] { networks::separate_blocks(deep, {1, 2}, 3); }), HasSubstr("network.fusion"));
  EXPECT_THAT(error_of([&] { networks::separate_blocks(deep, {1, 1, 1}, 2); }), HasSubstr("network.width"));
  EXPECT_THAT(error_of([&] { unimodal_phase(task, 1); }), HasSubstr("task: expected one output"));
  const Task one = tasks::modalities({.values = Vector{{1, 1}}});
  EXPECT_THAT(error_of([&] { unimodal_phase(one, 2); }), HasSubstr("inputs: expected 1 to 1"));
  EXPECT_THAT(error_of([] {
                tasks::modalities({.values = Vector{{1, 1}}, .correlation = 1});
              }),
              HasSubstr("task.correlation"));
  EXPECT_THAT(error_of([] {
                tasks::modalities({.values = Vector{{1, 1}}, .variances = Vector{{1, 0}}});
              }),
              HasSubstr("task.variances"));
  EXPECT_THAT(error_of([] { tasks::modalities({.values = Vector()}); }), HasSubstr("task.values"));
}

TEST(Modalities, HaveTheCovarianceGiven) {
  const Task task =
      tasks::modalities({.values = Vector{{1, 2, 3}}, .variances = Vector{{4, 1, 9}}, .correlation = 0.5});
  const Matrix expected{{4, 1, 3}, {1, 1, 1.5}, {3, 1.5, 9}};
  EXPECT_LT(relative(*task.train.covariance(), expected), 1e-14);
  EXPECT_LT(relative(task.target(), Matrix{{1, 2, 3}}), 1e-13);
}

}  // namespace
}  // namespace linnet::landscape
