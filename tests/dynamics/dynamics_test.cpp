#include "linnet/dynamics/dynamics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/dynamics/self_consistent_dynamics.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using testing::deep_cases;
using testing::DeepCase;
using testing::normal;
using testing::relative;

Matrix gram_of(const Network& network) { return gram_state(network).gram(); }

DeepLinear start_of(Index width) { return {normal(width, 5, 4, 0.4), normal(3, width, 5, 0.5)}; }

GradientFlow tight(double t_end, const Layerwise& rates = 1.0) {
  return {.t_end = t_end, .rates = rates, .rtol = 1e-13, .atol = 1e-15};
}

/// The network at t_end of a flow.
Network flowed(const Network& start, const Task& task, const GradientFlow& options) {
  const auto dynamics = make_dynamics(start, task);
  flow(*dynamics, options, {}, [](const Moment&) {}, {});
  return dynamics->network();
}

TEST(Dynamics, DescentOfWeightsAndGramStateIsThePlainLoop) {
  const Layerwise step{0.02, 0.05};
  for (const DeepCase& c : deep_cases()) {
    for (const Index width : {2, 4, 11}) {
      for (const Order order : {Order::simultaneous, Order::sequential}) {
        Matrix w1 = start_of(width).w1();
        Matrix w2 = start_of(width).w2();
        DeepDynamics weights(start_of(width), c.task);
        GramDynamics gram(GramState::from_weights(start_of(width)), c.task);
        for (int k = 0; k < 60; ++k) {
          const Matrix r = c.gradient(w2 * w1);
          const Matrix new_w1 = w1 - step[0] * w2.transpose() * r;
          w2 -= step[1] * r * (order == Order::sequential ? new_w1 : w1).transpose();
          w1 = new_w1;
          weights.descend({.step = step, .order = order});
          gram.descend({.step = step, .order = order});
        }
        Matrix q(8, width);
        q << w1.transpose(), w2;
        const auto reached = std::get<DeepLinear>(weights.network());
        EXPECT_LE(relative(reached.w1(), w1), 1e-13) << c.name << " " << width;
        EXPECT_LE(relative(reached.w2(), w2), 1e-13) << c.name << " " << width;
        EXPECT_LE(relative(gram_of(gram.network()), q * q.transpose()), 1e-12) << c.name << " " << width;
        EXPECT_LE(relative(gram.residual().gradient, c.gradient(w2 * w1)), 1e-12) << c.name << " " << width;
      }
    }
  }
}

TEST(Dynamics, VelocityOfTheGramStateIsThatOfTheWeights) {
  const Layerwise rates{0.7, 1.9};
  for (const DeepCase& c : deep_cases()) {
    const DeepLinear w = start_of(6);
    DeepDynamics weights(w, c.task);
    std::vector<double> v(static_cast<std::size_t>(weights.unknowns()));
    weights.velocity(rates, v);
    const Matrix r = c.gradient(w.end_to_end());
    const Matrix dw1 = Eigen::Map<const Matrix>(v.data(), 6, 5);
    const Matrix dw2 = Eigen::Map<const Matrix>(v.data() + 30, 3, 6);
    EXPECT_LE(relative(dw1, -rates[0] * w.w2().transpose() * r), 1e-14) << c.name;
    EXPECT_LE(relative(dw2, -rates[1] * r * w.w1().transpose()), 1e-14) << c.name;

    GramDynamics gram(GramState::from_weights(w), c.task);
    std::vector<double> g(static_cast<std::size_t>(gram.unknowns()));
    gram.velocity(rates, g);
    const Matrix dc1 = dw1.transpose() * w.w1() + w.w1().transpose() * dw1;
    const Matrix da = dw2 * w.w1() + w.w2() * dw1;
    const Matrix dc2 = dw2 * w.w2().transpose() + w.w2() * dw2.transpose();
    EXPECT_LE(relative(Eigen::Map<const Matrix>(g.data(), 5, 5), dc1), 1e-13) << c.name;
    EXPECT_LE(relative(Eigen::Map<const Matrix>(g.data() + 25, 3, 5), da), 1e-13) << c.name;
    EXPECT_LE(relative(Eigen::Map<const Matrix>(g.data() + 40, 3, 3), dc2), 1e-13) << c.name;
  }
}

