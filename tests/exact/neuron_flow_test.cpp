#include "linnet/exact/neuron_flow.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/exact_flow.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

struct OneNeuron {
  Neuron start;
  Vector target;
  Layerwise rates = 1.0;

  [[nodiscard]] Task task() const { return tasks::target(target.transpose()); }
};

double decades(linalg::Random& random, double least, double most) {
  return std::pow(10.0, least + (most - least) * random.uniform());
}

OneNeuron one_neuron(linalg::Random& random, double least, double most) {
  const auto n = static_cast<Index>(1 + random.below(10));
  const double size = decades(random, least, most);
  OneNeuron p;
  p.start = {.a = size * random.normal() * decades(random, -1, 1), .w = size * testing::normals(random, n)};
  p.target = testing::normals(random, n);
  p.rates = {decades(random, -0.5, 0.5), decades(random, -0.5, 0.5)};
  return p;
}

Vector state_of(const Neuron& n) {
  Vector q(n.w.size() + 1);
  q << n.w, n.a;
  return q;
}

/// The weights at t, by the integrator.
Neuron integrated(const Neuron& start, const Task& task, const Layerwise& rates, double t) {
  const Trajectory run =
      train(start.weights(), task, GradientFlow{.t_end = t, .rates = rates, .rtol = 1e-12, .atol = 1e-15},
            {.observables = {}, .schedule = Schedule::ends()});
  return neuron_of(std::get<DeepLinear>(*run.final));
}

TEST(NeuronFlow, IsWhatTheWeightsDoSignsIncluded) {
  linalg::Random random({.seed = 1});
  int changed = 0;
  for (int i = 0; i < 400; ++i) {
    const OneNeuron p = one_neuron(random, -2, 0.3);
    const NeuronFlow flow(p.start, p.task(), p.rates);
    const double t = decades(random, -1, 0.5);
    const Vector expected = state_of(integrated(p.start, p.task(), p.rates, t));
    const Vector got = state_of(flow.at(t));
    ASSERT_LT((got - expected).norm(), 1e-8 * expected.norm()) << i;
    changed += got(got.size() - 1) * p.start.a < 0 ? 1 : 0;
  }
  EXPECT_GT(changed, 20);
}

// For δ and sizes at which integrators fail, the differential equation itself is checked.
TEST(NeuronFlow, SolvesItsEquationAtAnySize) {
  linalg::Random random({.seed = 2});
  for (int i = 0; i < 400; ++i) {
    OneNeuron p = one_neuron(random, -12, 0.5);
    const double delta = (random.uniform() < 0.5 ? -1 : 1) * decades(random, -3, 3);
    p.start = networks::neuron({.coefficients = p.start.coefficients(),
                                .balance = delta,
                                .rates = p.rates,
                                .negative = random.uniform() < 0.5});
    const NeuronFlow flow(p.start, p.task(), p.rates);
    ASSERT_NEAR(flow.balance(), delta, 1e-14 * state_of(p.start).squaredNorm());
    const double t = decades(random, -4, 1);
    const Neuron now = flow.at(t);
    EXPECT_NEAR(balance_of(now, p.rates), flow.balance(), 1e-12 * state_of(now).squaredNorm() * 10) << i;
    const double fastest = p.rates[0] * now.a * now.a + p.rates[1] * now.w.squaredNorm() + p.target.norm() * 3;
    const double h = std::min(1e-3 / fastest, 0.5 * t);
    const Vector speed = (8 * (state_of(flow.at(t + h)) - state_of(flow.at(t - h))) -
                          (state_of(flow.at(t + 2 * h)) - state_of(flow.at(t - 2 * h)))) /
                         (12 * h);
    const Vector r = now.coefficients() - p.target;
    Vector expected(now.w.size() + 1);
    expected << -p.rates[0] * now.a * r, -p.rates[1] * now.w.dot(r);
    const double rounding = 1e-12 * state_of(now).norm() / h;
    EXPECT_LT((speed - expected).norm(), 1e-6 * expected.norm() + rounding) << i;
  }
}

