#include <gtest/gtest.h>

#include <cmath>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

using Method = GradientFlow::Method;

const std::vector<HiddenUnit>& neurons() {
  static const std::vector<HiddenUnit> all{{}, {.slope = 0.3}, {.activation = Activation::quadratic}};
  return all;
}

double end_of(const HiddenUnit& neuron) { return neuron.activation == Activation::quadratic ? 2e-3 : 0.5; }

TEST(PerceptronFlow, DescentApproachesItAtFirstOrder) {
  for (const HiddenUnit& neuron : neurons()) {
    const Perceptron start = perceptron({4, 6, 5, 2}, neuron, 7);
    const Task task = samples(4, 2, 11);
    const double t = end_of(neuron);
    const Perceptron flow = final_of(
        train(start, task, GradientFlow{.t_end = t, .rates = {1, 2, 0.5}, .rtol = 1e-7, .method = Method::bdf}));
    const auto distance = [&](Index steps) {
      const double step = t / static_cast<double>(steps);
      return parameter_distance(
          final_of(train(start, task, GradientDescent{.step = {step, 2 * step, 0.5 * step}, .max_steps = steps},
                         {.schedule = Schedule::ends()})),
          flow);
    };
    EXPECT_LT(distance(5000), 1e-3 * flow.norm());
    // Where samples stay on kinks, descent oscillates by an amount that depends on its step but is not proportional to
    // it.
    const double ratio = distance(500) / distance(5000);
    EXPECT_GT(ratio, 6);
    EXPECT_LT(ratio, 16);
  }
}

TEST(PerceptronFlow, ASampleThatStaysOnAKinkIsKeptThere) {
  // One neuron with a = 1, which a small rate keeps constant. The sample (1, 0) of target −1 decreases w_1 while it is
  // active, w_1 > 0, and (1, 1) of target 1 increases w_1 while w_1 + w_2 < 1: from both sides the velocity points to
  // w_1 = 0.
  Matrix x(2, 2);
  x << 1, 1, 0, 1;
  Matrix y(1, 2);
  y << -1, 1;
  const Task task{.name = "kink", .train = Cost::on_samples({.inputs = x, .targets = y}, authors)};
  Matrix w(1, 2);
  w << 0.5, 0.5;
  const Perceptron start({w, Matrix::Ones(1, 1)});
  const Trajectory run =
      train(start, task, GradientFlow{.t_end = 40, .rates = {1, 1e-12}, .rtol = 1e-6, .method = Method::bdf});
  // It slides along w_1 = 0 to the fit of the second sample.
  EXPECT_NEAR(final_of(run).weights()[0](0, 0), 0, 1e-5);
  EXPECT_NEAR(final_of(run).weights()[0](0, 1), 1, 1e-4);
  EXPECT_LT(run.outcome.statistics.steps, 2000);
}

TEST(PerceptronFlow, MethodsAgree) {
  const Perceptron start = networks::spherical_pairs(6, {.width = 8, .tau = 0.8, .alpha = 1, .seed = 1});
  const Task task = tasks::teacher({.dim = 6, .samples = 40, .test_samples = 50, .seed = 2, .normalisation = authors});
  const auto end = [&](Method method, double rtol) {
    return final_of(train(start, task, GradientFlow{.t_end = 5, .rtol = rtol, .method = method}));
  };
  const Perceptron reference = end(Method::bdf, 1e-7);
  EXPECT_LT(parameter_distance(end(Method::adams, 1e-5), reference), 1e-3);
  EXPECT_LT(parameter_distance(end(Method::bdf, 1e-5), reference), 1e-3);
  EXPECT_LT(parameter_distance(end(Method::explicit_runge_kutta, 1e-5), reference), 1e-3);
}