TEST(Dynamics, StatesGoIntoAVectorAndBack) {
  const Task task = tasks::target(normal(3, 5, 1));
  const std::vector<Network> starts = {start_of(4), GramState::from_weights(start_of(9)),
                                       GramState::from_weights(start_of(4)),
                                       SelfConsistent(normal(3, 5, 6), {0.5, 0.2})};
  const std::vector<Network> others = {start_of(4), networks::infinite_width({3, 5}, 2.0),
                                       GramState::from_weights({normal(4, 5, 7), normal(3, 4, 8)}),
                                       SelfConsistent(Matrix::Zero(3, 5), {0.5, 0.2})};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto one = make_dynamics(starts[i], task);
    const auto two = make_dynamics(others[i], task);
    std::vector<double> state(static_cast<std::size_t>(one->unknowns()));
    one->get(state);
    two->set(state);
    EXPECT_EQ(dynamic_cast<const LinearDynamics&>(*two).end_to_end(),
              dynamic_cast<const LinearDynamics&>(*one).end_to_end());
    EXPECT_EQ(two->cost(), one->cost());
    EXPECT_EQ(gram_of(two->network()), gram_of(one->network()));
  }
}

TEST(Dynamics, FlowOfTheGramStateIsThatOfTheWeights) {
  for (const DeepCase& c : deep_cases()) {
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.6, 1.7}}) {
      const Matrix weights = gram_of(flowed(start_of(7), c.task, tight(2, rates)));
      const Matrix gram = gram_of(flowed(GramState::from_weights(start_of(7)), c.task, tight(2, rates)));
      EXPECT_LE(relative(gram, weights), 2e-11) << c.name;
    }
  }
}

TEST(Dynamics, ClosedFormGramFlowAndSelfConsistentFlowAgree) {
  const Task task = tasks::target(normal(4, 7, 8));
  for (const Layerwise& scales : {Layerwise(0.3), Layerwise{1.2, 0.1}, Layerwise{0.0, 0.8}}) {
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 1.5}}) {
      const ModeFlow exact(sample_spectrum(task), {.scales = scales, .rates = rates});
      for (const double t : {0.3, 1.5}) {
        const Matrix expected = exact.gram_state(t).gram();
        const GramState start = networks::infinite_width(task.shape(), scales);
        EXPECT_LE(relative(gram_of(flowed(start, task, tight(t, rates))), expected), 2e-11)
            << scales[0] << " " << rates[0] << " " << t;
        const SelfConsistent closed(Matrix::Zero(4, 7), scales);
        EXPECT_LE(relative(end_to_end(flowed(closed, task, tight(t, rates))), exact.end_to_end(t)), 2e-11)
            << scales[0] << " " << rates[0] << " " << t;
      }
    }
  }
}

TEST(Dynamics, ClosedFormHoldsFromATaskAlignedStart) {
  const Task task = tasks::target(normal(4, 4, 9));
  const TaskSpectrum spectrum = sample_spectrum(task);
  const Vector start = (Vector(4) << 0.4, -0.3, 0.0, 2.5).finished();
  const ModeFlow exact(spectrum, {.scales = {0.9, 0.2}, .start = start});
  const Matrix a = spectrum.vectors->u * start.asDiagonal() * spectrum.vectors->v.transpose();
  const GramState gram = SelfConsistent(a, {0.9, 0.2}).gram_state();
  EXPECT_LE(relative(exact.gram_state(0).gram(), gram.gram()), 1e-13);
  EXPECT_LE(relative(gram_of(flowed(gram, task, tight(0.8))), exact.gram_state(0.8).gram()), 2e-11);
}

TEST(Dynamics, EqualAndZeroModesFollowTheClosedForm) {
  // A rank-deficient target with a double singular value, where singular vectors are not unique.
  Matrix y = Matrix::Zero(4, 5);
  y(0, 1) = 2;
  y(2, 3) = 2;
  const Task task = tasks::target(y);
  const ModeFlow exact(sample_spectrum(task), {.scales = 0.4});
  const GramState start = networks::infinite_width(task.shape(), 0.4);
  EXPECT_LE(relative(gram_of(flowed(start, task, tight(0.9))), exact.gram_state(0.9).gram()), 2e-11);
}

TEST(Dynamics, SelfConsistentFlowIsExactForAnyCostWhereTheClosureHolds) {
  for (const DeepCase& c : deep_cases()) {
    for (const Layerwise& scales : {Layerwise(0.5), Layerwise{0.9, 0.3}}) {
      for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 1.5}}) {
        const Network start = SelfConsistent(Matrix::Zero(3, 5), scales);
        const Network wide = networks::infinite_width({3, 5}, scales);
        EXPECT_LE(relative(end_to_end(flowed(start, c.task, tight(1.5, rates))),
                           end_to_end(flowed(wide, c.task, tight(1.5, rates)))),
                  2e-11)
            << c.name;
      }
    }
  }
}

