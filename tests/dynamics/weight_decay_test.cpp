#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/closure.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"
#include "tests/support/perceptron.hpp"

namespace linnet {
namespace {

using namespace testing;

constexpr double decay = 0.3;

Network moved(const Network& start, const Task& task, const GradientFlow& options) {
  const auto dynamics = make_dynamics(start, task);
  flow(*dynamics, options, {}, [](const Moment&) {}, {});
  return dynamics->network();
}

Network moved(const Network& start, const Task& task, const GradientDescent& options) {
  const auto dynamics = make_dynamics(start, task);
  descend(
      *dynamics, {}, options, [](Index) { return false; }, [](const Moment&) {}, {});
  return dynamics->network();
}

GradientFlow decaying(double t_end, GradientFlow::Method method = GradientFlow::Method::adams) {
  return {.t_end = t_end, .weight_decay = decay, .rtol = 1e-12, .atol = 1e-14, .method = method};
}

/// Δ_l of all pairs of layers.
std::vector<Matrix> imbalances_of(const DeepLinear& network) {
  std::vector<Matrix> all;
  const std::vector<Matrix>& w = network.weights();
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    all.push_back(w[l + 1].transpose() * w[l + 1] - w[l] * w[l].transpose());
  }
  return all;
}

TEST(WeightDecay, ImbalancesOfTheFlowDecayWithTwiceItsRate) {
  const double t = 1.7;
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear start = deep_start(sizes);
      for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::bdf}) {
        GradientFlow options = decaying(t, method);
        options.rates = 0.6;
        const auto end = std::get<DeepLinear>(moved(start, c.task, options));
        const std::vector<Matrix> before = imbalances_of(start);
        const std::vector<Matrix> now = imbalances_of(end);
        const double tolerance = method == GradientFlow::Method::bdf ? 1e-8 : 1e-10;
        for (std::size_t l = 0; l < now.size(); ++l) {
          EXPECT_LT((now[l] - std::exp(-2 * decay * 0.6 * t) * before[l]).norm(), tolerance * before[l].norm())
              << c.name << " " << sizes.size() - 1;
        }
      }
    }
  }
}

TEST(WeightDecay, VelocityIsThatOfTheGradientOfThePenalisedCost) {
  for (const DeepCase& c : deep_cases()) {
    for (const auto& sizes : deep_sizes()) {
      const DeepLinear start = deep_start(sizes);
      DeepDynamics dynamics(start, c.task);
      dynamics.set_weight_decay(decay);
      std::vector<double> layer_rates;
      for (std::size_t l = 0; l + 1 < sizes.size(); ++l) layer_rates.push_back(0.5 + 0.25 * static_cast<double>(l));
      std::vector<double> v(static_cast<std::size_t>(dynamics.unknowns()));
      dynamics.velocity(Layerwise(layer_rates), v);
      const std::vector<Matrix> plain = plain_gradients(start.weights(), c.gradient(plain_product(start.weights())));
      const double* at = v.data();
      double slope = 0;
      for (std::size_t l = 0; l < plain.size(); ++l) {
        const Matrix expected = plain[l] + decay * start.weights()[l];
        slope += expected.squaredNorm();
        const Matrix got = Eigen::Map<const Matrix>(at, expected.rows(), expected.cols());
        EXPECT_LT(relative(got, -layer_rates[l] * expected), 1e-13) << c.name;
        at += expected.size();
      }
      EXPECT_NEAR(dynamics.slope(), std::sqrt(slope), 1e-13 * std::sqrt(slope));
    }
  }
}

TEST(WeightDecay, JacobianIsTheDerivativeOfTheVelocity) {
  for (const DeepCase& c : deep_cases()) {
    const DeepLinear start = deep_start({5, 6, 4, 3});
    const Layerwise rates{0.5, 1.5, 0.8};
    DeepDynamics dynamics(start, c.task);
    dynamics.set_weight_decay(decay);
    const auto n = static_cast<std::size_t>(dynamics.unknowns());
    Vector state(dynamics.unknowns());
    dynamics.get({state.data(), n});
    dynamics.linearize(rates);
    const Vector v = normal(state.size(), 1, 4);
    Vector product(state.size());
    dynamics.jacobian({v.data(), n}, {product.data(), n});
    const double h = 1e-5;
    Vector up(state.size());
    Vector down(state.size());
    const Vector above = state + h * v;
    const Vector below = state - h * v;
    dynamics.set({above.data(), n});
    dynamics.velocity(rates, {up.data(), n});
    dynamics.set({below.data(), n});
    dynamics.velocity(rates, {down.data(), n});
    EXPECT_LT(relative(product, (up - down) / (2 * h)), 1e-8) << c.name;
  }
}

