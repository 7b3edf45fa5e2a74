#include <gtest/gtest.h>

#include <cmath>

#include "linnet/tasks/classification.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

std::vector<Observable> of_drive() {
  return {observables::neuron_drive(), observables::neuron_growth(), observables::neuron_turning(),
          observables::neuron_size(), observables::neuron_direction()};
}

/// ξ_k is −∂C/∂w_k over a_k, with the gradient by differences of the cost.
TEST(NeuronDrive, IsTheGradientOverTheOutputWeight) {
  for (const HiddenUnit& neuron : {HiddenUnit{}, HiddenUnit{.slope = 0.3}, HiddenUnit{Activation::quadratic}}) {
    const Task task = samples(3, 1, 9);
    const Perceptron f = perceptron({3, 4, 1}, neuron);
    const Trajectory run = train(f, task, GradientDescent{.max_steps = 0}, {.observables = of_drive()});
    const Matrix xi = run["neuron_drive"].values.row(0).reshaped<Eigen::RowMajor>(4, 3);
    const Matrix gradient = difference_gradients(f, *task.samples())[0];
    for (Index k = 0; k < 4; ++k) {
      EXPECT_LT((f.weights()[1](0, k) * xi.row(k) + gradient.row(k)).norm(), 1e-7 * (1 + gradient.norm()));
    }
  }
}

/// Growth and turning are the derivatives of size and direction along the flow, at unequal rates.
TEST(NeuronDrive, GrowthAndTurningAreTheDerivativesAlongTheFlow) {
  constexpr double h = 1e-6;
  for (const HiddenUnit& neuron : {HiddenUnit{.slope = 0.3}, HiddenUnit{Activation::quadratic}}) {
    const Task task = samples(3, 1, 9);
    const Perceptron f = perceptron({3, 4, 1}, neuron);
    const GradientFlow flow{.t_end = 2 * h,
                            .rates = {0.5, 2.0},
                            .rtol = 1e-8,
                            .atol = 1e-13,
                            .method = GradientFlow::Method::explicit_runge_kutta};
    const Trajectory run = train(f, task, flow, {.observables = of_drive(), .schedule = Schedule::at({h})});
    ASSERT_EQ(run.time.size(), 3U);
    const Matrix& size = run["neuron_size"].values;
    const Matrix& direction = run["neuron_direction"].values;
    for (Index k = 0; k < 4; ++k) {
      const double growth = run["neuron_growth"].values(1, k);
      EXPECT_NEAR(growth, (size(2, k) - size(0, k)) / (2 * h), 1e-6 * (1 + std::abs(growth)));
      const double turned = (direction.row(2) - direction.row(0)).segment(3 * k, 3).norm() / (2 * h);
      EXPECT_NEAR(run["neuron_turning"].values(1, k), turned, 1e-6 * (1 + turned));
      EXPECT_GT(turned, 1e-3);
    }
  }
}

/// With cross-entropy of one output the slope of the loss takes the place of the residual.
TEST(NeuronDrive, OfOtherLosses) {
  const Matrix x = normal(2, 8, 3);
  Vector labels(8);
  for (Index i = 0; i < 8; ++i) labels(i) = i % 3 == 0 ? 1 : -1;
  const Task task = tasks::classification({.inputs = x.transpose(), .labels = labels});
  const Perceptron f = perceptron({2, 3, 1}, {});
  const Trajectory run = train(f, task, GradientDescent{.max_steps = 0}, {.observables = of_drive()});
  const Matrix xi = run["neuron_drive"].values.row(0).reshaped<Eigen::RowMajor>(3, 2);
  for (Index k = 0; k < 3; ++k) {
    Vector expected = Vector::Zero(2);
    for (Index i = 0; i < 8; ++i) {
      const double z = f.at(x.col(i))(0, 0);
      if (f.weights()[0].row(k).dot(x.col(i)) > 0) expected += labels(i) / (1 + std::exp(labels(i) * z)) * x.col(i) / 8;
    }
    EXPECT_LT((xi.row(k).transpose() - expected).norm(), 1e-14);
  }
}

}  // namespace
}  // namespace linnet
