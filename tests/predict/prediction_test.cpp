#include "linnet/predict/prediction.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;
using Method = PredictMethod;
using Regimes = std::vector<std::optional<Regime>>;

/// The largest error of a prediction over a dozen times, relative to the largest |A| or |Y|: against the flow of the
/// plain weights by Dormand and Prince.
double true_error(const Prediction& p, const DeepLinear& weights) {
  std::vector<double> times;
  const std::vector<double> all = p.default_times();
  for (std::size_t k = 9; k < all.size(); k += 9) times.push_back(all[k]);
  const GradientFlow solver{.t_end = times.back(),
                            .rates = p.rates(),
                            .rtol = 1e-11,
                            .atol = 1e-14,
                            .method = GradientFlow::Method::explicit_runge_kutta};
  const Trajectory run =
      train(weights, p.task(), solver, {.observables = {observables::end_to_end()}, .schedule = Schedule::at(times)});
  times.insert(times.begin(), 0.0);
  const Matrix& truth = run.series[0].values;
  const Matrix predicted = p.values(observables::end_to_end(), times);
  double size = std::max(truth.rowwise().norm().maxCoeff(), 1e-300);
  if (p.task().train.has_target()) size = std::max(size, p.task().target().norm());
  return (truth - predicted).rowwise().norm().maxCoeff() / size;
}

struct Problem {
  DeepLinear weights;
  Task task;
};

/// Small ones of all kinds: shapes, widths, sizes of the start and costs.
Problem a_problem(std::uint64_t i, Index depth, Index width) {
  linalg::Random random({.seed = i, .point = 5});
  const auto below = [&](std::uint64_t n) { return 1 + static_cast<Index>(random.below(n)); };
  const Index outputs = below(4);
  const Index inputs = 1 + below(4);
  std::vector<Matrix> layers;
  for (Index l = 1; l <= depth; ++l) {
    const Index from = l == 1 ? inputs : width;
    const Index to = l == depth ? outputs : width;
    const double size = std::pow(10.0, -0.7 + 0.9 * random.uniform()) / std::sqrt(static_cast<double>(from));
    layers.push_back(size * normal(to, from, 10 * i + static_cast<std::uint64_t>(l)));
  }
  const Matrix y = normal(outputs, inputs, 10 * i + 7);
  const Matrix x = normal(12, inputs, 10 * i + 8) * Vector::LinSpaced(inputs, 1, 2).asDiagonal();
  const Matrix t = x * y.transpose() + 0.5 * normal(12, outputs, 10 * i + 9);
  Matrix flat = x;
  flat.col(0) = flat.col(inputs - 1);
  switch (i % 5) {
    case 0:
      return {DeepLinear(layers), tasks::target(y)};
    case 1:
      return {DeepLinear(layers), tasks::regression({.inputs = x, .targets = t})};
    case 2:
      return {DeepLinear(layers), tasks::regression({.inputs = flat, .targets = t, .whiten = true})};
    case 3:
      return {DeepLinear(layers), tasks::target(y, std::nullopt, {.huber = 0.5})};
    default: {
      Matrix mask = Matrix::Ones(outputs, inputs);
      mask(0, 0) = 0;
      return {DeepLinear(layers), tasks::completion({.target = y, .mask = mask})};
    }
  }
}

/// The error estimates of these problems cover their errors.
void expect_covered(std::uint64_t first, std::uint64_t count, Index depth, Index width, Method method) {
  for (std::uint64_t i = first; i < first + count; ++i) {
    SCOPED_TRACE(i);
    const Problem problem = a_problem(i, depth, width);
    const Prediction p = predict(problem.weights, problem.task);
    EXPECT_EQ(p.method(), method) << i << ": " << p.reason();
    EXPECT_LE(p.error(), 1e-6) << i;
    if (p.default_times().back() > 1e5) continue;  // completed by ever larger entries, whose cost falls for ever
    EXPECT_LT(true_error(p, problem.weights), 3 * p.error() + 1e-10) << i;
    EXPECT_TRUE(p.settled()) << i << p.warning();
  }
}

