#include "linnet/training/start_check.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

TEST(StartCheck, OneLayerStartsAsSmallAsItLikes) {
  const Task task = tasks::target(normal(3, 5, 1));
  const Trajectory run = train(DeepBalanced(Matrix::Identity(3, 5) * 1e-300, 1), task, GradientFlow{.t_end = 30});
  EXPECT_LT((std::get<DeepBalanced>(*run.final).end_to_end() - task.train.target()).norm(), 1e-8);
}

TEST(StartCheck, CriticalPointsAndUnderflowAreRefusedByEachSolver) {
  const Task task = tasks::target(normal(3, 5, 1));
  const auto both = [&](const Network& start) {
    const std::string descent = error_of([&] { train(start, task, GradientDescent{}); });
    EXPECT_EQ(error_of([&] { train(start, task, GradientFlow{}); }), descent);
    EXPECT_EQ(error_of([&] { compare(start, start, task, GradientDescent{}); }), descent);
    return descent;
  };
  const std::string origin =
      "network.weights: expected weights that are not all 0, got the origin, a critical point: training does not leave "
      "it\n  hint: start near it: a small variance, or initialization = \"escape\"";
  EXPECT_EQ(both(networks::gaussian_deep({5, 4, 4, 3}, {.variance = 0.0})), origin);
  EXPECT_EQ(both(networks::gaussian_weights({.outputs = 3, .inputs = 5}, {.width = 4, .variance = 0.0})), origin);
  EXPECT_EQ(both(DeepLinear({Matrix::Constant(4, 5, 1e-100), Matrix::Constant(4, 4, 1e-100),
                             Matrix::Constant(4, 4, 1e-100), Matrix::Constant(3, 4, 1e-100)})),
            "network.variance: expected weights whose products can be held: gradients above 1e-280, got entries of at "
            "most 1e-100 in 4 layers, whose gradient underflows\n"
            "  hint: use a larger scale: the wait grows as 1/scale^2, and what follows is the same");
  EXPECT_EQ(both(DeepLinear(Matrix::Constant(4, 5, 1e-290), Matrix::Constant(3, 4, 1e-290))),
            "network.variance: expected weights whose products can be held: gradients above 1e-280, got entries of at "
            "most 1e-290 in 2 layers, whose gradient underflows\n"
            "  hint: use a larger scale: the wait grows as ln(1/scale), and what follows is the same");
  EXPECT_EQ(both(DeepBalanced(Matrix::Zero(3, 5), 2.5)),
            "network.end_to_end: expected a matrix other than 0, got the origin, a critical point: training does not "
            "leave it\n  hint: start near it: start_size > 0");
  EXPECT_EQ(both(DeepBalanced(Matrix::Identity(3, 5) * 1e-300, 2.5)),
            "network.end_to_end: expected entries whose first steps can be held: above 1e-280, got entries of at most "
            "1e-300\n  hint: use a larger start_size: what follows is the same, but for the wait");
  EXPECT_EQ(error_of([] { Layerwise(std::vector<double>()); }),
            "layers: expected one number, or one a layer, got none");
  const std::string saddle =
      "network.weights: expected a start that is no critical point, got a saddle: every gradient is 0 and the cost is "
      "not minimal\n  hint: start near it instead: a small variance added to the weights";
  // Two layers of 0 keep each other at 0.
  EXPECT_EQ(both(DeepLinear({Matrix::Zero(4, 5), normal(4, 4, 2), Matrix::Zero(3, 4)})), saddle);
  // Rank 1, along a mode that is already learned.
  Matrix diagonal = Matrix::Zero(3, 5);
  diagonal.diagonal() << 4, 2, 1;
  const Task modes = tasks::target(diagonal);
  Matrix w1 = Matrix::Zero(3, 5);
  w1(0, 0) = 2;
  Matrix w2 = Matrix::Zero(3, 3);
  w2(0, 0) = 2;
  EXPECT_EQ(error_of([&] { train(DeepLinear(w1, w2), modes, GradientDescent{}); }), saddle);
}

