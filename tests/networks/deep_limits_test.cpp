#include <gtest/gtest.h>

#include <cmath>

#include "linnet/dynamics/deep_limits_dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

Matrix velocity_of(const Network& start, const Task& task, const Layerwise& rates) {
  const auto dynamics = make_dynamics(start, task);
  Matrix v(task.shape().outputs, task.shape().inputs);
  dynamics->velocity(rates, {v.data(), static_cast<std::size_t>(v.size())});
  return v;
}

/// dA/dt if each layer moves along its gradient at its rate.
Matrix velocity_of_weights(const DeepLinear& network, const Matrix& r, const Layerwise& rates) {
  const std::vector<Matrix> g = plain_gradients(network.weights(), r);
  Matrix v = Matrix::Zero(r.rows(), r.cols());
  for (std::size_t l = 0; l < g.size(); ++l) {
    std::vector<Matrix> w = network.weights();
    w[l] = -rates[l] * g[l];
    v += plain_product(w);
  }
  return v;
}

Matrix end_of(const Network& start, const Task& task, double t_end, double tolerance = 1e-11) {
  return end_to_end(*train(start, task, GradientFlow{.t_end = t_end, .rtol = tolerance, .atol = 1e-3 * tolerance},
                           {.observables = {}, .schedule = Schedule::ends()})
                         .final);
}

TEST(DeepLinearizedDynamics, StartsAsTheWeightsDo) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear start = deep_start(sizes);
      std::vector<double> values;
      for (Index l = 0; l < start.depth(); ++l) values.push_back(1 + 0.5 * static_cast<double>(l));
      for (const Layerwise& rates : {Layerwise(1.0), Layerwise(values)}) {
        const Matrix expected = velocity_of_weights(start, c.gradient(plain_product(start.weights())), rates);
        EXPECT_LT(relative(velocity_of(DeepLinearized(start), c.task, rates), expected), 1e-13) << c.name;
      }
      // The kernel is constant: a step of descent for the weights is one for A.
      const GradientDescent one{.step = 0.03, .max_steps = 1};
      const Matrix a = end_to_end(*train(DeepLinearized(start), c.task, one).final);
      const Matrix moved = start.end_to_end() + 0.03 * velocity_of_weights(start, c.gradient(start.end_to_end()), 1.0);
      EXPECT_LT(relative(a, moved), 1e-13);
    }
  }
}

TEST(DeepLinearizedDynamics, IsTheLimitOfLargeWeights) {
  // Two copies of each hidden neuron have outputs that cancel, so that A(0) = 0 at any scale s. The kernel is of order
  // s^{2L−2}. To learn, weights move by s^{1−L}, which is a fraction s^{−L} of their size, and so is the change of the
  // kernel.
  const Task task = tasks::target(normal(3, 5, 1));
  const auto start = [](double s) {
    const DeepLinear half = deep_start({5, 8, 8, 3}, s);
    const std::vector<Matrix>& w = half.weights();
    Matrix first(16, 5);
    first << w[0], w[0];
    Matrix middle = Matrix::Zero(16, 16);
    middle.topLeftCorner(8, 8) = w[1];
    middle.bottomRightCorner(8, 8) = w[1];
    Matrix last(3, 16);
    last << w[2], -w[2];
    return DeepLinear({first, middle, last});
  };
  const auto apart = [&](double s) {
    const double t = std::pow(s, -4);
    return relative(end_of(start(s), task, t), end_of(DeepLinearized(start(s)), task, t));
  };
  const double at_2 = apart(2);
  const double at_4 = apart(4);
  const double at_8 = apart(8);
  EXPECT_GT(at_2, 1e-3);
  // The two copies change in opposite directions, so that the first order cancels: the change is of order s^{−2L}.
  EXPECT_NEAR(std::log2(at_4 / at_8), 6, 0.1);
  EXPECT_NEAR(std::log2(at_2 / at_4), 6, 0.5);
}

TEST(DeepBalancedDynamics, IsTheEndToEndFlowOfBalancedWeightsOfAnyShape) {
  for (const DeepCase& c : deep_cases()) {
    for (const std::vector<Index>& hidden : {std::vector<Index>{}, {3}, {6}, {4, 9}, {3, 3}, {5, 3, 4}, {3, 8, 3}}) {
      const Matrix a = 0.5 * normal(3, 5, 9);
      const DeepLinear weights = networks::balanced_deep(a, hidden, 2);
      const DeepBalanced reduced(a, static_cast<double>(weights.depth()));
      EXPECT_LT(relative(velocity_of(reduced, c.task, 1.0), velocity_of_weights(weights, c.gradient(a), 1.0)), 1e-12)
          << c.name << ", depth " << weights.depth();
      EXPECT_LT(relative(end_of(reduced, c.task, 2), end_of(weights, c.task, 2)), 1e-9)
          << c.name << ", depth " << weights.depth();
    }
  }
}