TEST(Prediction, OfTheGramFlowCoversItsErrors) { expect_covered(0, 60, 2, 25, Method::gram_flow); }

TEST(Prediction, OfAllWeightsCoversItsErrors) { expect_covered(130, 30, 2, 2, Method::flow); }

TEST(Prediction, OfDeepWeightsCoversItsErrors) { expect_covered(200, 30, 3, 4, Method::flow); }

TEST(Prediction, OfTheLightConeCoversItsErrors) { expect_covered(300, 15, 3, 70, Method::light_cone); }

TEST(Prediction, OfClosedFormsCoversItsErrors) {
  for (std::uint64_t i = 0; i < 60; ++i) {
    linalg::Random random({.seed = i, .point = 6});
    const Shape shape{.outputs = 1 + static_cast<Index>(random.below(4)), .inputs = 4};
    const double balance = 4 * random.uniform() - (shape.outputs == 4 ? 2 : 4);
    const Index width = balance > 0 ? std::min<Index>(shape.outputs, 4) : 4;
    const DeepLinear w =
        networks::balanced(networks::random_end_to_end(shape, shape.modes(), 0.5, i), balance, width, i);
    const Prediction p = predict(w, tasks::target(normal(shape.outputs, 4, i)));
    ASSERT_EQ(p.method(), Method::closed_form) << i << p.reason();
    if (!p.warning().empty()) continue;  // near a saddle
    EXPECT_LT(true_error(p, w), 3 * p.error() + 1e-9) << i;
  }
}

TEST(Prediction, TakesTheNearestClosedFormWithinTheTolerance) {
  int nearest = 0;
  for (std::uint64_t i = 0; i < 40; ++i) {
    Problem problem = a_problem(5 * i, 2, 200);
    const double tolerance = std::pow(10.0, -2 + static_cast<double>(i) / 20);
    const Prediction p = predict(problem.weights, problem.task, {.tolerance = tolerance});
    if (p.closed_form() != nullptr) ++nearest;
    EXPECT_LE(p.error(), tolerance);
    EXPECT_LT(true_error(p, problem.weights), 3 * p.error()) << i << p.reason();
  }
  EXPECT_GT(nearest, 10);
  EXPECT_LT(nearest, 40);
}

TEST(Prediction, OfInfiniteWidthIsModeByMode) {
  const Task task = tasks::target(normal(4, 5, 3));
  for (const Network& start : {Network(networks::infinite_width({4, 5}, {1.0, 0.5})),
                               Network(SelfConsistent(Matrix::Zero(4, 5), {1.0, 0.5}))}) {
    const Prediction p = predict(start, task);
    EXPECT_EQ(p.method(), Method::mode_by_mode);
    EXPECT_EQ(p.reason(),
              "the network is infinitely wide and the inputs are white, so that each mode of the target is learned by "
              "itself");
    EXPECT_LT(true_error(p, networks::infinite_width_weights({4, 5}, {1.0, 0.5})), 1e-9);
    // Active is y > κ, to rounding.
    for (std::size_t i = 0; i < 4; ++i) {
      const double y = p.mode_vectors().s(static_cast<Index>(i));
      EXPECT_EQ(p.regimes()[i], y > p.threshold() ? Regime::active : Regime::lazy);
      EXPECT_EQ(std::isfinite(p.activation_times()(static_cast<Index>(i))), y > p.threshold());
    }
  }
  const Matrix y = Vector{{1.001, 0.999, 0.5}}.asDiagonal();
  EXPECT_EQ(predict(SelfConsistent(Matrix::Zero(3, 3), 1.0), tasks::target(y)).regimes(),
            Regimes({Regime::active, Regime::lazy, Regime::lazy}));
}

