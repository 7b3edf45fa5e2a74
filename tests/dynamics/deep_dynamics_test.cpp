#include "linnet/dynamics/deep_dynamics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;
using Method = GradientFlow::Method;

/// A different rate for each of these layers.
Layerwise uneven(Index depth) {
  std::vector<double> rates;
  for (Index l = 0; l < depth; ++l) rates.push_back(0.5 + 0.3 * static_cast<double>((2 * l + 1) % 5));
  return Layerwise(std::move(rates));
}

Trajectory ends(const Network& start, const Task& task, const GradientFlow& flow) {
  return train(start, task, flow, {.observables = {}, .schedule = Schedule::ends()});
}

const std::vector<Matrix>& weights_at_end(const Trajectory& run) { return std::get<DeepLinear>(*run.final).weights(); }

TEST(DeepDynamics, DescentIsThePlainLoopWithAndWithoutMomentum) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      for (const double momentum : {0.0, 0.8}) {
        const DeepLinear start = deep_start(sizes);
        const Layerwise rates = uneven(start.depth());
        DeepDynamics dynamics(start, c.task);
        std::vector<Matrix> w = start.weights();
        std::vector<Matrix> carried;
        for (const Matrix& m : w) carried.push_back(Matrix::Zero(m.rows(), m.cols()));
        std::vector<double> step;
        for (std::size_t l = 0; l < w.size(); ++l) step.push_back(0.02 * rates[l]);
        for (int k = 0; k < 40; ++k) {
          const std::vector<Matrix> g = plain_gradients(w, c.gradient(plain_product(w)));
          for (std::size_t l = 0; l < w.size(); ++l) {
            carried[l] = momentum * carried[l] - step[l] * g[l];
            w[l] += carried[l];
          }
          dynamics.descend({.step = Layerwise(step), .momentum = momentum});
        }
        const DeepLinear end = std::get<DeepLinear>(dynamics.network());
        for (std::size_t l = 0; l < w.size(); ++l) {
          EXPECT_LT(relative(end.weights()[l], w[l]), 1e-12) << c.name << ", depth " << w.size() << ", layer " << l;
        }
        EXPECT_LT(relative(dynamics.residual().gradient, c.gradient(plain_product(w))), 1e-10);
      }
    }
  }
}

TEST(DeepDynamics, TwoLayersHaveTheBitsOfWeightsAndFollowTheGramState) {
  for (const DeepCase& c : deep_cases()) {
    const DeepLinear two(normal(4, 5, 1, 0.4), normal(3, 4, 2, 0.4));
    for (const Order order : {Order::simultaneous, Order::sequential}) {
      const GradientDescent solver{.step = {0.02, 0.05}, .max_steps = 60, .order = order};
      const auto weights = std::get<DeepLinear>(*train(two, c.task, solver).final);
      const auto deep = std::get<DeepLinear>(*train(DeepLinear(two), c.task, solver).final);
      EXPECT_EQ(deep.weights()[0], weights.w1());
      EXPECT_EQ(deep.weights()[1], weights.w2());
      const auto gram = std::get<GramState>(*train(GramState::from_weights(two), c.task, solver).final);
      EXPECT_LT(relative(gram_state(deep).gram(), gram.gram()), 1e-13);
    }
    const GradientFlow flow{.t_end = 2, .rates = {1.0, 2.0}, .rtol = 1e-12, .atol = 1e-14};
    const Trajectory deep = ends(DeepLinear(two), c.task, flow);
    const Trajectory gram = ends(GramState::from_weights(two), c.task, flow);
    EXPECT_LT(relative(gram_state(*deep.final).gram(), gram_state(*gram.final).gram()), 1e-10) << c.name;
  }
}