TEST(WeightDecay, InverseIsExactWhereTheWeightsAreAlignedAndAtRest) {
  // W_l = O_l diag(t) O_{l−1}ᵀ and a target for which the penalised gradient is 0: R = −μ t^{2−L} along the modes.
  for (const auto& sizes : {std::vector<Index>{5, 6, 4}, {6, 5, 7, 4}, {4, 8, 5, 6, 7}}) {
    const auto depth = static_cast<double>(sizes.size() - 1);
    for (const Index k : {1, 3}) {
      std::vector<Matrix> frames;
      for (std::size_t l = 0; l < sizes.size(); ++l) {
        frames.push_back(linalg::qr_factor(normal(sizes[l], sizes[l], 20 + l)));
      }
      const Vector t = Vector::LinSpaced(k, 1.3, 1.0);
      std::vector<Matrix> weights;
      for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
        weights.push_back(frames[l + 1].leftCols(k) * t.asDiagonal() * frames[l].leftCols(k).transpose());
      }
      const DeepLinear start(std::move(weights));
      const Vector r = decay * t.array().pow(2 - depth);
      const Matrix y =
          start.end_to_end() + frames.back().leftCols(k) * r.asDiagonal() * frames.front().leftCols(k).transpose();
      for (const double rate : {1.0, 0.4}) {
        for (const double gamma : {0.1, 10.0, 1e4}) {
          const Task task = tasks::target(y);
          DeepDynamics dynamics(start, task);
          dynamics.set_weight_decay(decay);
          EXPECT_LT(dynamics.slope(), 1e-14);
          dynamics.prepare_inverse(rate, gamma);
          dynamics.linearize(rate);
          const auto n = static_cast<std::size_t>(dynamics.unknowns());
          const Vector v = normal(static_cast<Index>(n), 1, 9);
          Vector turned(v.size());
          dynamics.jacobian({v.data(), n}, {turned.data(), n});
          turned = v - gamma * turned;
          dynamics.invert({turned.data(), n});
          EXPECT_LT((turned - v).norm(), 1e-8 * v.norm()) << depth << " " << k << " " << gamma;
        }
      }
    }
  }
}

TEST(WeightDecay, StepsOfWeightsAndGramStateAreThePlainLoop) {
  const Layerwise step{0.02, 0.05};
  for (const DeepCase& c : deep_cases()) {
    for (const Index width : {2, 11}) {
      for (const Order order : {Order::simultaneous, Order::sequential}) {
        const DeepLinear start(normal(width, 5, 4, 0.4), normal(3, width, 5, 0.5));
        Matrix w1 = start.w1();
        Matrix w2 = start.w2();
        DeepDynamics weights(start, c.task);
        GramDynamics gram(GramState::from_weights(start), c.task);
        weights.set_weight_decay(decay);
        gram.set_weight_decay(decay);
        for (int k = 0; k < 60; ++k) {
          const Matrix r = c.gradient(w2 * w1);
          const Matrix new_w1 = w1 - step[0] * (w2.transpose() * r + decay * w1);
          w2 -= step[1] * (r * (order == Order::sequential ? new_w1 : w1).transpose() + decay * w2);
          w1 = new_w1;
          weights.descend({.step = step, .order = order});
          gram.descend({.step = step, .order = order});
        }
        Matrix q(8, width);
        q << w1.transpose(), w2;
        const auto reached = std::get<DeepLinear>(weights.network());
        EXPECT_LE(relative(reached.w1(), w1), 1e-13) << c.name << " " << width;
        EXPECT_LE(relative(reached.w2(), w2), 1e-13) << c.name << " " << width;
        EXPECT_LE(relative(gram_state(gram.network()).gram(), q * q.transpose()), 1e-12) << c.name << " " << width;
        const double slope = weights.slope();
        EXPECT_NEAR(gram.slope(), slope, 1e-7 * (1 + slope));
      }
    }
  }
}