TEST(Prediction, OfInputsWhiteOnTheirSpan) {
  Matrix x = normal(30, 5, 1);
  x.col(4) = x.col(0) - x.col(1);
  const Matrix t = x * normal(5, 3, 2) + 0.3 * normal(30, 3, 3);
  const Task task = tasks::regression(
      {.inputs = x, .targets = t, .test_inputs = normal(9, 5, 4), .test_targets = normal(9, 3, 5), .whiten = true});
  const Prediction modes = predict(SelfConsistent(Matrix::Zero(3, 5), {0.4, 0.2}), task);
  EXPECT_EQ(modes.method(), Method::mode_by_mode);
  EXPECT_THAT(modes.reason(), HasSubstr("the inputs are white on their span"));
  const DeepLinear same = networks::infinite_width_weights({3, 5}, {0.4, 0.2});
  EXPECT_LT(true_error(modes, same), 1e-9);
  const Trajectory run =
      train(same, task, GradientFlow{.t_end = 2.0, .rtol = 1e-11},
            {.observables = {observables::test_error(), observables::kernel_distance()}, .schedule = Schedule::ends()});
  EXPECT_NEAR(modes.test_error(2.0), run.series[0].values(1), 1e-9);
  EXPECT_NEAR(modes.kernel_distance(2.0), run.series[1].values(1), 1e-9);
  // A start that does not mix what is seen and what is not has a closed form too.
  const Prediction closed = predict(networks::balanced(0.1 * task.target(), 0.0, 3), task);
  EXPECT_EQ(closed.method(), Method::closed_form) << closed.reason();
  EXPECT_LT(true_error(closed, networks::balanced(0.1 * task.target(), 0.0, 3)), 1e-8);
  const Prediction flow = predict(networks::gaussian_weights({3, 5}, {.width = 50, .variance = 0.01}), task);
  EXPECT_EQ(flow.method(), Method::gram_flow);
  EXPECT_THAT(flow.reason(), HasSubstr("the inputs span 4 of 5 directions"));
}

TEST(Prediction, AsksForTimesInAnyOrder) {
  const Problem problem = a_problem(1, 2, 25);
  const Prediction p = predict(problem.weights, problem.task);
  const std::vector<double> times{0.3, infinity, 0.0, 0.3, 1e4, 0.05};
  const Matrix errors = p.values(observables::train_error(), times);
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(errors(static_cast<Index>(i), 0), p.train_error(times[i]), 1e-9) << times[i];
  }
  EXPECT_NEAR(errors(1, 0), problem.task.train.error(problem.task.target()), 1e-10) << "the least-squares map";
  EXPECT_NEAR(errors(4, 0), errors(1, 0), 1e-10) << "beyond what was integrated";
  const Trajectory run = p.trace(times, {.observables = {observables::train_error(), observables::kernel_distance()}});
  EXPECT_EQ(run.time, (std::vector<double>{0, 0.05, 0.3, 1e4, infinity}));
  EXPECT_NEAR(run.values("train_error")(2), errors(0, 0), 1e-9);
  EXPECT_NEAR(run.values("kernel_distance")(4), p.kernel_distance(infinity), 1e-9);
}

TEST(Prediction, TellsWhenModesAreLearned) {
  const Task task = tasks::target(normal(3, 4, 3));
  const DeepLinear w = networks::gaussian_weights({3, 4}, {.width = 30, .variance = 0.003, .seed = 1});
  const Prediction p = predict(w, task);
  for (const double fraction : {0.1, 0.5, 0.9}) {
    const Vector times = p.learning_times(fraction);
    for (Index i = 0; i < 3; ++i) {
      EXPECT_NEAR(p.modes(times(i))(i), fraction * p.mode_vectors().s(i), 1e-3 * p.mode_vectors().s(i));
    }
  }
  const Vector active = p.activation_times();
  for (Index i = 0; i < 3; ++i) {
    ASSERT_GT(active(i), 0);
    ASSERT_TRUE(std::isfinite(active(i)));
    EXPECT_NEAR(p.modes(active(i))(i), p.threshold(), 2e-3);
  }
}