TEST(DeepBalancedDynamics, OfWeightsOfLowRank) {
  for (const DeepCase& c : deep_cases()) {
    const Matrix a = normal(3, 1, 5) * normal(1, 5, 6);
    for (const std::vector<Index>& hidden : {std::vector<Index>{1}, {4}, {1, 1}, {2, 5}, {3, 1, 3}}) {
      const DeepLinear weights = networks::balanced_deep(a, hidden, 2);
      const auto depth = static_cast<double>(weights.depth());
      // Singular values of a at the level of rounding couple with the others by their power 2/L.
      const double rounding = std::pow(1e-15, 2 / depth);
      EXPECT_LT(
          relative(velocity_of(DeepBalanced(a, depth), c.task, 1.0), velocity_of_weights(weights, c.gradient(a), 1.0)),
          1e-13 + rounding)
          << c.name << ", depth " << depth;
    }
  }
}

TEST(DeepBalancedDynamics, OfTwoLayersIsSelfConsistentWithoutScales) {
  for (const DeepCase& c : deep_cases()) {
    const Matrix a = 0.5 * normal(3, 5, 9);
    const DeepBalanced balanced(a, 2);
    const SelfConsistent closed(a, 0.0);
    EXPECT_LT(relative(velocity_of(balanced, c.task, 1.0), velocity_of(closed, c.task, 1.0)), 1e-13) << c.name;
    EXPECT_LT(relative(end_of(balanced, c.task, 3), end_of(closed, c.task, 3)), 1e-9) << c.name;
    const GradientDescent solver{.step = 0.02, .max_steps = 50};
    EXPECT_LT(
        relative(end_to_end(*train(balanced, c.task, solver).final), end_to_end(*train(closed, c.task, solver).final)),
        1e-12);
  }
}

TEST(DeepBalancedDynamics, AModeOfAnyDepthTakesTheTimeOfItsQuadrature) {
  // s' = −L s^{2−2/L}(s − y): t = ∫ ds / (L s^{2−2/L}(y − s)), by Simpson's rule over log s.
  constexpr double y = 2;
  constexpr double from = 1e-3;
  for (const double depth : {1.0, 1.5, 2.0, 2.7, 3.0, 4.5, 10.0, 100.0}) {
    for (const double to : {0.1, 1.0, 1.9}) {
      const auto integrand = [&](double x) {
        const double s = std::exp(x);
        return s / (depth * std::pow(s, 2 - 2 / depth) * (y - s));
      };
      constexpr int n = 20000;
      const double h = (std::log(to) - std::log(from)) / n;
      double time = integrand(std::log(from)) + integrand(std::log(to));
      for (int i = 1; i < n; ++i) time += (i % 2 == 1 ? 4 : 2) * integrand(std::log(from) + i * h);
      time *= h / 3;
      Matrix target = Matrix::Zero(3, 5);
      target(0, 0) = y;
      Matrix start = Matrix::Zero(3, 5);
      start(0, 0) = from;
      const Matrix end = end_of(DeepBalanced(start, depth), tasks::target(target), time, 1e-12);
      const double speed = depth * std::pow(to, 2 - 2 / depth) * (y - to);
      EXPECT_LT(std::abs(end(0, 0) - to) / speed, 1e-9 * time) << "depth " << depth;
      EXPECT_EQ(end.norm(), std::abs(end(0, 0)));
    }
  }
}

TEST(DeepBalancedDynamics, CouplingIsTheSumOverLayers) {
  for (const double depth : {1.0, 2.0, 3.0, 7.0}) {
    for (const auto& [s, other] : {std::pair{1.0, 2.0}, {0.3, 0.3}, {1.0, 1.0 + 1e-9}, {1e-8, 5.0}, {1e-150, 1e-149}}) {
      double sum = 0;
      for (double l = 1; l <= depth; ++l) {
        sum += std::pow(s, 2 * (depth - l) / depth) * std::pow(other, 2 * (l - 1) / depth);
      }
      EXPECT_NEAR(balanced_coupling(s, other, depth) / sum, 1, 1e-13) << depth << " " << s << " " << other;
      EXPECT_EQ(balanced_coupling(s, other, depth), balanced_coupling(other, s, depth));
    }
    EXPECT_NEAR(balanced_coupling(0, 3, depth), std::pow(3, 2 - 2 / depth), 1e-14 * 9);
  }
  EXPECT_EQ(balanced_coupling(0, 0, 3), 0);
  EXPECT_EQ(balanced_coupling(0, 0, 1), 1);
}

}  // namespace
}  // namespace linnet