TEST(WeightDecay, MomentumTakesItIntoTheGradient) {
  const Layerwise step{0.02, 0.05, 0.03};
  const double momentum = 0.8;
  for (const DeepCase& c : deep_cases()) {
    const DeepLinear start = deep_start({5, 6, 4, 3});
    std::vector<Matrix> w = start.weights();
    std::vector<Matrix> v;
    for (const Matrix& layer : w) v.push_back(Matrix::Zero(layer.rows(), layer.cols()));
    for (int k = 0; k < 40; ++k) {
      const std::vector<Matrix> g = plain_gradients(w, c.gradient(plain_product(w)));
      for (std::size_t l = 0; l < w.size(); ++l) {
        v[l] = momentum * v[l] - step[l] * (g[l] + decay * w[l]);
        w[l] += v[l];
      }
    }
    const auto end = std::get<DeepLinear>(moved(
        start, c.task, GradientDescent{.step = step, .momentum = momentum, .weight_decay = decay, .max_steps = 40}));
    for (std::size_t l = 0; l < w.size(); ++l) EXPECT_LT(relative(end.weights()[l], w[l]), 1e-12) << c.name;
  }
}

TEST(WeightDecay, FlowOfTheGramStateIsThatOfTheWeightsWithUnequalRatesToo) {
  for (const DeepCase& c : deep_cases()) {
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.4, 1.7}}) {
      const DeepLinear start(normal(9, 5, 4, 0.4), normal(3, 9, 5, 0.5));
      GradientFlow options = decaying(2);
      options.rates = rates;
      const Network weights = moved(start, c.task, options);
      const Network gram = moved(GramState::from_weights(start), c.task, options);
      EXPECT_LT(relative(gram_state(gram).gram(), gram_state(weights).gram()), 1e-9) << c.name;
    }
  }
}

TEST(WeightDecay, ClosureStaysTrueWithItsScalesDecayingAndIsTheSelfConsistentState) {
  const Layerwise scales{0.5, 0.9};
  const double t = 1.3;
  for (const DeepCase& c : deep_cases()) {
    const GramState start = networks::infinite_width({.outputs = 3, .inputs = 5}, scales);
    const Network end = moved(start, c.task, decaying(t));
    const double kept = std::exp(-2 * decay * t);
    const double lambda = kept * (scales[1] - scales[0]);
    EXPECT_LT(closure_residual(gram_state(end), lambda, kept * kept * scales[0] * scales[1]), 1e-9) << c.name;

    const Network own = moved(networks::self_consistent(start, scales), c.task, decaying(t));
    const auto& state = std::get<SelfConsistent>(own);
    EXPECT_NEAR(state.scales()[0], kept * scales[0], 1e-11);
    EXPECT_NEAR(state.scales()[1], kept * scales[1], 1e-11);
    EXPECT_LT(relative(state.end_to_end(), end_to_end(end)), 1e-9) << c.name;
    EXPECT_LT(relative(gram_state(own).gram(), gram_state(end).gram()), 1e-9) << c.name;
  }
}

TEST(WeightDecay, StepsOfTheSelfConsistentStateApproachItsFlow) {
  const Layerwise scales{0.5, 0.9};
  const DeepCase c = deep_cases()[1];
  const SelfConsistent start = networks::self_consistent(networks::infinite_width({3, 5}, scales), scales);
  const Matrix flow_end = end_to_end(moved(start, c.task, decaying(1)));
  double before = 0;
  for (const Index steps : {500, 1000}) {
    const Network end =
        moved(start, c.task,
              GradientDescent{.step = 1.0 / static_cast<double>(steps), .weight_decay = decay, .max_steps = steps});
    const double error = relative(end_to_end(end), flow_end);
    if (before > 0) {
      EXPECT_NEAR(before / error, 2, 0.05);
    }
    before = error;
  }
  EXPECT_LT(before, 3e-3);
}

TEST(WeightDecay, BalancedEndToEndFlowIsThatOfBalancedWeights) {
  for (const DeepCase& c : deep_cases()) {
    for (const Index depth : {1, 2, 3, 4}) {
      const Matrix a = 0.5 * normal(3, 5, 8);
      const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), 6);
      const Network weights = moved(networks::balanced_deep(a, hidden), c.task, decaying(1.5));
      const Network own = moved(DeepBalanced(a, static_cast<double>(depth)), c.task, decaying(1.5));
      EXPECT_LT(relative(end_to_end(own), end_to_end(weights)), 1e-8) << c.name << " " << depth;
    }
  }
}