TEST(DeepDynamics, FlowOfTwoBalancedLayersIsTheClosedForm) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear start = networks::balanced(0.1 * normal(3, 5, 2), 0.0, 4, 3);
  const ExactFlow exact(start, task);
  for (const Method method : {Method::adams, Method::bdf, Method::explicit_runge_kutta}) {
    const Trajectory run = ends(DeepLinear(start), task, {.t_end = 3, .rtol = 1e-10, .atol = 1e-13, .method = method});
    EXPECT_LT(relative(end_to_end(*run.final), exact.end_to_end(3)), 1e-7);
  }
}

TEST(DeepDynamics, FlowConservesTheImbalanceOfEachPairOfLayersToItsTolerance) {
  for (const DeepCase& c : deep_cases()) {
    for (const Method method : {Method::adams, Method::bdf, Method::explicit_runge_kutta}) {
      for (const auto& sizes : {std::vector<Index>{5, 4, 3}, {5, 2, 7, 3}, {5, 4, 4, 4, 4, 3}}) {
        const DeepLinear start = deep_start(sizes);
        const Layerwise rates = uneven(start.depth());
        const std::vector<Matrix> before = imbalances(start, rates);
        for (const double rtol : {1e-6, 1e-10}) {
          const Trajectory run =
              ends(start, c.task, {.t_end = 3, .rates = rates, .rtol = rtol, .atol = rtol, .method = method});
          const DeepLinear end(weights_at_end(run));
          EXPECT_GT(relative(end.end_to_end(), start.end_to_end()), 0.1);
          const std::vector<Matrix> after = imbalances(end, rates);
          for (std::size_t l = 0; l < before.size(); ++l) {
            // The errors of the steps, each of order rtol, add up.
            EXPECT_LT((after[l] - before[l]).norm(), 1000 * rtol) << c.name << ", depth " << start.depth();
          }
        }
      }
    }
  }
}

TEST(DeepDynamics, AFlowThatDoesNotConserveItWarns) {
  const Task task = tasks::target(Vector{{4.0, 1.6, 0.6, 0.2}}.asDiagonal());
  const DeepLinear start = networks::gaussian_deep({4, 6, 6, 4}, {.variance = 0.5, .seed = 1});
  const auto warning = [&](double rtol, double atol) {
    return ends(start, task, {.t_end = 20, .rtol = rtol, .atol = atol}).warning;
  };
  EXPECT_EQ(warning(1e-9, 1e-12), "");
  EXPECT_EQ(warning(0.1, 1e-3).rfind("the imbalances that gradient flow conserves have moved by 0.00", 0), 0U);
}

TEST(DeepDynamics, AStepOfDescentMovesTheImbalanceByItsSquare) {
  const DeepCase c = deep_cases().back();
  const DeepLinear start = deep_start({5, 2, 7, 4, 3});
  const std::vector<Matrix> g = plain_gradients(start.weights(), c.gradient(plain_product(start.weights())));
  const std::vector<Matrix> before = imbalances(start, 1.0);
  for (const double step : {0.1, 0.05, 0.025}) {
    const Trajectory run = train(start, c.task, GradientDescent{.step = step, .max_steps = 1});
    const std::vector<Matrix> after = imbalances(std::get<DeepLinear>(*run.final), 1.0);
    for (std::size_t l = 0; l < before.size(); ++l) {
      // The terms of first order cancel; the second-order terms contain only the gradients.
      const Matrix second = g[l + 1].transpose() * g[l + 1] - g[l] * g[l].transpose();
      EXPECT_LT((after[l] - before[l] - step * step * second).norm(), 1e-14);
      EXPECT_GT(step * step * second.norm(), 1e-6);
    }
  }
}

TEST(DeepDynamics, DriftOverAGivenTimeIsProportionalToTheStep) {
  const DeepCase c = deep_cases().front();
  const DeepLinear start = deep_start({5, 4, 6, 3});
  const auto drift = [&](double step, Index steps) {
    const Trajectory run = train(start, c.task, GradientDescent{.step = step, .max_steps = steps},
                                 {.observables = {observables::imbalance_drift()}, .schedule = Schedule::ends()});
    return run.values("imbalance_drift")(1);
  };
  const double coarse = drift(2e-3, 1000);
  const double fine = drift(1e-3, 2000);
  const double finest = drift(5e-4, 4000);
  // The error is a η + b η²: the ratios tend to 2 with a correction of first order.
  EXPECT_NEAR(fine / finest, 2, 0.01);
  EXPECT_NEAR((coarse / fine - 2) / (fine / finest - 2), 2, 0.2);
}

