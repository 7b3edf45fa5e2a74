#include <gtest/gtest.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/structured.hpp"
#include "tests/support/perceptron.hpp"

// Linear networks and perceptrons have the same tasks, costs, times, records and ends of runs.

namespace linnet {
namespace {

using namespace testing;

constexpr Normalisation half{};

/// Unstructured inputs, with test samples.
Task regression(Normalisation normalisation = half) {
  return tasks::regression({.inputs = normal(20, 5, 1),
                            .targets = normal(20, 3, 2),
                            .test_inputs = normal(15, 5, 3),
                            .test_targets = normal(15, 3, 4),
                            .normalisation = normalisation});
}

const Perceptron& start_of_slope_one() {
  static const Perceptron start = perceptron({5, 6, 4, 3}, {.slope = 1});
  return start;
}

const std::vector<std::string>& errors() {
  static const std::vector<std::string> names{"cost", "train_error", "test_error"};
  return names;
}

template <class Solver>
void expect_one_run(const Task& task, const Solver& solver, double tolerance) {
  const Record record{.observables = observables::by_names(errors())};
  const Trajectory one = train(start_of_slope_one(), task, solver, record);
  const Trajectory two = train(DeepLinear(start_of_slope_one().weights()), task, solver, record);
  EXPECT_EQ(one.time, two.time);
  EXPECT_EQ(one.step, two.step);
  for (const std::string& name : errors()) EXPECT_LT(relative(one.values(name), two.values(name)), tolerance) << name;
  const DeepLinear end = *weights_of(*two.final);
  for (std::size_t l = 0; l < 3; ++l) EXPECT_LT(relative(final_of(one).weights()[l], end.weights()[l]), tolerance);
  ASSERT_TRUE(one.best && two.best);
  EXPECT_EQ(one.best->step, two.best->step);
  EXPECT_NEAR(one.best->test_error, two.best->test_error, tolerance * two.best->test_error);
}

TEST(OneLearner, APerceptronOfSlopeOneIsADeepLinearNetwork) {
  for (const Normalisation& normalisation : {half, authors, Normalisation{.half = false}}) {
    const Task task = regression(normalisation);
    expect_one_run(task, GradientDescent{.step = 0.02, .momentum = 0.5, .max_steps = 60}, 1e-14);
    expect_one_run(task, GradientDescent{.step = {0.02, 0.01, 0.03}, .batch = 4, .seed = 3, .max_steps = 60}, 1e-14);
  }
}

TEST(OneLearner, FlowsTooWithinTheirTolerance) {
  for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::bdf}) {
    const Record record{.observables = observables::by_names(errors()), .schedule = Schedule::linear(5)};
    const GradientFlow solver{.t_end = 2, .rates = {1, 2, 0.5}, .rtol = 1e-9, .method = method};
    const Trajectory one = train(start_of_slope_one(), regression(), solver, record);
    const Trajectory two = train(DeepLinear(start_of_slope_one().weights()), regression(), solver, record);
    EXPECT_EQ(one.time, two.time);
    for (const std::string& name : errors()) EXPECT_LT(relative(one.values(name), two.values(name)), 1e-7) << name;
  }
}

TEST(OneLearner, CostsAndErrorsAreNormalisedAsTheTaskSays) {
  const Task task = regression();
  const Matrix f = start_of_slope_one().at(task.samples()->inputs);
  const double mean = (f - task.samples()->targets).squaredNorm() / 20;
  const auto first = [&](Normalisation normalisation, const Network& start) {
    const Trajectory run = train(start, regression(normalisation), GradientDescent{.max_steps = 0},
                                 {.observables = observables::by_names({"cost", "train_error"})});
    return std::pair(run.values("cost")(0), run.values("train_error")(0));
  };
  for (const Network& start : {Network(start_of_slope_one()), Network(DeepLinear(start_of_slope_one().weights()))}) {
    EXPECT_NEAR(first(half, start).first, mean / 2, 1e-14 * mean);
    EXPECT_NEAR(first(half, start).second, mean / 3, 1e-14 * mean);
    EXPECT_NEAR(first(authors, start).first, mean, 1e-14 * mean);
    EXPECT_NEAR(first(authors, start).second, mean, 1e-14 * mean);
  }
  EXPECT_EQ(task.train.words(),
            "C = sum_i |f(x_i) - y_i|^2 / (2 P); errors are means over the samples and outputs, 2C / outputs");
  EXPECT_EQ(regression(authors).train.words(), "C = sum_i |f(x_i) - y_i|^2 / P; errors are means over the samples, C");
}