TEST(StartCheck, WhatCanLearnIsLetThrough) {
  const Task task = tasks::target(normal(3, 5, 1));
  const GradientDescent one{.step = 0.1, .max_steps = 1};
  // One layer of 0 moves; a network of one layer learns from the origin; a minimum is a valid start.
  EXPECT_EQ(error_of([&] {
              train(DeepLinear({normal(4, 5, 2), Matrix::Zero(3, 4)}), task, one);
            }),
            "nothing was thrown");
  EXPECT_EQ(error_of([&] { train(DeepLinear({Matrix::Zero(3, 5)}), task, one); }), "nothing was thrown");
  const Task zero = tasks::target(Matrix::Zero(3, 5));
  EXPECT_EQ(error_of([&] {
              train(networks::gaussian_deep({5, 4, 4, 3}, {.variance = 0.0}), zero, one);
            }),
            "nothing was thrown");
  // Products of 1e-270 do not underflow.
  const Trajectory run = train(networks::orthogonal_deep({5, 5, 5, 3}, 1e-90, 1), task, one);
  EXPECT_GT(end_to_end(*run.final).stableNorm(), 1e-271);
}

TEST(StartCheck, LinearizedItDoesNotLeaveACriticalPointEither) {
  const Task task = tasks::target(normal(3, 5, 1));
  const GradientFlow flow{.t_end = 1};
  const auto of = [&](DeepLinear at) { return error_of([&] { train(DeepLinearized(at), task, flow); }); };
  EXPECT_EQ(of(networks::gaussian_deep({5, 4, 4, 3}, {.variance = 0.0})),
            "network.weights: expected weights that are not all 0, got the origin, a critical point: training does not "
            "leave it\n  hint: start near it: a small variance, or initialization = \"escape\"");
  EXPECT_EQ(of(DeepLinear({normal(4, 5, 2), Matrix::Zero(3, 4)})), "nothing was thrown");
  EXPECT_EQ(of(DeepLinear({Matrix::Zero(3, 5)})), "nothing was thrown");
}

TEST(StartCheck, ErrorOfTheBottleneckIsWhatLongTrainingReaches) {
  const Matrix x = normal(40, 5, 2);
  const Matrix t = x * normal(5, 3, 4) + 0.3 * normal(40, 3, 3);
  const std::vector<Task> cases{tasks::target(normal(3, 5, 1)), tasks::regression({.inputs = x, .targets = t}),
                                tasks::regression({.inputs = x, .targets = t, .whiten = true})};
  for (const Task& task : cases) {
    for (const std::vector<Index>& sizes : {std::vector<Index>{5, 2, 3}, {5, 4, 1, 4, 3}}) {
      const Index narrowest = *std::min_element(sizes.begin(), sizes.end());
      const double least = task.train.error_of(*task.train.least_of_rank(narrowest));
      const Trajectory run =
          train(deep_start(sizes, 1.2), task, GradientFlow{.t_end = 3000, .method = GradientFlow::Method::bdf},
                {.schedule = Schedule::ends()});
      EXPECT_NEAR(run.values("train_error")(1), least, 1e-9 * least) << task.name;
      EXPECT_EQ(run.warning, "network.width: a hidden layer of " + std::to_string(narrowest) +
                                 " neurons is narrower than the rank of the target, 3: the train error stays above " +
                                 format_number(least));
    }
  }
}