TEST(NeuronFlow, IsASemigroup) {
  linalg::Random random({.seed = 3});
  for (int i = 0; i < 200; ++i) {
    const OneNeuron p = one_neuron(random, -8, 1);
    const NeuronFlow flow(p.start, p.task(), p.rates);
    if (!flow.warning().empty()) continue;
    const double t = decades(random, -2, 0.5);
    const Neuron half = flow.at(t);
    const NeuronFlow rest(half, p.task(), p.rates);
    if (!rest.warning().empty()) continue;
    const Vector once = state_of(flow.at(2 * t));
    EXPECT_LT((state_of(rest.at(t)) - once).norm(), 1e-9 * once.norm()) << i;
  }
}

TEST(NeuronFlow, AgreesWithTheMatrixClosedForm) {
  linalg::Random random({.seed = 4});
  for (int i = 0; i < 100; ++i) {
    const OneNeuron p = one_neuron(random, -6, 0.5);
    const Task task = p.task();
    const NeuronFlow flow(p.start, task, p.rates);
    if (!flow.warning().empty()) continue;
    const ExactFlow exact(p.start.weights(), task, {.rates = p.rates});
    for (const double t : {0.0, 0.1, 1.0, 10.0, infinity}) {
      const Matrix g = exact.gram_state(t).gram();
      EXPECT_LT((flow.gram_state(t).gram() - g).norm(), 1e-10 * g.norm()) << i << ' ' << t;
      EXPECT_NEAR(flow.kernel_distance(t), exact.kernel_distance(t), 1e-10);
      EXPECT_NEAR(flow.cost(t), exact.cost(t), 1e-9);
    }
  }
}

TEST(NeuronFlow, EndsAtTheTargetOnTheSideThatItsBoundarySays) {
  linalg::Random random({.seed = 5});
  int changes = 0;
  for (int i = 0; i < 200; ++i) {
    const OneNeuron p = one_neuron(random, -3, 0.5);
    const NeuronFlow flow(p.start, p.task(), p.rates);
    const Neuron end = flow.at(infinity);
    EXPECT_LT((end.coefficients() - p.target).norm(), 1e-12);
    EXPECT_EQ(flow.end_sign(), end.a > 0 ? 1 : -1);
    const bool changed = end.a * p.start.a < 0;
    changes += changed ? 1 : 0;
    ASSERT_EQ(changed, std::isfinite(flow.sign_change()));
    const double phi = flow.alignment(0) * (p.start.a > 0 ? 1 : -1);
    EXPECT_EQ(changed, phi < flow.critical_alignment()) << i;
    if (flow.balance() >= 0) {
      EXPECT_LE(flow.critical_alignment(), -1 + 1e-12);
    }
    if (!changed) continue;
    const double t = flow.sign_change();
    EXPECT_GT(p.start.a * flow.at(t * (1 - 1e-6)).a, 0);
    EXPECT_LT(p.start.a * flow.at(t * (1 + 1e-6)).a, 0);
  }
  EXPECT_GT(changes, 20);
}

TEST(NeuronFlow, MagnitudeAndAlignmentObeyTheirEquationsInTheWarpedTime) {
  linalg::Random random({.seed = 6});
  for (int i = 0; i < 100; ++i) {
    OneNeuron p = one_neuron(random, -2, 0.3);
    if (p.target.size() == 1) continue;
    const NeuronFlow flow(p.start, p.task(), p.rates);
    const double y = p.target.norm();
    for (const double t : {0.05, 0.4}) {
      const double h = 1e-5;
      const double phi = flow.alignment(t);
      const double mu = flow.magnitude(t);
      const Neuron now = flow.at(t);
      EXPECT_NEAR(phi, now.w.dot(p.target) / (now.w.norm() * y), 1e-12);
      EXPECT_NEAR(phi, std::tanh(flow.warp(t) + std::atanh(flow.alignment(0))), 1e-9);
      const double root = std::hypot(flow.balance(), 2 * std::sqrt(p.rates[0] * p.rates[1]) * mu);
      EXPECT_NEAR((flow.magnitude(t + h) - flow.magnitude(t - h)) / (2 * h), root * (phi * y - mu),
                  1e-5 * (1 + root * y));
      const double clock = p.rates[0] * now.a * y / now.w.norm();
      EXPECT_NEAR((flow.warp(t + h) - flow.warp(t - h)) / (2 * h), clock, 1e-5 * (1 + std::abs(clock)));
    }
  }
  const Task line = tasks::target(Matrix::Constant(1, 1, 2.0));
  const NeuronFlow aligned({.a = 0.1, .w = Vector::Constant(1, 0.3)}, line);
  const double h = 1e-5;
  EXPECT_NEAR((aligned.warp(0.3 + h) - aligned.warp(0.3 - h)) / (2 * h), 2 * aligned.at(0.3).a / aligned.at(0.3).w(0),
              1e-6);
  EXPECT_EQ(aligned.warp(infinity), infinity);
}

