#include "linnet/perceptron/linearized.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "linnet/support/constants.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

/// The gradients of the outputs at all samples, those of a layer times √η.
Matrix scaled_features(const Perceptron& network, const Matrix& inputs, const std::vector<double>& rates) {
  Matrix features = difference_features(network, inputs);
  Index at = 0;
  for (std::size_t l = 0; l < rates.size(); ++l) {
    features.middleCols(at, network.weights()[l].size()) *= std::sqrt(rates[l]);
    at += network.weights()[l].size();
  }
  return features;
}

TEST(PerceptronLinearized, DescentIsThatOfTheLinearModelInItsParameters) {
  for (const Form& form : forms()) {
    const Perceptron start = perceptron(form.sizes, form.neuron);
    const Task task = samples(form.sizes.front(), form.sizes.back(), 11);
    std::vector<double> steps;
    for (std::size_t l = 0; l < start.weights().size(); ++l) steps.push_back(1e-3 * (1 + static_cast<double>(l)));
    const PerceptronLinearized lazy(start, task, Layerwise(steps));
    const Matrix features = scaled_features(start, task.samples()->inputs, steps);
    const Matrix test_features = scaled_features(start, task.test_samples()->inputs, steps);
    const Vector f_0 = start.at(task.samples()->inputs).reshaped();
    const Vector y = task.samples()->targets.reshaped();
    Vector moved = Vector::Zero(features.cols());  // (θ − θ_0)/√η
    for (int k = 0; k < 60; ++k) moved -= (2.0 / 11) * features.transpose() * (f_0 + features * moved - y);
    EXPECT_LT(relative(lazy.outputs_after(60).reshaped(), f_0 + features * moved), 1e-6);
    const Vector test_0 = start.at(task.test_samples()->inputs).reshaped();
    EXPECT_LT(relative(lazy.test_outputs_after(60).reshaped(), test_0 + test_features * moved), 1e-6);
  }
}

TEST(PerceptronLinearized, FlowIsTheLimitOfSmallStepsAndSolvesItsEquation) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  const Task task = samples(4, 1, 11);
  const PerceptronLinearized flow(start, task, {0.7, 1.3});
  constexpr double t = 0.8;
  const PerceptronLinearized descent(start, task, {0.7e-6, 1.3e-6});
  EXPECT_LT(relative(descent.outputs_after(800'000), flow.outputs(t)), 1e-5);
  EXPECT_LT(relative(descent.test_outputs_after(800'000), flow.test_outputs(t)), 1e-5);
  constexpr double dt = 1e-5;
  const Matrix rate = (flow.outputs(t + dt) - flow.outputs(t - dt)) / (2 * dt);
  const Vector residual = (flow.outputs(t) - task.samples()->targets).reshaped();
  EXPECT_LT(relative(rate.reshaped(), (-2.0 / 11) * flow.kernel() * residual), 1e-8);
  EXPECT_LT(relative(flow.outputs(0), start.at(task.samples()->inputs)), 1e-13);
  EXPECT_LT(relative(flow.test_outputs(0), start.at(task.test_samples()->inputs)), 1e-13);
}

TEST(PerceptronLinearized, TheLimitIsTheInterpolatorOfLeastDistance) {
  const Perceptron start = perceptron({4, 12, 1}, {});  // more parameters than samples
  const Task task = samples(4, 1, 11);
  const PerceptronLinearized lazy(start, task);
  EXPECT_LT(relative(lazy.outputs(infinity), task.samples()->targets), 1e-10);
  const Matrix features = difference_features(start, task.samples()->inputs);
  const Vector moved =
      features.transpose() * (features * features.transpose())
                                 .ldlt()
                                 .solve((task.samples()->targets - start.at(task.samples()->inputs)).reshaped());
  const Vector expected = start.at(task.test_samples()->inputs).reshaped() +
                          difference_features(start, task.test_samples()->inputs) * moved;
  EXPECT_LT(relative(lazy.test_outputs(infinity).reshaped(), expected), 1e-5);
  EXPECT_NEAR(lazy.train_error(0), plain_cost(start.weights(), {}, *task.samples()), 1e-13);
  EXPECT_NEAR(lazy.test_error(0), plain_cost(start.weights(), {}, *task.test_samples()), 1e-13);
}

TEST(PerceptronLinearized, ASingularKernelKeepsWhatItCannotLearn) {
  // One layer, 3 weights, 11 samples: the limit is least squares, on the test samples too.
  const Perceptron start = perceptron({3, 1}, {});
  const Task task = samples(3, 1, 11);
  const PerceptronLinearized lazy(start, task);
  const Matrix& x = task.samples()->inputs;
  const Matrix w = (x * x.transpose()).ldlt().solve(x * task.samples()->targets.transpose()).transpose();
  EXPECT_LT(relative(lazy.outputs(infinity), w * x), 1e-12);
  EXPECT_LT(relative(lazy.test_outputs(infinity), w * task.test_samples()->inputs), 1e-12);
  EXPECT_LT(relative(lazy.test_outputs(1e6), w * task.test_samples()->inputs), 1e-7);
}

TEST(PerceptronLinearized, IsWhatALargeScaleDoes) {
  // Large outgoing weights with small steps: the first layer hardly moves.
  const Task task = tasks::teacher({.dim = 5, .samples = 20, .test_samples = 30, .seed = 2, .normalisation = authors});
  const auto distance = [&](double tau) {
    const Perceptron start = networks::spherical_pairs(5, {.width = 40, .tau = tau, .alpha = 1, .seed = 1});
    const double step = 1e-3 / (tau * tau);
    const Trajectory run = train(start, task, GradientDescent{.step = step, .max_steps = 200});
    const PerceptronLinearized lazy(start, task, step);
    return relative(final_of(run).at(task.test_samples()->inputs), lazy.test_outputs_after(200));
  };
  EXPECT_LT(distance(100), 1e-3);
  EXPECT_GT(distance(10), 3 * distance(100));
}

TEST(PerceptronLinearized, BadInputIsNamed) {
  const Perceptron start = perceptron({4, 6, 1}, {});
  Task task = samples(4, 1, 11);
  const PerceptronLinearized lazy(start, task);
  EXPECT_EQ(caught([&] { static_cast<void>(lazy.outputs(-1)); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([&] { static_cast<void>(lazy.outputs_after(-1)); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([&] { PerceptronLinearized(start, task, {1.0, 0.0}); }).kind, Error::Kind::input);
  EXPECT_EQ(caught([&] { PerceptronLinearized(start, samples(5, 1, 11)); }).kind, Error::Kind::input);
  task.test.reset();
  EXPECT_EQ(caught([&] { static_cast<void>(PerceptronLinearized(start, task).test_error(1)); }).kind,
            Error::Kind::input);
}

}  // namespace
}  // namespace linnet
