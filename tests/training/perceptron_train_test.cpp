#include <gtest/gtest.h>

#include <cmath>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/perceptron/kernel.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

std::vector<Observable> named(const std::vector<std::string>& names) { return observables::by_names(names); }

TEST(PerceptronDescent, IsThePlainLoop) {
  for (const Form& form : forms()) {
    const Perceptron start = perceptron(form.sizes, form.neuron);
    const Task task = samples(form.sizes.front(), form.sizes.back(), 11);
    const double step = form.neuron.activation == Activation::quadratic ? 1e-5 : 0.01;
    std::vector<Matrix> w = start.weights();
    Backpropagation backward(start, 1);
    for (int k = 0; k < 20; ++k) {
      backward.differentiate(w, in_blocks(*task.samples()));
      for (std::size_t l = 0; l < w.size(); ++l) w[l] -= step * backward.gradients()[l];
    }
    const Trajectory run = train(start, task, GradientDescent{.step = step, .max_steps = 20});
    EXPECT_EQ(run.time.back(), 20 * step);
    ASSERT_TRUE(run.final);
    for (std::size_t l = 0; l < w.size(); ++l) EXPECT_LT(relative(final_of(run).weights()[l], w[l]), 1e-12);
    EXPECT_NEAR(run.values("train_error")(20), plain_cost(w, form.neuron, *task.samples()), 1e-12);
  }
}

TEST(PerceptronDescent, WithSlopeOneItIsThatOfALinearNetworkAtTwiceTheStep) {
  const Perceptron start = perceptron({5, 6, 4, 3}, {.slope = 1});
  const Matrix x = normal(20, 5, 1);
  const Matrix t = normal(20, 3, 2);
  const tasks::Regression data{.inputs = x, .targets = t};
  tasks::Regression without_half = data;
  without_half.normalisation = authors;
  const Trajectory run =
      train(start, tasks::regression(without_half), GradientDescent{.step = 0.01, .momentum = 0.5, .max_steps = 50});
  const Trajectory linear = train(DeepLinear(start.weights()), tasks::regression(data),
                                  GradientDescent{.step = 0.02, .momentum = 0.5, .max_steps = 50});
  const DeepLinear end = *weights_of(*linear.final);
  for (std::size_t l = 0; l < 3; ++l) EXPECT_LT(relative(final_of(run).weights()[l], end.weights()[l]), 1e-12);
}

TEST(PerceptronDescent, FullBatchesAreAllSamplesAndSmallOnesAreNot) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const auto end = [&](Index batch, std::uint64_t seed) {
    return final_of(train(start, task, GradientDescent{.step = 0.01, .batch = batch, .seed = seed, .max_steps = 30}))
        .weights()[0];
  };
  EXPECT_LT(relative(end(12, 1), end(0, 0)), 1e-13);
  EXPECT_GT(relative(end(3, 1), end(0, 0)), 1e-4);
  EXPECT_EQ(end(3, 1), end(3, 1));
  EXPECT_NE(end(3, 1), end(3, 2));
}

TEST(PerceptronDescent, BatchesRecordTheCostOfAllSamples) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const Trajectory run = train(start, task, GradientDescent{.step = 0.01, .batch = 3, .max_steps = 7},
                               {.schedule = Schedule::every(3), .keep_networks = true});
  ASSERT_EQ(run.networks.size(), 4U);
  EXPECT_EQ(run.step, (std::vector<Index>{0, 3, 6, 7}));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(run.values("train_error")(static_cast<Index>(i)),
                plain_cost(std::get<Perceptron>(run.networks[i]).weights(), {}, *task.samples()), 1e-13);
  }
}

TEST(PerceptronDescent, SameBitsEveryTimeAndWhateverIsRecorded) {
  const Perceptron start = networks::spherical_pairs(6, {.width = 8, .alpha = 1, .seed = 1});
  const Task task = tasks::teacher({.dim = 6, .samples = 300, .test_samples = 20, .seed = 2, .normalisation = authors});
  const GradientDescent solver{.step = 0.05, .max_steps = 100};
  const Trajectory all = train(start, task, solver, {.observables = named(names_of(start, task))});
  EXPECT_EQ(final_of(train(start, task, solver, {.observables = {}, .schedule = Schedule::ends()})).weights(),
            final_of(all).weights());
}