TEST(Prediction, WaitsAtSaddlesAndKnowsABottleneck) {
  const Task task = tasks::target(Matrix(Vector{{4.0, 2.0, 1.0}}.asDiagonal()));
  const Prediction tiny = predict(networks::gaussian_deep({3, 5, 3}, {.variance = 1e-16, .seed = 1}), task);
  EXPECT_TRUE(tiny.settled());
  EXPECT_LT(tiny.train_error(infinity), 1e-10) << "three waits of some 18/y each";
  EXPECT_EQ(tiny.regimes(), Regimes(3, Regime::active));
  const Prediction deep = predict(networks::gaussian_deep({3, 5, 5, 3}, {.variance = 1e-4, .seed = 1}), task);
  EXPECT_TRUE(deep.settled());
  EXPECT_LT(deep.train_error(infinity), 1e-9);
  const Prediction narrow = predict(networks::gaussian_deep({3, 2, 3}, {.variance = 0.01, .seed = 1}), task);
  EXPECT_TRUE(narrow.settled());
  EXPECT_EQ(narrow.regimes(), Regimes({Regime::active, Regime::active, Regime::never}));
  EXPECT_EQ(narrow.learning_times(0.5)(2), infinity);
}

TEST(Prediction, OfAPerceptronIsItsFlow) {
  const Task task = tasks::regression({.inputs = normal(20, 4, 1), .targets = normal(20, 2, 2)});
  const Perceptron start({normal(15, 4, 3, 0.4), normal(2, 15, 4, 0.4)});
  const Prediction p = predict(start, task, {.tolerance = 2e-2});
  EXPECT_EQ(p.method(), Method::flow);
  EXPECT_LT(p.error(), 2e-2);
  const std::vector<double> times{0.5, 2.0};
  const Trajectory run =
      train(start, task, GradientFlow{.t_end = 2, .rtol = 1e-5, .method = GradientFlow::Method::explicit_runge_kutta},
            {.schedule = Schedule::at(times)});
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(p.train_error(times[i]), run.values("train_error")(static_cast<Index>(i) + 1), 1e-3);
  }
  EXPECT_TRUE(p.regimes().empty());
  EXPECT_THROW(static_cast<void>(p.end_to_end(1)), Error);
  // The lazy limit, at a large scale: antisymmetric pairs that start at f = 0.
  const Prediction lazy = predict(start, task, {.method = Method::linearized});
  EXPECT_NEAR(lazy.train_error(0), p.train_error(0), 1e-12);
  EXPECT_TRUE(std::isnan(lazy.error()));
  EXPECT_EQ(lazy.trace({0.5, infinity}, {}).values("train_error")(2), lazy.train_error(infinity));
  EXPECT_EQ(lazy.kernel_distance(1), 0);
  EXPECT_FALSE(lazy.state(1));
  EXPECT_THROW(static_cast<void>(lazy.end_to_end(1)), Error);
  EXPECT_THAT(error_of([&] { return lazy.modes(1); }), HasSubstr("modes: expected"));
  EXPECT_THAT(predict(start, task).warning(), HasSubstr("is above the tolerance, 0.01")) << "by default";
}