TEST(OneLearner, BatchesWithoutHalfHaveTwiceTheGradient) {
  const Task one = tasks::regression({.inputs = normal(12, 5, 1), .targets = normal(12, 3, 2)});
  const Task two =
      tasks::regression({.inputs = normal(12, 5, 1), .targets = normal(12, 3, 2), .normalisation = {.half = false}});
  const DeepLinear start(start_of_slope_one().weights());
  const auto end = [&](const Task& task, double step) {
    return end_to_end(*train(start, task, GradientDescent{.step = step, .batch = 4, .seed = 1, .max_steps = 20}).final);
  };
  EXPECT_LT(relative(end(two, 0.01), end(one, 0.02)), 1e-14);
  const Matrix a = start.end_to_end();
  EXPECT_LT(relative(two.train.evaluate(a).gradient, 2 * one.train.evaluate(a).gradient), 1e-14);
  EXPECT_NEAR(two.train.evaluate(a).cost, 2 * one.train.evaluate(a).cost, 1e-13);
  EXPECT_EQ(two.train.error(a), two.train.error_of(two.train.evaluate(a).cost));
  EXPECT_NEAR(two.train.error(a), one.train.error(a), 1e-14);
}

TEST(OneLearner, LinearNetworksLearnFromSamplesOfATeacher) {
  const Task task = tasks::teacher({.dim = 6, .samples = 40, .test_samples = 30, .seed = 2});
  const DeepLinear start(perceptron({6, 4, 1}, {}).weights());
  const Trajectory run = train(start, task, GradientDescent{.step = 0.1, .max_steps = 200},
                               {.observables = observables::by_names({"train_error", "test_accuracy", "neuron_size"})});
  EXPECT_LT(run.values("train_error")(200), run.values("train_error")(0));
  EXPECT_EQ(run["neuron_size"].values.cols(), 4);
  const Matrix f = end_to_end(*run.final) * task.test_samples()->inputs;
  double right = 0;
  for (Index i = 0; i < f.cols(); ++i) right += (f(0, i) > 0) == (task.test_samples()->targets(0, i) > 0);
  EXPECT_EQ(run.values("test_accuracy")(200), right / 30);
}

TEST(OneLearner, TheBestIsThatOfAllStepsUnlessOfTheRecordsAlone) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const GradientDescent solver{.step = 0.01, .max_steps = 400};
  const std::vector<Observable> test{observables::test_error()};
  const Vector all = train(start, task, solver, {.observables = test}).values("test_error");
  Index step = 0;
  const double least = all.minCoeff(&step);
  ASSERT_GT(step, 0);
  ASSERT_LT(step, 400);
  const Trajectory ends = train(start, task, solver,
                                {.observables = test,
                                 .schedule = Schedule::ends(),
                                 .at_best = observables::by_names({"parameter_norm", "train_error", "test_accuracy"})});
  EXPECT_EQ(ends.best->step, step);
  EXPECT_EQ(ends.best->test_error, least);
  const Perceptron there = final_of(train(start, task, GradientDescent{.step = 0.01, .max_steps = step}));
  EXPECT_EQ(ends.best->values.at("parameter_norm"), there.norm());
  EXPECT_NEAR(ends.best->values.at("train_error"), ends.best->train_error, 1e-14);
  const Trajectory records =
      train(start, task, solver, {.observables = test, .schedule = Schedule::ends(), .best_of = BestOf::records});
  EXPECT_EQ(records.best->test_error, std::min(all(0), all(400)));
  EXPECT_FALSE(train(start, task, solver, {.schedule = Schedule::ends()}).best);  // nothing uses the test
  const Trajectory flow =
      train(start, task, GradientFlow{.t_end = 4, .rtol = 1e-5, .method = GradientFlow::Method::bdf},
            {.observables = test, .schedule = Schedule::ends()});
  EXPECT_NEAR(flow.best->test_error, least, 1e-2 * least);
  EXPECT_GT(flow.best->time, 0);
  EXPECT_LT(flow.best->time, 4);
}

TEST(OneLearner, AnObservableThatIsNotFoundIsNanAndTold) {
  Observable bad{.name = "bad", .long_name = "bad", .units = "1", .measure = {}};
  bad.need = needs::anything();
  bad.measure = [](const Snapshot& s, std::span<double> out) {
    if (s.time() > 0.015) {
      numerical_failure({.field = "bad", .expected = "a number", .got = "none"});
    }
    out[0] = 1;
  };
  const Trajectory run =
      train(perceptron({4, 6, 1}, {}), samples(4, 1, 12), GradientDescent{.step = 0.01, .max_steps = 3},
            {.observables = {bad, observables::train_error()}});
  EXPECT_EQ(run.outcome.status, Status::completed);
  EXPECT_EQ(run.values("bad")(1), 1);
  EXPECT_TRUE(std::isnan(run.values("bad")(2)));
  EXPECT_TRUE(std::isfinite(run.values("train_error")(3)));
  EXPECT_EQ(run.warning, "record.bad: nan at 2 of 4 records, first at t = 0.02: bad: expected a number, got none");
}

TEST(OneLearner, AnInterruptedMeasurementKeepsTheRun) {
  Observable slow{.name = "slow", .long_name = "slow", .units = "1", .measure = {}};
  slow.need = needs::anything();
  slow.measure = [](const Snapshot& s, std::span<double> out) {
    if (s.time() > 0.015) stop_if_asked();
    out[0] = 1;
  };
  int asked = 0;
  const Trajectory run =
      train(perceptron({4, 6, 1}, {}), samples(4, 1, 12), GradientDescent{.step = 0.01, .max_steps = 100},
            {.observables = {slow}}, [&](const Progress& p) { return p.done < 2 || asked++ == 0; });
  EXPECT_EQ(run.outcome.status, Status::interrupted);
  ASSERT_GE(run.values("slow").size(), 3);
  EXPECT_TRUE(std::isnan(run.values("slow")(2)));
}