TEST(PerceptronDescent, BalancesDriftAtSecondOrderOfTheStep) {
  for (const HiddenUnit& neuron :
       {HiddenUnit{}, HiddenUnit{.slope = 0.3}, HiddenUnit{.activation = Activation::quadratic}}) {
    const Perceptron start = perceptron({4, 6, 5, 2}, neuron);
    const Task task = samples(4, 2, 11);
    const auto drift = [&](double step) {
      const Trajectory run = train(start, task, GradientDescent{.step = {step, 3 * step, step / 2}, .max_steps = 1},
                                   {.observables = named({"imbalance_drift"})});
      return run.values("imbalance_drift")(1);
    };
    EXPECT_NEAR(drift(2e-4) / drift(1e-4), 4, 1e-6);
    EXPECT_GT(drift(1e-4), 0);
  }
}

TEST(PerceptronDescent, EndsLikeOthers) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const Trajectory diverged = train(start, task, GradientDescent{.step = 1e3, .max_steps = 1000});
  EXPECT_EQ(diverged.outcome.status, Status::diverged);
  EXPECT_LT(diverged.outcome.step, 100);
  const double first = plain_cost(start.weights(), {}, *task.samples());
  const auto stopped = [&](StopRule rule, Index batch) {
    return train(start, task,
                 GradientDescent{.step = 0.01, .batch = batch, .max_steps = 2000, .stop = {std::move(rule)}},
                 {.observables = named({"cost", "test_error"})});
  };
  for (const Index batch : {0, 4}) {
    const Trajectory below = stopped(stop::cost_below(first / 2), batch);
    EXPECT_EQ(below.outcome.rule, "cost_below");
    EXPECT_LT(below.values("cost").tail(1)(0), first / 2);
    EXPECT_GE(below.values("cost").tail(2)(0), first / 2);
  }
  const Trajectory rose = stopped(stop::test_error_rose(), 0);
  ASSERT_EQ(rose.outcome.status, Status::stopped);
  const Vector tail = rose.values("test_error").tail(3);
  EXPECT_TRUE(tail(0) < tail(1) && tail(1) < tail(2));
  ASSERT_TRUE(rose.best);
  EXPECT_EQ(rose.best->test_error, rose.values("test_error").minCoeff());
  Backpropagation backward(start, 1);
  backward.differentiate(start.weights(), in_blocks(*task.samples()));
  const double steep = std::hypot(backward.gradients()[0].norm(), backward.gradients()[1].norm());
  for (const Index batch : {0, 4}) {
    EXPECT_EQ(stopped(stop::gradient_below(1.001 * steep), batch).outcome.step, 0);
    EXPECT_NE(stopped(stop::gradient_below(0.999 * steep), batch).outcome.step, 0);
  }
  int calls = 0;
  const Trajectory interrupted = train(start, task, GradientDescent{.step = 0.01, .max_steps = 100}, {},
                                       [&](const Progress& p) { return p.done < 3 && ++calls < 100; });
  EXPECT_EQ(interrupted.outcome.status, Status::interrupted);
  EXPECT_EQ(interrupted.outcome.step, 3);
}

TEST(PerceptronDescent, BadInputIsNamed) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 12);
  const auto kind = [&](const GradientDescent& solver, const Record& record = {}) {
    return caught([&] { train(start, task, solver, record); }).kind;
  };
  EXPECT_EQ(kind({.step = 0}), Error::Kind::input);
  EXPECT_EQ(kind({.step = {0.1, 0.1, 0.1}}), Error::Kind::input);
  EXPECT_EQ(kind({.batch = 13}), Error::Kind::input);
  EXPECT_EQ(kind({.order = Order::sequential}), Error::Kind::input);
  EXPECT_EQ(caught([&] { train(start, samples(5, 1, 12), GradientDescent{}); }).kind, Error::Kind::input);
  Task untested = task;
  untested.test.reset();
  EXPECT_EQ(caught([&] { train(start, untested, GradientDescent{}, {.observables = named({"test_error"})}); }).kind,
            Error::Kind::input);
  EXPECT_EQ(caught([&] {
              train(perceptron({4, 6, 2}, {}), samples(4, 2, 5), GradientDescent{},
                    {.observables = named({"neuron_balance"})});
            }).kind,
            Error::Kind::input);
  EXPECT_NE(error_of([] { observables::by_name("hamming_distence"); }).find("\"hamming_distance\""), std::string::npos);
}