TEST(Prediction, StaysOnAManifoldOfLowRank) {
  const Matrix u = normal(3, 1, 1);
  const Matrix v = normal(1, 3, 2);
  const DeepLinear one({Matrix(0.5 * v), Matrix(0.5 * u)});
  // The same in three neurons, turned, so that rounding leaves rank 1.
  const Matrix turn = linalg::svd(normal(3, 3, 3)).u;
  const DeepLinear start({Matrix(0.5 * turn.col(0) * v), Matrix(0.5 * u * turn.col(0).transpose())});
  const Task task = tasks::target(normal(3, 3, 4), std::nullopt,
                                  {.weights = Matrix(Matrix::Ones(3, 3) + normal(3, 3, 5, 0.2).cwiseAbs())});
  const Prediction p = predict(start, task);
  EXPECT_EQ(p.method(), Method::gram_flow);
  EXPECT_THAT(p.reason(), HasSubstr("by a factor that keeps its rank"));
  EXPECT_TRUE(p.settled());
  EXPECT_LT(p.error(), 1e-6);
  const Prediction reference = predict(one, task, {.method = Method::flow});
  for (const double t : {1.0, 30.0, 1e3, infinity}) {
    EXPECT_LT(relative(p.end_to_end(t), reference.end_to_end(t)), 1e-6) << t;
  }
  EXPECT_LT(p.singular_values(infinity)(1), 1e-10);
  const Prediction rounded = predict(start, task, {.method = Method::flow});
  EXPECT_TRUE(std::isnan(rounded.error()));
  EXPECT_THAT(rounded.warning(), HasSubstr("invariant manifold of lower rank"));
}

TEST(Prediction, OfDeepWeightsDoesNotDependOnTheirUnit) {
  const Vector one = [] {
    Vector times;
    for (const double c : {1.0, 1e-3, 1e-5}) {
      const double size = 4e-3 * c;
      const DeepLinear w({normal(5, 4, 1, size), normal(5, 5, 2, size), normal(3, 5, 3, size)});
      const Prediction p = predict(w, tasks::target(std::pow(c, 3) * normal(3, 4, 4)));
      EXPECT_EQ(p.regimes(), Regimes(3, Regime::active)) << c;
      const Vector now = std::pow(c, 4) * p.learning_times(0.5);
      if (times.size() == 0) times = now;
      EXPECT_LT(relative(now, times), 1e-5) << c;
    }
    return times;
  }();
  EXPECT_TRUE(one.allFinite());
}

TEST(Prediction, HasTheModesOfTheTargetWhereWeightsDetermineIt) {
  const Matrix y = normal(3, 3, 4);
  const DeepLinear w = networks::gaussian_weights({3, 3}, {.width = 1, .variance = 0.01, .seed = 1});
  const Prediction p = predict(w, tasks::target(y, std::nullopt, {.weights = Matrix::Constant(3, 3, 2.0)}));
  EXPECT_LT(relative(p.mode_vectors().s, linalg::svd(y).s), 1e-12);
  EXPECT_EQ(p.regimes(), Regimes({Regime::active, Regime::never, Regime::never}));
}

TEST(Prediction, NeverLearnsModesOfNothing) {
  const Task task = tasks::target(normal(3, 1, 1) * normal(1, 4, 2));
  const DeepLinear wide = networks::gaussian_weights({3, 4}, {.width = 20, .variance = 0.1, .seed = 1});
  const DeepLinear narrow = networks::gaussian_weights({3, 4}, {.width = 2, .variance = 0.1, .seed = 1});
  const DeepLinear balanced = networks::balanced(0.1 * normal(3, 4, 3), 0.0, 3);
  const std::vector<std::pair<Network, Method>> starts{{SelfConsistent(Matrix::Zero(3, 4), 1.0), Method::mode_by_mode},
                                                       {balanced, Method::closed_form},
                                                       {wide, Method::gram_flow},
                                                       {narrow, Method::flow},
                                                       {wide, Method::nearest_closed_form}};
  for (const auto& [start, method] : starts) {
    const Prediction p = predict(start, task, {.method = method});
    SCOPED_TRACE(to_string(method));
    const Regimes regimes = p.regimes();
    EXPECT_NE(regimes[0], Regime::never);
    EXPECT_EQ(regimes[1], Regime::never);
    EXPECT_EQ(regimes[2], Regime::never);
    EXPECT_TRUE(std::isfinite(p.learning_times(0.5)(0)));
    EXPECT_EQ(p.learning_times(0.5)(1), infinity);
    EXPECT_EQ(p.learning_times(0.5)(2), infinity);
    EXPECT_EQ(p.warning(), "");
  }
}