// The flow keeps the rank of [W_l, W_{l+1}ᵀ]; weights of more neurons leave it by rounding.
TEST(StartCheck, WiderWeightsOfLowRankAreToldThatRoundingLeavesIt) {
  const Task task = tasks::target(Matrix(Vector{{2, 1, 0.5}}.asDiagonal()));
  const Matrix frame = linalg::qr_factor(normal(4, 1, 1));
  const Matrix w1 = normal(1, 3, 2, 0.3);
  const Matrix w2 = normal(3, 1, 3, 0.3);
  const DeepLinear turned(Matrix(frame * w1), Matrix(w2 * frame.transpose()));
  const GradientFlow flow{.t_end = 200};
  const std::string least = format_number(1.25 / 9);
  const std::string text =
      "network.weights: a start of rank 1 in a hidden layer of 4 neurons is below the rank of the target, 3: the train "
      "error stays above " +
      least;
  const std::string until = ", until rounding leaves this rank; a Gram state, or layers so narrow, keep it";
  const Trajectory left = train(turned, task, flow, {.schedule = Schedule::ends()});
  EXPECT_EQ(left.warning, text + until);
  EXPECT_LT(left.values("train_error")(1), 1e-9);  // so it is not the flow
  const Trajectory kept = train(GramState::from_weights(turned), task, flow, {.schedule = Schedule::ends()});
  EXPECT_NEAR(kept.values("train_error")(1), 1.25 / 9, 1e-9);
  Matrix with_zeros1 = Matrix::Zero(4, 3);
  Matrix with_zeros2 = Matrix::Zero(3, 4);
  with_zeros1.row(2) = w1;
  with_zeros2.col(2) = w2;
  const Trajectory zeros = train(DeepLinear(with_zeros1, with_zeros2), task, flow, {.schedule = Schedule::ends()});
  EXPECT_EQ(zeros.warning, text);
  EXPECT_NEAR(zeros.values("train_error")(1), 1.25 / 9, 1e-9);
  // Three layers, the middle one of rank 1; and layers of very different sizes, of full rank.
  const DeepLinear deep(
      {normal(5, 3, 4), Matrix(frame * normal(1, 5, 5)), Matrix(normal(3, 1, 6) * frame.transpose())});
  EXPECT_EQ(train(deep, task, GradientDescent{.step = 0.01, .max_steps = 1}).warning, text + until);
  const DeepLinear apart(Matrix(normal(4, 3, 7, 1e-20)), normal(3, 4, 8));
  EXPECT_EQ(train(apart, task, GradientDescent{.step = 0.01, .max_steps = 1}).warning, "");
}

TEST(StartCheck, NoWarningWithoutABottleneck) {
  const GradientDescent one{.step = 0.1, .max_steps = 1};
  const Task low = tasks::target(normal(3, 2, 1) * normal(2, 5, 2));
  EXPECT_EQ(train(deep_start({5, 2, 4, 3}), low, one).warning, "");
  EXPECT_NE(train(deep_start({5, 1, 4, 3}), low, one).warning, "");
  const Task full = tasks::target(normal(3, 5, 1));
  EXPECT_EQ(train(deep_start({5, 3, 4, 3}), full, one).warning, "");
  EXPECT_EQ(train(deep_start({5, 3}), full, one).warning, "");
  // The rank of the unobserved entries is not known: these observed entries have rank 1.
  Matrix y = normal(3, 1, 1) * normal(1, 5, 2);
  Matrix mask = Matrix::Ones(3, 5);
  mask(0, 0) = mask(1, 2) = 0;
  y(0, 0) = y(1, 2) = std::nan("");
  EXPECT_EQ(train(deep_start({5, 1, 3}), tasks::completion({.target = y, .mask = mask}), one).warning, "");
}

// For a mask, the rank is that of the whole matrix if it is known; the least error of a layer is not known.
TEST(StartCheck, BottleneckOfACompletion) {
  const Matrix y = normal(8, 3, 1) * normal(3, 9, 2);
  const auto warning = [&](Index width, double fraction) {
    const Task task = tasks::completion({.target = y, .fraction = fraction, .seed = 3});
    return train(deep_start({9, width, 8}), task, GradientDescent{.step = 0.01, .max_steps = 1}).warning;
  };
  EXPECT_EQ(
      warning(2, 0.75),
      "network.width: a hidden layer of 2 neurons is narrower than the rank of what is completed, 3, and fixed by "
      "fewer numbers than the 54 seen: the train error may stay above 0");
  EXPECT_EQ(warning(3, 0.75), "");
  EXPECT_EQ(warning(2, 0.4), "");  // 29 observed entries, where a matrix of rank 2 has 30 parameters
}

}  // namespace
}  // namespace linnet