// Starts where all gradients are 0, or would underflow.
TEST(PerceptronStart, CriticalPointsAndUnderflowAreRefusedByEachSolver) {
  const Task task = samples(4, 1, 12);
  const auto both = [&](const std::vector<Matrix>& weights, HiddenUnit neuron = {}) {
    const Perceptron start(weights, neuron);
    const std::string descent = error_of([&] { train(start, task, GradientDescent{.step = 1e-3, .max_steps = 1}); });
    EXPECT_EQ(error_of([&] {
                train(start, task, GradientFlow{.t_end = 1e-3, .rtol = 1e-3, .method = GradientFlow::Method::bdf});
              }),
              descent);
    return descent;
  };
  const Matrix w = normal(6, 4, 1);
  const Matrix a = normal(1, 6, 2);
  const HiddenUnit leaky{.slope = 0.2};
  const HiddenUnit quadratic{.activation = Activation::quadratic};
  EXPECT_EQ(both({0 * w, 0 * a}),
            "network.weights: expected weights that are not all 0, got the origin, a critical point: training does not "
            "leave it\n  hint: start near it: a small variance or tau");
  const std::string off =
      "network.weights: expected a start that is no critical point, got hidden neurons that are 0 on every sample: "
      "every gradient is 0 and the cost is not minimal\n"
      "  hint: draw other weights, or take leaky neurons: slope > 0";
  EXPECT_EQ(both({0 * w, a}), off);
  EXPECT_EQ(both({0 * w, a}, quadratic), off);
  EXPECT_EQ(both({w, 0 * normal(5, 6, 3), 0 * normal(1, 5, 4)}, leaky), off);
  EXPECT_EQ(
      both({1e-160 * w, 1e-160 * a}),
      "network.weights: expected weights whose products can be held: outputs above 1e-280, got entries of at most " +
          format_number(1e-160 * std::max(w.cwiseAbs().maxCoeff(), a.cwiseAbs().maxCoeff())) +
          " in 2 layers, whose outputs underflow\n"
          "  hint: use a larger scale: what follows is the same, but for the wait");
  EXPECT_NE(both({1e-100 * w, 1e-100 * a}, quadratic).find("underflow"), std::string::npos);
  // A first layer of 0 moves if the neurons are leaky, a last layer of 0 always.
  EXPECT_EQ(both({0 * w, a}, leaky), "nothing was thrown");
  EXPECT_EQ(both({w, 0 * a}), "nothing was thrown");
  EXPECT_EQ(both({0 * normal(1, 4, 1)}), "nothing was thrown");
  EXPECT_EQ(both({1e-100 * w, 1e-100 * a}), "nothing was thrown");
}