TEST(NeuronFlow, WarnsNearTheBoundaryAndStaysAtTheSaddleOnIt) {
  const Task task = tasks::target((Matrix(1, 2) << 1, 0).finished());
  // δ = 0 and w opposite to β*: the flow converges to 0.
  const NeuronFlow to_zero({.a = 0.5, .w = (Vector(2) << -0.5, 0).finished()}, task);
  EXPECT_TRUE(to_zero.at_saddle());
  EXPECT_EQ(to_zero.end_sign(), 0);
  EXPECT_LT(to_zero.at(100.0).a, 1e-40);
  EXPECT_EQ(to_zero.at(infinity).w.norm(), 0);
  // δ = −1 and w orthogonal to β*: a = 0 is conserved.
  const NeuronFlow downstream({.a = 0, .w = (Vector(2) << 0, 1).finished()}, task);
  EXPECT_TRUE(downstream.at_saddle());
  EXPECT_EQ(downstream.at(infinity).a, 0);
  EXPECT_EQ(downstream.at(infinity).w(1), 1);
  EXPECT_EQ(downstream.sign_change(), infinity);
  const NeuronFlow close({.a = 0.5, .w = (Vector(2) << -0.5 + 1e-7, 1e-6).finished()}, task);
  EXPECT_FALSE(close.warning().empty());
  EXPECT_FALSE(close.at_saddle());
}

TEST(NeuronFlow, HoldsWhereTheInputsAreWhiteOnTheirSpan) {
  const Matrix x = (Matrix(1, 3) << 1, 2, -1).finished();
  const Task one = tasks::regression({.inputs = x, .targets = Matrix::Constant(1, 1, 1.5)});
  for (const Neuron& start : {Neuron{.a = 0.4, .w = (Vector(3) << 0.3, -0.9, 0.5).finished()},
                              Neuron{.a = -0.8, .w = (Vector(3) << 0.3, 0.2, 0.5).finished()}}) {
    const Layerwise rates{0.5, 1.5};
    const NeuronFlow flow(start, one, rates);
    const Neuron end = integrated(start, one, rates, 2);
    EXPECT_LT((state_of(flow.at(2)) - state_of(end)).norm(), 1e-9);
    EXPECT_NEAR(flow.train_error(2), one.train.error(end.coefficients().transpose()), 1e-9);
  }
}

TEST(NeuronFlow, KeepsToALostTarget) {
  const Task zero = tasks::target(Matrix::Zero(1, 2));
  for (const double a : {0.2, 1.0, 2.0}) {  // δ < 0, = 0, > 0
    const Neuron start{.a = a, .w = (Vector(2) << 0.6, 0.8).finished()};
    const NeuronFlow flow(start, zero);
    EXPECT_LT((state_of(flow.at(1.5)) - state_of(integrated(start, zero, 1.0, 1.5))).norm(), 1e-10);
    EXPECT_LT(flow.coefficients(infinity).norm(), 1e-100);
    EXPECT_TRUE(std::isnan(flow.alignment(1)));
  }
}

TEST(NeuronFlow, StartsAtAnyBalance) {
  const Vector beta = (Vector(2) << 3e-8, -4e-8).finished();
  const Layerwise rates{2.0, 0.5};
  for (const double delta : {-1e3, -1.0, -1e-12, 0.0, 1e-12, 1.0, 1e3}) {
    const Neuron n = networks::neuron({.coefficients = beta, .balance = delta, .rates = rates});
    EXPECT_LT((n.coefficients() - beta).norm(), 1e-15 * beta.norm());
    EXPECT_NEAR(balance_of(n, rates), delta, 1e-14 * std::abs(delta) + 1e-22);
    EXPECT_EQ(networks::neuron({.coefficients = beta, .balance = delta, .rates = rates, .negative = true}).a, -n.a);
  }
  EXPECT_EQ(networks::neuron({.coefficients = Vector::Zero(2), .balance = 4}).a, 2);
}