TEST(PerceptronFlow, EveryNeuronKeepsItsBalance) {
  for (const HiddenUnit& neuron : neurons()) {
    const Perceptron start = perceptron({4, 6, 5, 2}, neuron, 7);
    const Trajectory run =
        train(start, samples(4, 2, 11),
              GradientFlow{.t_end = end_of(neuron), .rates = {1, 3, 0.5}, .rtol = 1e-7, .method = Method::bdf},
              {.observables = observables::by_names({"imbalance_drift", "parameter_distance"}),
               .schedule = Schedule::linear(5)});
    EXPECT_LT(run.values("imbalance_drift").maxCoeff(), 1e-5);
    EXPECT_GT(run.values("parameter_distance")(4), 0.05 * start.norm());
  }
}

TEST(PerceptronFlow, WithSlopeOneItIsThatOfALinearNetworkAtTwiceTheRate) {
  const Perceptron start = perceptron({5, 6, 4, 3}, {.slope = 1});
  const tasks::Regression data{.inputs = normal(20, 5, 1), .targets = normal(20, 3, 2)};
  tasks::Regression without_half = data;
  without_half.normalisation = authors;
  for (const Method method : {Method::adams, Method::bdf}) {
    const Trajectory run = train(start, tasks::regression(without_half), GradientFlow{.t_end = 1, .method = method});
    const Trajectory linear =
        train(DeepLinear(start.weights()), tasks::regression(data), GradientFlow{.t_end = 1, .rates = 2.0});
    const DeepLinear end = *weights_of(*linear.final);
    for (std::size_t l = 0; l < 3; ++l) EXPECT_LT(relative(final_of(run).weights()[l], end.weights()[l]), 1e-6);
  }
}

TEST(PerceptronFlow, RecordsWhereAskedAndFindsEvents) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const Record record{.observables = observables::by_names({"cost"}), .schedule = Schedule::at({0.1, 0.25, 2.0})};
  const Trajectory run = train(start, task, GradientFlow{.t_end = 2, .rtol = 1e-6, .method = Method::bdf}, record);
  EXPECT_EQ(run.time, (std::vector<double>{0, 0.1, 0.25, 2}));
  const Vector cost = run.values("cost");
  EXPECT_NEAR(cost(0), plain_cost(start.weights(), {}, *task.samples()), 1e-13);
  EXPECT_EQ(cost(3), cost.minCoeff());
  const double half = (cost(1) + cost(2)) / 2;
  const GradientFlow until{.t_end = 2,
                           .rtol = 1e-6,
                           .method = Method::bdf,
                           .events = {{.kind = FlowEvent::Kind::cost_below, .value = half, .terminal = true}}};
  const Trajectory ended = train(start, task, until, record);
  EXPECT_EQ(ended.outcome.status, Status::stopped);
  EXPECT_GT(ended.outcome.time, 0.1);
  EXPECT_LT(ended.outcome.time, 0.25);
  EXPECT_NEAR(ended.values("cost").tail(1)(0), half, 1e-4 * half);
  EXPECT_EQ(train(start, task,
                  GradientFlow{.t_end = 2,
                               .rtol = 1e-6,
                               .method = Method::bdf,
                               .events = {{.kind = FlowEvent::Kind::gradient_below, .value = 1e9}}})
                .outcome.events.front()
                .time,
            0);
  EXPECT_EQ(caught([&] {
              train(start, task, GradientFlow{.events = {{.kind = FlowEvent::Kind::threshold_crossing, .value = 1}}});
            }).kind,
            Error::Kind::input);
  EXPECT_EQ(caught([&] { train(start, task, GradientFlow{.rates = {1, 1, 1}}); }).kind, Error::Kind::input);
  EXPECT_EQ(error_of([&] { train(start, task, GradientFlow{}); }),
            "solver.rtol: expected at least 1e-08, for the kinks of ReLU, got 1e-09\n  hint: the method bdf with "
            "an rtol from 1e-2 to 1e-6 suits them");
}

}  // namespace
}  // namespace linnet