TEST(DeepDynamics, JacobianIsTheDerivativeOfTheVelocityAndSymmetricForEqualRates) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear start = deep_start(sizes);
      DeepDynamics dynamics(start, c.task);
      const auto n = static_cast<std::size_t>(dynamics.unknowns());
      std::vector<double> at(n);
      dynamics.get(at);
      const auto velocity_at = [&](const Vector& theta, const Layerwise& rates) {
        Vector v(theta.size());
        dynamics.set({theta.data(), n});
        dynamics.velocity(rates, {v.data(), n});
        return v;
      };
      const auto jacobian = [&](const Vector& v, const Layerwise& rates) {
        Vector product(v.size());
        dynamics.set(at);
        dynamics.linearize(rates);
        dynamics.jacobian({v.data(), n}, {product.data(), n});
        return product;
      };
      const Vector theta = Eigen::Map<const Vector>(at.data(), static_cast<Index>(n));
      const Vector u = normal(static_cast<Index>(n), 1, 50);
      const Vector v = normal(static_cast<Index>(n), 1, 51);
      const Layerwise rates = uneven(start.depth());
      const Vector by_hand = jacobian(v, rates);
      constexpr double h = 1e-5;
      const Vector differences = (velocity_at(theta + h * v, rates) - velocity_at(theta - h * v, rates)) / (2 * h);
      EXPECT_LT(relative(by_hand, differences), 1e-7) << c.name << ", depth " << start.depth();
      const double scale = u.norm() * jacobian(v, 1.0).norm();
      EXPECT_NEAR(u.dot(jacobian(v, 1.0)), v.dot(jacobian(u, 1.0)), 1e-13 * scale);
    }
  }
}

TEST(DeepDynamics, ImplicitFlowFollowsTheExplicitOne) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : {std::vector<Index>{5, 3}, {5, 2, 7, 3}, {5, 4, 4, 4, 3}}) {
      const DeepLinear start = deep_start(sizes, 0.7);
      const GradientFlow explicit_one{.t_end = 5, .rtol = 1e-12, .atol = 1e-14};
      GradientFlow implicit_one{.t_end = 5, .rtol = 1e-9, .atol = 1e-12, .method = Method::bdf};
      const Matrix a = end_to_end(*ends(start, c.task, explicit_one).final);
      EXPECT_LT(relative(end_to_end(*ends(start, c.task, implicit_one).final), a), 1e-6) << c.name;
    }
  }
}

TEST(DeepDynamics, ObservablesOfTheWeightsAreThoseWrittenOut) {
  const DeepCase c = deep_cases().front();
  const DeepLinear start = deep_start({5, 4, 6, 3});
  const Trajectory run = train(start, c.task, GradientDescent{.step = 0.02, .max_steps = 25},
                               {.observables = {observables::parameter_norm(), observables::parameter_gradient_norm(),
                                                observables::parameter_distance(), observables::kernel_distance()},
                                .schedule = Schedule::ends()});
  const DeepLinear end = std::get<DeepLinear>(*run.final);
  double norm = 0;
  double distance = 0;
  double gradient = 0;
  const std::vector<Matrix> g = plain_gradients(end.weights(), c.gradient(plain_product(end.weights())));
  for (std::size_t l = 0; l < g.size(); ++l) {
    norm += end.weights()[l].squaredNorm();
    distance += (end.weights()[l] - start.weights()[l]).squaredNorm();
    gradient += g[l].squaredNorm();
  }
  EXPECT_NEAR(run.values("parameter_norm")(1), std::sqrt(norm), 1e-13);
  EXPECT_NEAR(run.values("parameter_distance")(1), std::sqrt(distance), 1e-13);
  EXPECT_NEAR(run.values("parameter_gradient_norm")(1), std::sqrt(gradient), 1e-13);
  EXPECT_NEAR(run.values("kernel_distance")(1), kernel_distance(DeepLinearized(start), DeepLinearized(end)), 1e-14);
  EXPECT_EQ(run.values("kernel_distance")(0), 0);
  EXPECT_TRUE(std::isnan(run.threshold));  // defined for two layers only
}