TEST(PerceptronObservables, AreWhatTheirFormulasSay) {
  const Perceptron start = networks::spherical_pairs(6, {.width = 8, .tau = 0.5, .alpha = 0.7, .seed = 1});
  const Task task = tasks::teacher({.dim = 6, .samples = 30, .test_samples = 20, .seed = 2, .normalisation = authors});
  const Trajectory run =
      train(start, task, GradientDescent{.step = {0.2, 0.05}, .max_steps = 300},
            {.observables = named(names_of(start, task)), .schedule = Schedule::every(100), .keep_networks = true});
  const Trajectory& t = run;
  for (std::size_t i = 0; i < run.networks.size(); ++i) {
    const Perceptron& now = std::get<Perceptron>(run.networks[i]);
    const auto r = static_cast<Index>(i);
    const Matrix& w = now.weights()[0];
    const Matrix& a = now.weights()[1];
    EXPECT_NEAR(t.values("test_error")(r), plain_cost(now.weights(), {}, *task.test_samples()), 1e-14);
    EXPECT_EQ(t.values("cost")(r), t.values("train_error")(r));
    EXPECT_NEAR(t.values("kernel_distance")(r), kernel_distance(start, now, task.samples()->inputs, {0.2, 0.05}),
                1e-14);
    EXPECT_NEAR(t.values("parameter_norm")(r), std::sqrt(w.squaredNorm() + a.squaredNorm()), 1e-13);
    EXPECT_NEAR(t.values("parameter_distance")(r),
                std::sqrt((w - start.weights()[0]).squaredNorm() + (a - start.weights()[1]).squaredNorm()), 1e-13);
    const Matrix before = start.weights()[0] * task.samples()->inputs;
    const Matrix h = w * task.samples()->inputs;
    double flipped = 0;
    for (Index j = 0; j < h.size(); ++j) flipped += (h.data()[j] > 0) != (before.data()[j] > 0);
    EXPECT_NEAR(t.values("hamming_distance")(r), flipped / static_cast<double>(h.size()), 1e-14);
    double right = 0;
    const Matrix f = now.at(task.samples()->inputs);
    for (Index j = 0; j < f.size(); ++j) right += (f(0, j) > 0) == (task.samples()->targets(0, j) > 0);
    EXPECT_NEAR(t.values("train_accuracy")(r), right / 30, 1e-14);
    for (Index k = 0; k < 8; ++k) {
      // In the time of the records, kη with η² the product of the steps, the rates are 2 and ½.
      EXPECT_NEAR(t["neuron_balance"].values(r, k), 2 * a(0, k) * a(0, k) - 0.5 * w.row(k).squaredNorm(), 1e-13);
      EXPECT_NEAR(t["neuron_size"].values(r, k), std::abs(a(0, k)) * w.row(k).norm(), 1e-13);
      EXPECT_NEAR(t["neuron_path"].values(r, 6 * k + 4), std::abs(a(0, k)) * w(k, 4), 1e-13);
      EXPECT_NEAR(t["neuron_direction"].values(r, 6 * k + 4), w(k, 4) / w.row(k).norm(), 1e-13);
      EXPECT_NEAR(t["neuron_direction"].values.row(r).segment(6 * k, 6).norm(), 1, 1e-14);
    }
  }
  EXPECT_GT(t.values("hamming_distance")(3), 0);
  EXPECT_GT(t.values("kernel_distance")(3), 1e-3);
  EXPECT_LT(t.values("imbalance_drift")(3), 0.2);
}

TEST(PerceptronObservables, BalancesOfAFlowAreAtItsRates) {
  const Perceptron start = networks::spherical_pairs(6, {.width = 4, .tau = 0.5, .delta = 0.3, .seed = 1});
  const Task task = tasks::teacher({.dim = 6, .samples = 30, .seed = 2, .normalisation = authors});
  for (const Layerwise& rates : {Layerwise(4.0), Layerwise{4, 1}}) {
    const Trajectory run = train(
        start, task, GradientFlow{.t_end = 1e-3, .rates = rates, .rtol = 1e-4, .method = GradientFlow::Method::bdf},
        {.observables = named({"neuron_balance", "imbalance_drift", "kernel_distance"}), .schedule = Schedule::ends()});
    const Vector expected = neuron_balances(start, rates.values()).front();
    EXPECT_LT((run["neuron_balance"].values.row(0).transpose() - expected).norm(), 1e-14);
    EXPECT_EQ(run.values("kernel_distance")(0), 0);
    EXPECT_LT(run.values("imbalance_drift")(1), 1e-6);
  }
}

TEST(PerceptronObservables, AccuracyOfSeveralOutputsIsOfTheLargest) {
  const Perceptron identity({Matrix::Identity(3, 3)});
  Matrix x(4, 3);
  x << 3, 1, 2, 0, 1, 2, 1, 5, 2, 9, 8, 7;
  Matrix t(4, 3);
  t << 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1;
  const Trajectory run = train(identity, tasks::regression({.inputs = x, .targets = t, .normalisation = authors}),
                               GradientDescent{.max_steps = 0}, {.observables = named({"train_accuracy"})});
  EXPECT_EQ(run.values("train_accuracy")(0), 0.5);
}

}  // namespace
}  // namespace linnet