TEST(OneLearner, ImplicitFlowCountsTimeAnewForEveryNetwork) {
  // Three layers from 1e-8 wait for about 1e8 at the origin, then move within times of order 1.
  std::vector<Matrix> weights = perceptron({2, 2, 2, 1}, {.slope = 1}).weights();
  for (Matrix& w : weights) w *= 1e-8;
  Matrix x(2, 2);
  x << 2, 0, 0, 1;
  Matrix y(2, 1);
  y << 4, 3;
  const Task task = tasks::regression({.inputs = x, .targets = y});
  const GradientFlow solver{.t_end = 1e9, .rtol = 1e-7, .method = GradientFlow::Method::bdf};
  const Record record{.observables = {observables::cost()}, .schedule = Schedule::logarithmic(1e6, 20)};
  const Trajectory one = train(Perceptron(weights, {.slope = 1}), task, solver, record);
  const Trajectory two = train(DeepLinear(weights), task, solver, record);
  EXPECT_EQ(one.outcome.status, Status::completed);
  EXPECT_LT(one.values("cost")(20), 1e-6 * one.values("cost")(0));
  EXPECT_NEAR(one.values("cost")(20), two.values("cost")(20), 1e-6 * one.values("cost")(0));
}

TEST(OneLearner, TwoNetworksOfAnyKindCompare) {
  const Task task = regression();
  const GradientDescent solver{.step = 0.02, .batch = 5, .max_steps = 30};
  const DeepLinear linear(start_of_slope_one().weights());
  const Comparison same = compare(start_of_slope_one(), linear, task, solver);
  EXPECT_LT(same.largest_distance, 1e-13);
  const Perceptron relu(start_of_slope_one().weights());
  const Comparison other = compare(relu, start_of_slope_one(), task, solver);
  const Matrix& x = task.samples()->inputs;
  const Matrix apart = final_of(other.first).at(x) - final_of(other.second).at(x);
  EXPECT_NEAR(other.distance(30), apart.norm() / std::sqrt(20.0), 1e-13);
  EXPECT_GE(other.largest_distance, other.distance.maxCoeff());
}

TEST(OneLearner, ARunGoesOnFromItsFinalNetwork) {
  const Task first = samples(4, 1, 12);
  const Task then = tasks::reversed(first);
  EXPECT_EQ(then.samples()->targets, -first.samples()->targets);
  const GradientDescent solver{.step = 0.01, .max_steps = 40};
  const Trajectory one = train(perceptron({4, 6, 1}, {}), first, solver,
                               {.observables = {observables::task_errors({first, then}), observables::train_error()}});
  EXPECT_DOUBLE_EQ(one["task_error"].values(40, 0), one.values("train_error")(40));  // summed in another order
  const Trajectory two = train(*one.final, then, solver);
  EXPECT_NEAR(two.values("train_error")(0), one["task_error"].values(40, 1), 1e-14);
  EXPECT_LT(two.values("train_error")(40), two.values("train_error")(0));
}

TEST(OneLearner, AnObservableThatANetworkHasNotGotNamesThoseThatHaveIt) {
  const Task task = samples(4, 1, 12);
  const Perceptron relu = perceptron({4, 6, 1}, {});
  const auto refusal = [&](const Network& network, const Task& on, const std::string& name) {
    int steps = 0;
    const std::string error = error_of([&] {
      train(network, on, GradientDescent{}, {.observables = observables::by_names({name})},
            [&](const Progress&) { return ++steps < 3; });
    });
    EXPECT_EQ(steps, 0);  // no step was made
    return error;
  };
  EXPECT_EQ(refusal(relu, task, "singular_values"),
            "record.singular_values: expected a network with an end-to-end matrix A: linear networks, got a perceptron "
            "of depth 2 and 1 output");
  EXPECT_EQ(refusal(perceptron({4, 6, 2}, {}), samples(4, 2, 12), "neuron_balance"),
            "record.neuron_balance: expected a network with two layers with one output, by their weights: DeepLinear "
            "and Perceptron of two layers and one output, got a perceptron of depth 2 and 2 outputs");
  const GramState gram = GramState::from_weights({normal(2, 3, 1), normal(3, 2, 2)});
  const Task target = tasks::target(normal(3, 3, 4));
  EXPECT_EQ(refusal(gram, target, "parameter_norm"),
            "record.parameter_norm: expected a network with its weights: DeepLinear, Perceptron, got a Gram state");
  EXPECT_EQ(
      refusal(gram, target, "train_accuracy"),
      "record.train_accuracy: expected a task with samples, got a task without: target\n  hint: record what needs "
      "the end-to-end matrix alone");
  EXPECT_EQ(error_of([&] { train(relu, tasks::target(normal(1, 4, 1)), GradientDescent{}); }).substr(0, 60),
            "task: expected a task with samples, for a network that is no");
}

}  // namespace
}  // namespace linnet