TEST(DeepDynamics, TwoNetworksOfAnyDepthAreCompared) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear start = deep_start({5, 4, 6, 3});
  const GradientDescent solver{.step = 0.02, .max_steps = 30};
  const Comparison both = compare(start, DeepLinearized(start), task, solver);
  EXPECT_EQ(end_to_end(*both.first.final), end_to_end(*train(start, task, solver).final));
  EXPECT_EQ(end_to_end(*both.second.final), end_to_end(*train(DeepLinearized(start), task, solver).final));
  EXPECT_EQ(both.distance(0), 0);
  EXPECT_EQ(both.distance(30), (end_to_end(*both.first.final) - end_to_end(*both.second.final)).norm());
}

TEST(DeepDynamics, BadInputIsNamed) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear deep = deep_start({5, 4, 6, 3});
  const GramState gram = gram_state(deep_start({5, 4, 3}));
  EXPECT_EQ(error_of([&] { train(deep, task, GradientDescent{.order = Order::sequential}); }),
            "solver.order: expected \"simultaneous\", for more than two layers, got \"sequential\" and 3 layers");
  EXPECT_EQ(error_of([&] {
              train(deep, task, GradientDescent{.step = {0.1, 0.2}});
            }),
            "solver.step: expected one number, or one for each of the 3 layers, got 2 numbers");
  EXPECT_EQ(error_of([&] {
              train(deep, task, GradientFlow{.rates = {0.1, 0.2, 0.3, 0.4}});
            }),
            "solver.rates: expected one number, or one for each of the 3 layers, got 4 numbers");
  EXPECT_EQ(error_of([&] {
              train(gram, task, GradientDescent{.step = {0.1, 0.2, 0.3}});
            }),
            "solver.step: expected one number, or one for each of the 2 layers, got 3 numbers");
  for (const Network& start : {Network(gram), Network(DeepLinearized(deep)), Network(DeepBalanced(normal(3, 5, 2), 3)),
                               Network(SelfConsistent(normal(3, 5, 2), 1.0))}) {
    EXPECT_EQ(error_of([&] { train(start, task, GradientDescent{.momentum = 0.5}); }),
              "solver.momentum: expected 0, except for explicit weights, got 0.5\n"
              "  hint: start from explicit weights");
  }
  EXPECT_EQ(error_of([&] { train(deep, task, GradientDescent{.momentum = 1.0}); }),
            "solver.momentum: expected a number in [0, 1), got 1");
  EXPECT_EQ(error_of([&] {
              train(deep_start({5, 4, 3}), task, GradientDescent{.momentum = 0.5, .order = Order::sequential});
            }),
            "solver.momentum: expected 0, for sequential updates, got 0.5");
  EXPECT_EQ(error_of([&] {
              train(DeepBalanced(normal(3, 5, 2), 3), task, GradientFlow{.rates = {1.0, 1.0, 2.0}});
            }),
            "solver.rates: expected equal rates, for balanced weights, got different ones\n"
            "  hint: unequal rates do not keep weights balanced: train them, kind = \"deep\"");
  EXPECT_EQ(error_of([&] {
              train(deep_start({4, 4, 3}), task, GradientDescent{});
            }),
            error_of([&] {
              train(deep_start({4, 3}), task, GradientDescent{});
            }));
  EXPECT_NE(error_of([&] { train(deep_start({4, 4, 3}), task, GradientDescent{}); }), "nothing was thrown");
}

}  // namespace
}  // namespace linnet