TEST(WeightDecay, PerceptronsTakeItIntoTheGradient) {
  const Task task = samples(4, 2, 30);
  for (const double momentum : {0.0, 0.7}) {
    const Perceptron start = perceptron({4, 7, 2}, {.activation = Activation::relu, .slope = 0.1});
    std::vector<Matrix> w = start.weights();
    std::vector<Matrix> v;
    for (const Matrix& layer : w) v.push_back(Matrix::Zero(layer.rows(), layer.cols()));
    Backpropagation passes(start, task.train.objective());
    for (int k = 0; k < 30; ++k) {
      passes.differentiate(w, *task.samples());
      for (std::size_t l = 0; l < w.size(); ++l) {
        v[l] = momentum * v[l] - 0.03 * (passes.gradients()[l] + decay * w[l]);
        w[l] += v[l];
      }
    }
    const auto end = std::get<Perceptron>(moved(
        start, task, GradientDescent{.step = 0.03, .momentum = momentum, .weight_decay = decay, .max_steps = 30}));
    for (std::size_t l = 0; l < w.size(); ++l) EXPECT_LT(relative(end.weights()[l], w[l]), 1e-12);
  }
}

TEST(WeightDecay, NeuronBalancesOfAPerceptronDecayToo) {
  const Task task = samples(4, 2, 30);
  const Perceptron start = perceptron({4, 5, 2}, {.activation = Activation::relu, .slope = 1});
  const double t = 1.1;
  for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::bdf}) {
    const auto end = std::get<Perceptron>(moved(start, task, decaying(t, method)));
    const auto balances = [](const Perceptron& p) -> Vector {
      return p.weights()[1].colwise().squaredNorm().transpose() - p.weights()[0].rowwise().squaredNorm();
    };
    EXPECT_LT(relative(balances(end), std::exp(-2 * decay * t) * balances(start)), 1e-8);
  }
}

TEST(WeightDecay, AContinuedRunHasTheBitsOfOne) {
  const DeepCase c = deep_cases()[1];
  const GradientDescent whole{.step = 0.02, .momentum = 0.5, .weight_decay = decay, .max_steps = 40};
  GradientDescent half = whole;
  half.max_steps = 20;
  const DeepLinear start = deep_start({5, 6, 4, 3});
  const Trajectory one = train(start, c.task, whole);
  const Trajectory two = train(train(start, c.task, half).checkpoint(), c.task, whole);
  EXPECT_EQ(std::get<DeepLinear>(*one.final).end_to_end(), std::get<DeepLinear>(*two.final).end_to_end());
  EXPECT_EQ(one.outcome.time, two.outcome.time);
}

TEST(WeightDecay, RunsEndWhereThePenalisedGradientIsSmall) {
  const DeepCase c = deep_cases()[1];
  const DeepLinear start = deep_start({5, 6, 4, 3});
  const Trajectory stepped = train(
      start, c.task,
      GradientDescent{.step = 0.05, .weight_decay = 0.05, .max_steps = 100000, .stop = {stop::slope_below(1e-9)}});
  EXPECT_EQ(stepped.outcome.rule, "slope_below");
  const Trajectory flowing =
      train(start, c.task,
            GradientFlow{.t_end = 1e4,
                         .weight_decay = 0.05,
                         .method = GradientFlow::Method::bdf,
                         .events = {{.kind = FlowEvent::Kind::slope_below, .value = 1e-7, .terminal = true}}});
  EXPECT_EQ(flowing.outcome.rule, "slope_below");
  EXPECT_TRUE(flowing.warning.empty()) << flowing.warning;
  EXPECT_LT(relative(end_to_end(*flowing.final), end_to_end(*stepped.final)), 1e-5);
}

TEST(WeightDecay, BadInputIsNamed) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear start = deep_start({5, 6, 3});
  for (const double mu : {-0.1, std::nan(""), HUGE_VAL}) {
    EXPECT_THAT(caught([&] { train(start, task, GradientDescent{.weight_decay = mu}); }).text,
                ::testing::HasSubstr("solver.weight_decay"));
    EXPECT_THAT(caught([&] { train(start, task, GradientFlow{.weight_decay = mu}); }).text,
                ::testing::HasSubstr("solver.weight_decay"));
  }
  const Network lazy = DeepLinearized(start);
  EXPECT_THAT(caught([&] { train(lazy, task, GradientFlow{.weight_decay = 0.1}); }).text,
              ::testing::HasSubstr("solver.weight_decay"));
  const SelfConsistent wide = networks::self_consistent(networks::infinite_width({3, 5}, 0.5), 0.5);
  EXPECT_THAT(caught([&] {
                train(wide, task, GradientFlow{.rates = {1.0, 2.0}, .weight_decay = 0.1});
              }).text,
              ::testing::HasSubstr("equal rates"));
  EXPECT_THAT(
      caught([&] { train(wide, task, GradientDescent{.weight_decay = 0.1, .stop = {stop::slope_below(1e-3)}}); }).text,
      ::testing::HasSubstr("slope_below"));
}

}  // namespace
}  // namespace linnet