TEST(Dynamics, SelfConsistentDescentIsAStepOfItsFlow) {
  const Task task = tasks::target(normal(3, 5, 1));
  const SelfConsistent start(normal(3, 5, 6, 0.5), {0.5, 0.2});
  SelfConsistentDynamics dynamics(start, task);
  const GramState g = start.gram_state();
  const Matrix r = start.end_to_end() - task.target();
  dynamics.descend({.step = 0.01, .order = Order::simultaneous});
  const Matrix expected = start.end_to_end() - 0.01 * (g.output_representation() * r + r * g.input_representation());
  EXPECT_LE(relative(dynamics.end_to_end(), expected), 1e-14);
}

TEST(Dynamics, FiniteWidthTendsToInfiniteWidthAsTheRootOfTheWidth) {
  const Task task = tasks::target(normal(20, 20, 10, 1 / std::sqrt(20.0)));
  const Matrix limit = ModeFlow(sample_spectrum(task), {.scales = 0.5}).gram_state(1).gram();
  std::vector<double> errors;
  for (const Index width : {100, 1'000, 10'000, 100'000}) {
    double sum = 0;
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
      const GramState start = networks::gaussian_gram(
          task.shape(), {.width = width, .variance = 0.5 / static_cast<double>(width), .seed = seed});
      sum += std::pow(relative(gram_of(flowed(start, task, {.t_end = 1, .rtol = 1e-7, .atol = 1e-9})), limit), 2);
    }
    errors.push_back(std::sqrt(sum / 4) * std::sqrt(static_cast<double>(width) / 40));
  }
  // The error times √(w/n) is the same for all widths; four draws of 20 x 20 blocks fluctuate by a few percent.
  const double mean = std::accumulate(errors.begin(), errors.end(), 0.0) / 4;
  for (const double error : errors) EXPECT_NEAR(error / mean, 1, 0.12);
}

Matrix imbalance(const DeepLinear& w, const Layerwise& rates) {
  return w.w2().transpose() * w.w2() / rates[1] - w.w1() * w.w1().transpose() / rates[0];
}

TEST(Dynamics, FlowConservesTheImbalance) {
  for (const DeepCase& c : deep_cases()) {
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.4, 2.0}}) {
      const DeepLinear start({0.5 * start_of(6).w1(), 0.5 * start_of(6).w2()});
      const auto end = std::get<DeepLinear>(flowed(start, c.task, tight(3, rates)));
      EXPECT_GT(relative(end.w1(), start.w1()), 0.1);
      EXPECT_LE(relative(imbalance(end, rates), imbalance(start, rates)), 1e-11) << c.name;
    }
  }
}

/// The change of the imbalance in a time of 0.5 (`steps` < 0) or in a number of steps.
double drift(double step, int steps) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear start = start_of(6);
  DeepDynamics dynamics(start, task);
  const int count = steps > 0 ? steps : static_cast<int>(std::lround(0.5 / step));
  for (int k = 0; k < count; ++k) dynamics.descend({.step = step, .order = Order::simultaneous});
  return (imbalance(std::get<DeepLinear>(dynamics.network()), 1.0) - imbalance(start, 1.0)).norm();
}

TEST(Dynamics, DescentLosesTheImbalanceBySquaresOfTheStep) {
  EXPECT_NEAR(drift(1e-3, 1) / drift(5e-4, 1), 4, 1e-3);
  EXPECT_NEAR(drift(1e-3, -1) / drift(5e-4, -1), 2, 0.02);
}

TEST(Dynamics, DescentTendsToTheFlowWithItsStep) {
  const DeepCase c = deep_cases()[1];
  const Matrix exact = gram_of(flowed(GramState::from_weights(start_of(6)), c.task, tight(1)));
  for (const Order order : {Order::simultaneous, Order::sequential}) {
    const auto error = [&](double step) {
      GramDynamics dynamics(GramState::from_weights(start_of(6)), c.task);
      for (int k = 0; k < static_cast<int>(std::lround(1 / step)); ++k)
        dynamics.descend({.step = step, .order = order});
      return relative(gram_of(dynamics.network()), exact);
    };
    const double coarse = error(1.0 / 512);
    EXPECT_NEAR(coarse / error(1.0 / 1024), 2, 0.02);
    EXPECT_LE(coarse, 0.02);
  }
}

}  // namespace
}  // namespace linnet