// bdf steps over the growth of what is far below its tolerance. Then it is not known whether the mode is ever learned.
TEST(Prediction, DoesNotTakeLostGrowthForTheEnd) {
  for (const double slow : {1e-3, 1e-4, 1e-5}) {
    const Task task = tasks::target(Matrix(Vector{{1, slow}}.asDiagonal()));
    const Network start = networks::infinite_width(task.shape(), 1e-12);
    const Prediction p = predict(start, task, {.method = Method::gram_flow});
    const Vector truth = predict(start, task).learning_times(0.5);
    const Vector times = p.learning_times(0.5);
    EXPECT_NEAR(times(0) / truth(0), 1, 1e-6);
    EXPECT_TRUE(std::isnan(times(1)) || std::abs(times(1) / truth(1) - 1) < 0.1) << times(1) << " of " << truth(1);
    EXPECT_NE(p.regimes()[1], Regime::never);
    const Matrix end = p.end_to_end(infinity);
    EXPECT_TRUE(end.array().isNaN().all() || (end - task.target()).norm() < 1e-6) << end;
    EXPECT_NE(p.warning(), "");
  }
}

TEST(Prediction, TellsLayersOfLowRankThatRoundingLeavesIt) {
  const Matrix a = normal(3, 1, 1, 0.3) * normal(1, 3, 2, 0.3);
  const DeepLinear w = networks::balanced_deep(a, {5, 5}, 1);
  const Prediction p = predict(w, tasks::target(normal(3, 3, 3)), {.method = Method::flow});
  EXPECT_TRUE(std::isnan(p.error()));
  EXPECT_THAT(p.warning(), HasSubstr("rounding leaves: narrower layers do not"));
}

TEST(Prediction, DoesNotTellModesBelowItsError) {
  const DeepLinear w({normal(6, 5, 1, 3000), normal(4, 6, 2, 3000)});
  const Prediction p = predict(w, tasks::target(normal(4, 5, 3)));
  EXPECT_EQ(p.regimes(), Regimes(4, std::nullopt));
  EXPECT_TRUE(p.learning_times(0.5).array().isNaN().all());
  EXPECT_THAT(p.warning(), HasSubstr("the smallest 4 modes of the target are below the error of A"));
}

TEST(Prediction, IsAskedAtTheMostExtremeTimes) {
  const Problem problem = a_problem(1, 2, 25);
  const Prediction p = predict(problem.weights, problem.task);
  const std::vector<double> times{0, 1e-320, 1e-200, 1, 1e20, 1e100, 1e308, infinity};
  const Matrix errors = p.values(observables::train_error(), times);
  EXPECT_EQ(errors(1, 0), errors(0, 0));
  EXPECT_EQ(errors(2, 0), errors(0, 0));
  EXPECT_NEAR(errors(3, 0), p.train_error(1), 1e-9);
  for (Index i = 4; i < 7; ++i) EXPECT_EQ(errors(i, 0), errors(7, 0));
  EXPECT_EQ(p.train_error(1e200), errors(7, 0));
}

TEST(Prediction, TakesTheRatesOfAllLayers) {
  const Problem problem = a_problem(0, 3, 4);
  const Layerwise rates{1.0, 2.0, 0.5};
  const Prediction p = predict(problem.weights, problem.task, {.rates = rates});
  EXPECT_LT(true_error(p, problem.weights), 1e-6);
  EXPECT_THAT(error_of([&] {
                return predict(problem.weights, problem.task, {.rates = {1.0, 2.0}});
              }),
              HasSubstr("rates: expected one number, or one for each of the 3 layers"));
}