TEST(NeuronFlow, StaysWhereInputsAreZero) {
  const Task task = tasks::regression({.inputs = Matrix::Zero(4, 2), .targets = Matrix::Zero(4, 1)});
  const Neuron start{.a = 0.5, .w = Vector{{0.3, 0.1}}};
  const NeuronFlow flow(start, task);
  for (const double t : {1.0, infinity}) EXPECT_EQ(flow.coefficients(t), start.coefficients()) << t;
}

TEST(NeuronFlow, RefusesTargetsWhoseSquaresAreNoNumbers) {
  const Task task = tasks::target(Matrix{{1e200, 0.0}});
  EXPECT_THAT(testing::error_of([&] {
                NeuronFlow(Neuron{.a = 0.5, .w = Vector{{0.3, 0.1}}}, task);
              }),
              ::testing::HasSubstr("task: expected targets β* of at most 1e150 √(η_wη_a), got 1e+200"));
}

TEST(NeuronFlow, HoldsAtAnyBalanceInItsRange) {
  const Vector beta = (Vector(2) << 0.3, 0.1).finished();
  const Task task = tasks::target((Matrix(1, 2) << 1, -2).finished());
  for (const double delta : {-1e149, -1e140, -1e100, -1e77, 1e77, 1e110, 1e149}) {
    const NeuronFlow flow(networks::neuron({.coefficients = beta, .balance = delta}), task);
    EXPECT_LT((flow.coefficients(infinity) - task.target().transpose()).norm(), 1e-12) << delta;
    // Upstream the relative change of the weights vanishes as δ grows; downstream w still rotates.
    if (delta > 0) {
      EXPECT_NEAR(flow.kernel_distance(infinity), 0, 1e-12) << delta;
    } else {
      const NeuronFlow like(networks::neuron({.coefficients = beta, .balance = -1e12}), task);
      EXPECT_NEAR(flow.kernel_distance(infinity), like.kernel_distance(infinity), 1e-6) << delta;
    }
  }
  const Neuron beyond = networks::neuron({.coefficients = beta, .balance = -1e151});
  EXPECT_EQ(testing::error_of([&] { NeuronFlow(beyond, task); }),
            "network.balance: expected |δ| of at most 2e150 η_wη_a, and as much times |β*|/√(η_wη_a), got -1e+151\n"
            "  hint: the limit of large |δ| is reached long before");
}

TEST(NeuronFlow, RefusesWhatItIsNotOf) {
  const Neuron start{.a = 1, .w = Vector::Ones(2)};
  EXPECT_THROW(NeuronFlow(start, tasks::target(Matrix::Ones(2, 2))), Error);
  EXPECT_THROW(NeuronFlow(start, tasks::target(Matrix::Ones(1, 3))), Error);
  EXPECT_THROW(NeuronFlow(start, tasks::target(Matrix::Ones(1, 2)), {1, 0}), Error);
  EXPECT_THROW(NeuronFlow({.a = std::nan(""), .w = Vector::Ones(2)}, tasks::target(Matrix::Ones(1, 2))), Error);
  const Matrix x = (Matrix(2, 2) << 1, 0, 0, 2).finished();
  EXPECT_THROW(NeuronFlow(start, tasks::regression({.inputs = x, .targets = Matrix::Ones(2, 1)})), Error);
  EXPECT_THROW((void)NeuronFlow(start, tasks::target(Matrix::Ones(1, 2))).at(-1), Error);
  EXPECT_THROW(networks::neuron({.coefficients = Vector::Zero(2), .balance = -1}), Error);
  EXPECT_THROW(networks::neuron({.coefficients = Vector::Zero(2), .balance = 0}), Error);
  EXPECT_THROW(networks::neuron({.coefficients = Vector::Ones(2), .balance = infinity}), Error);
  EXPECT_THROW(neuron_of(DeepLinear(Matrix::Ones(2, 2), Matrix::Ones(1, 2))), Error);
}

}  // namespace
}  // namespace linnet