TEST(Prediction, OfOtherNetworksIsTheirOwnFlow) {
  const Task task = tasks::target(normal(3, 4, 3));
  const Prediction balanced = predict(DeepBalanced(0.3 * normal(3, 4, 5), 3), task);
  EXPECT_EQ(balanced.method(), Method::flow);
  EXPECT_EQ(balanced.regimes(), Regimes(3, std::nullopt)) << "it has no tangent kernel";
  const Task masked = tasks::completion({.target = normal(3, 4, 3), .fraction = 0.6});
  EXPECT_EQ(predict(SelfConsistent(Matrix::Zero(3, 4), 0.3), masked).method(), Method::self_consistent);
  const DeepLinear w = networks::gaussian_weights({3, 4}, {.width = 1000, .variance = 0.001, .seed = 1});
  const Prediction near = predict(w, masked, {.method = Method::self_consistent});
  EXPECT_LT(true_error(near, w), 3 * near.error());
  EXPECT_GT(near.error(), 1e-3);
}

TEST(Prediction, ThatCannotSettleSaysSo) {
  // Of a logistic cost the weights grow for ever.
  Problem problem = a_problem(0, 2, 3);
  const FlowPath path(problem.weights, std::make_shared<const Task>(problem.task), {.most_steps = 4});
  EXPECT_FALSE(path.settled());
  EXPECT_THAT(path.warning(), HasSubstr("has not settled by t = "));
  const Prediction p(problem.weights, std::make_shared<const Task>(problem.task), 1.0, path, {});
  EXPECT_TRUE(std::isnan(p.train_error(infinity)));
  EXPECT_FALSE(p.state(infinity));
  EXPECT_NEAR(p.train_error(1.0), predict(problem.weights, problem.task).train_error(1.0), 1e-7);
  for (const std::optional<Regime>& regime : p.regimes()) EXPECT_FALSE(regime && *regime == Regime::never);
}

TEST(Prediction, RefusesBadInput) {
  const Problem problem = a_problem(0, 2, 25);
  const auto ask = [&](const PredictOptions& o) {
    return error_of([&] { return predict(problem.weights, problem.task, o); });
  };
  EXPECT_EQ(ask({.tolerance = 0}), "tolerance: expected a finite number > 0, got 0");
  EXPECT_EQ(ask({.tolerance = nan}), "tolerance: expected a finite number > 0, got nan");
  EXPECT_THAT(ask({.rates = -1.0}), HasSubstr("rates"));
  EXPECT_THAT(ask({.method = Method::closed_form}),
              HasSubstr("method: expected a start that satisfies the closure within"));
  EXPECT_THAT(ask({.method = Method::mode_by_mode}), HasSubstr("method: expected infinite width and A = 0"));
  EXPECT_THAT(ask({.method = Method::linearized}), HasSubstr("method: expected a perceptron"));
  EXPECT_THAT(error_of([] { predict_method("gram"); }), HasSubstr("method: expected one of mode_by_mode, closed_form"));
  EXPECT_EQ(predict_method("gram_flow"), Method::gram_flow);
  const Prediction p = predict(problem.weights, problem.task);
  EXPECT_EQ(error_of([&] { return p.train_error(-1); }), "times: expected times >= 0, inf for the end, got -1");
  EXPECT_EQ(error_of([&] { return p.trace({0.1, nan}, {}); }), "times: expected times >= 0, inf for the end, got nan");
  EXPECT_EQ(error_of([&] { return p.trace({}, {}); }), "times: expected at least one time, got none");
  EXPECT_THAT(error_of([&] { return p.learning_times(1.5); }), HasSubstr("fraction: expected"));
  EXPECT_THAT(error_of([&] { return predict(problem.weights, tasks::target(normal(9, 9, 1))); }),
              HasSubstr("network: expected a network of 9 x 9"));
}

}  // namespace
}  // namespace linnet
