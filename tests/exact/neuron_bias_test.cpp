#include "linnet/exact/neuron_bias.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normals;
using testing::Regression;

const std::vector<double>& balances() {
  static const std::vector<double> values{-30, -1, -1e-3, 0, 1e-3, 1, 30};
  return values;
}

Regression draw(linalg::Random& random, Index samples, Index inputs) {
  const Matrix x = normals(random, samples, inputs);
  return testing::regression(x, normals(random, inputs));
}

Neuron end_of_flow(const Neuron& start, const Task& task, const Layerwise& rates) {
  const Trajectory run =
      train(start.weights(), task,
            GradientFlow{.t_end = 1e6,
                         .rates = rates,
                         .rtol = 1e-11,
                         .atol = 1e-13,
                         .events = {{.kind = FlowEvent::Kind::gradient_below, .value = 1e-10, .terminal = true}}},
            {.observables = {}, .schedule = Schedule::ends()});
  return neuron_of(std::get<DeepLinear>(*run.final));
}

TEST(NeuronPotential, GradientAndHessianAreItsDerivatives) {
  linalg::Random random({.seed = 1});
  for (const double delta : balances()) {
    const NeuronPotential psi{.balance = delta, .rates = {0.7, 1.9}};
    for (const double size : {1e-2, 1.0, 40.0}) {
      const Vector beta = size * normals(random, 3);
      const double h = 1e-5 * size;
      for (Index i = 0; i < 3; ++i) {
        const Vector step = h * Vector::Unit(3, i);
        const double slope = (psi.value(beta + step) - psi.value(beta - step)) / (2 * h);
        EXPECT_NEAR(slope, psi.gradient(beta)(i), 1e-7 * psi.gradient(beta).norm()) << delta << ' ' << size;
        const Vector curve = (psi.gradient(beta + step) - psi.gradient(beta - step)) / (2 * h);
        EXPECT_LT((curve - psi.hessian(beta).col(i)).norm(), 1e-6 * psi.hessian(beta).norm());
      }
      const double a2 = beta.squaredNorm() / psi.gradient(beta).squaredNorm();
      const double rounding = 1e-14 * (1 + std::abs(delta) / a2);  // of a² as a difference
      EXPECT_LT((psi.from_gradient(psi.gradient(beta)) - beta).norm(), rounding * beta.norm());
    }
    EXPECT_EQ(psi.value(Vector::Zero(3)), 0);
  }
}

TEST(NeuronPotential, HasTheLimitsThatItIsNamedFor) {
  const Vector beta = (Vector(2) << 0.6, 0.8).finished();
  EXPECT_NEAR(NeuronPotential{.balance = 0}.value(4 * beta), 2.0 / 3 * 8, 1e-14);
  EXPECT_NEAR(std::sqrt(1e8) * NeuronPotential{.balance = 1e8}.value(beta), 0.5, 1e-8);
  EXPECT_NEAR(NeuronPotential{.balance = -1e8}.value(3 * beta) / std::sqrt(1e8), 3, 1e-7);
  // That of Rich-Quick, at equal rates: ∇Ψ = (3/2)√(√(|β|² + δ²/4) − δ/2) β/|β|.
  for (const double delta : {-3.0, 0.0, 2.0}) {
    const double theirs = 1.5 * std::sqrt(std::sqrt(4 + delta * delta / 4) - delta / 2);
    EXPECT_NEAR(1.5 * NeuronPotential{.balance = delta}.gradient(2 * beta).norm(), theirs, 1e-14);
  }
}

TEST(NeuronPotential, IsWhatAnyRunFollows) {
  linalg::Random random({.seed = 2});
  const Regression data = draw(random, 5, 3);
  const Layerwise rates{0.6, 1.7};
  for (const double delta : balances()) {
    for (const bool negative : {false, true}) {
      const Neuron n = networks::neuron(
          {.coefficients = normals(random, 3), .balance = delta, .rates = rates, .negative = negative});
      const NeuronPotential psi{.balance = balance_of(n, rates), .rates = rates};
      const Vector gradient = data.task.train.evaluate(n.coefficients().transpose()).gradient.transpose();
      const Vector beta_speed = -rates[0] * n.a * n.a * gradient - rates[1] * n.w.dot(gradient) * n.w;
      // d∇Ψ/dt = −η_w|a| ∇C.
      const Vector dual_speed = psi.hessian(n.coefficients()) * beta_speed;
      EXPECT_LT((dual_speed + rates[0] * std::abs(n.a) * gradient).norm(), 1e-11 * dual_speed.norm()) << delta;
      EXPECT_LT((psi.gradient(n.coefficients()) - (negative ? -1 : 1) * n.w).norm(), 1e-12 * n.w.norm());
    }
  }
}

TEST(Interpolator, IsWhereTheFlowEnds) {
  linalg::Random random({.seed = 3});
  int crossings = 0;
  for (int i = 0; i < 40; ++i) {
    const auto inputs = static_cast<Index>(2 + random.below(4));
    const auto samples = static_cast<Index>(1 + random.below(static_cast<std::uint64_t>(inputs - 1)));
    const Regression data = draw(random, samples, inputs);
    const Layerwise rates{std::exp(random.normal() / 2), std::exp(random.normal() / 2)};
    const Neuron start{.a = random.normal(), .w = normals(random, inputs)};
    const Neuron end = end_of_flow(start, data.task, rates);
    const bool crossed = end.a * start.a < 0;
    crossings += crossed ? 1 : 0;
    const Vector predicted = interpolator(start, data.task, rates, end.a > 0 ? 1 : -1);
    EXPECT_LT((predicted - end.coefficients()).norm(), 1e-7 * (1 + end.coefficients().norm())) << i;
    if (const auto sign = end_sign(start, data.task, rates)) {
      EXPECT_EQ(*sign, end.a > 0 ? 1 : -1) << i;
    } else {
      EXPECT_GT(samples, 1);
      EXPECT_LT(balance_of(start, rates), 0);
      EXPECT_THROW((void)interpolator(start, data.task, rates), Error);
    }
  }
  EXPECT_GT(crossings, 3);
}

/// min Ψ(β) − ψᵀβ over all β that fit, by Newton's method with halved steps in the free directions.
Vector minimizer(const NeuronPotential& psi, const Vector& tilt, const Regression& data) {
  const linalg::Svd d = linalg::full_svd(data.x);
  const Matrix free = d.v.rightCols(data.x.cols() - data.x.rows());
  const Matrix used = d.v.leftCols(data.x.rows());
  Vector beta = used * (used.transpose() * data.truth);
  const auto value = [&](const Vector& b) { return psi.value(b) - tilt.dot(b); };
  for (int i = 0; i < 100; ++i) {
    const Vector g = free.transpose() * (psi.gradient(beta) - tilt);
    const Matrix h = free.transpose() * psi.hessian(beta) * free;
    const Vector step =
        -free * linalg::svd(h).v * linalg::svd(h).s.cwiseInverse().asDiagonal() * linalg::svd(h).u.transpose() * g;
    double part = 1;
    while (part > 1e-12 && value(beta + part * step) > value(beta)) part /= 2;
    beta += part * step;
  }
  return beta;
}

TEST(Interpolator, MinimizesThePotentialMatchedAtTheStart) {
  linalg::Random random({.seed = 4});
  for (const Index samples : {1, 2, 3}) {
    const Regression data = draw(random, samples, 4);
    for (const double delta : balances()) {
      const Layerwise rates{1.4, 0.5};
      const Neuron start = networks::neuron({.coefficients = normals(random, 4), .balance = delta, .rates = rates});
      const Vector beta = interpolator(start, data.task, rates, 1);
      EXPECT_LT((data.x * (beta - data.truth)).norm(), 1e-12);
      const NeuronPotential psi{.balance = delta, .rates = rates};
      const Vector expected = minimizer(psi, psi.gradient(start.coefficients()), data);
      EXPECT_LT((beta - expected).norm(), 1e-6 * beta.norm()) << samples << ' ' << delta;
      const Vector other = minimizer(psi, -start.w, data);
      EXPECT_LT((interpolator(start, data.task, rates, -1) - other).norm(), 1e-6 * other.norm());
    }
    // For β_0 = 0 and δ > 0 it is the solution of least norm.
    const Neuron zero = networks::neuron({.coefficients = Vector::Zero(4), .balance = 1});
    EXPECT_LT((interpolator(zero, data.task) - data.task.target().transpose()).norm(), 1e-13);
  }
}

TEST(Interpolator, HasTheLimitsOfUnbalancedStarts) {
  linalg::Random random({.seed = 5});
  const Regression data = draw(random, 1, 3);
  Vector start = normals(random, 3);
  if ((data.x * start)(0) * (data.x * data.truth)(0) < 0) start = -start;
  const Vector span = data.x.row(0).transpose().normalized();
  const auto at = [&](double delta) {
    return interpolator(networks::neuron({.coefficients = start, .balance = delta}), data.task);
  };
  // δ → ∞: the nearest solution; δ → −∞: a multiple of β_0.
  const Vector nearest = start + span * span.dot(data.truth - start);
  const Vector scaled = start * (span.dot(data.truth) / span.dot(start));
  EXPECT_LT((at(1e9) - nearest).norm(), 1e-7);
  EXPECT_LT((at(-1e9) - scaled).norm(), 1e-7);
  EXPECT_GT((at(0) - nearest).norm(), 1e-3);
}

TEST(Interpolator, IsLeastSquaresWhereNothingFits) {
  linalg::Random random({.seed = 6});
  Matrix x = normals(random, 6, 3);
  x.col(2) = x.col(0) - x.col(1);
  const Task task = tasks::regression({.inputs = x, .targets = normals(random, 6)});
  const Neuron start{.a = 1.2, .w = (Vector(3) << 0.2, 0.1, -0.3).finished()};
  EXPECT_LT((interpolator(start, task) - end_of_flow(start, task, 1.0).coefficients()).norm(), 1e-7);
}

TEST(NeuronPotential, HoldsSizesWhoseSquaresDoNot) {
  const Layerwise rates{0.7, 1.9};
  const Vector direction = Vector{{0.6, 0.0, -0.8}};
  // Ψ_δ(β) = λ^{3/2} Ψ_{δ/λ}(β/λ): sizes and derivatives follow from those near 1.
  for (const double by : {1e-200, 1e-120, 1e120, 1e200}) {
    for (const double delta : {-3.0, 0.0, 3.0}) {
      const NeuronPotential here{.balance = delta, .rates = rates};
      const NeuronPotential far{.balance = by * delta, .rates = rates};
      const Vector beta = by * direction;
      EXPECT_NEAR(far.value(beta) / by / std::sqrt(by), here.value(direction), 1e-14 * here.value(direction)) << by;
      EXPECT_LT((far.gradient(beta) / std::sqrt(by) - here.gradient(direction)).norm(), 1e-14);
      EXPECT_LT((far.hessian(beta) * std::sqrt(by) - here.hessian(direction)).norm(), 1e-13);
      EXPECT_LT((far.from_gradient(far.gradient(beta)) / by - direction).norm(), 1e-13);
      const Neuron neuron = networks::neuron({.coefficients = beta, .balance = by * delta, .rates = rates});
      EXPECT_LT((neuron.coefficients() / by - direction).norm(), 1e-14);
      EXPECT_NEAR(balance_of(neuron, rates) / by, delta, 1e-14 * 10);
    }
  }
  // The limits for small β: at δ = −1 the norm |β| times √(|δ|/η_a), at δ = 1 |β|²/2 √η_w.
  const Vector tiny = 1e-140 * direction;
  EXPECT_NEAR(NeuronPotential{.balance = -1}.value(1e-60 * tiny) * 1e200, 1, 1e-14);
  EXPECT_NEAR(NeuronPotential{.balance = 1}.value(tiny) * 1e140 * 1e140, 0.5, 1e-14);
  EXPECT_NEAR(NeuronPotential{.balance = -1}.gradient(1e-60 * tiny)(0), 0.6, 1e-14);
  EXPECT_EQ(error_of([] { (void)NeuronPotential{}.value(Vector::Constant(1, 1e300)); }),
            "coefficients: expected a β of which Ψ and its derivatives can be held, below 1e308, got |β| = 1e+300");
}

TEST(Interpolator, SaysOfASaddleWhatTrainingSays) {
  linalg::Random random({.seed = 8});
  const Matrix x = Matrix{{1.0, 0.5, 0.0}, {0.0, 2.0, 0.0}};
  const Task few = tasks::regression({.inputs = x, .targets = Matrix{{1.0}, {0.0}}});
  for (const Vector& w : {Vector(Vector::Zero(3)), Vector(Vector{{0.0, 0.0, 1.0}})}) {
    const Neuron start{.a = 0, .w = w};
    for (const Task& task : {few, tasks::target(Matrix{{1.0, 0.5, 0.0}})}) {
      EXPECT_EQ(error_of([&] { (void)interpolator(start, task); }),
                error_of([&] { train(start.weights(), task, GradientFlow{.t_end = 1}); }));
    }
  }
  // w is orthogonal to β* and δ < 0, on the boundary: the flow converges to the saddle.
  EXPECT_EQ(
      error_of([] {
        (void)interpolator({.a = 1, .w = Vector{{-1.0, 0.0}}}, tasks::target(Matrix{{1.0, 0.0}}));
      }),
      "network.weights: expected a start off the boundary between a > 0 and a < 0 at the end, got one on it, up to "
      "rounding, which ends at the saddle a = 0\n"
      "  hint: move the start, or give the sign that a is to have at the end");
  // For β* = 0 a converges to 0, and its sign does not matter.
  EXPECT_EQ(interpolator({.a = 1, .w = Vector{{3.0, 0.0}}}, tasks::target(Matrix::Zero(1, 2))), Vector::Zero(2));
}

TEST(Interpolator, RefusesWhatIsNoProblem) {
  linalg::Random random({.seed = 7});
  const Regression data = draw(random, 2, 3);
  const Neuron start{.a = 1, .w = Vector::Ones(3)};
  EXPECT_THROW((void)interpolator(start, data.task, 1.0, 0), Error);
  EXPECT_THROW((void)interpolator(start, data.task, {0, 1}), Error);
  EXPECT_THROW((void)interpolator({.a = 1, .w = Vector::Ones(2)}, data.task), Error);
  EXPECT_THROW((void)interpolator({.a = 0, .w = Vector::Zero(3)}, data.task), Error);
  EXPECT_THROW((void)interpolator(start, tasks::target(Matrix::Ones(2, 3))), Error);
  EXPECT_THROW((void)NeuronPotential{.balance = -1}.hessian(Vector::Zero(2)), Error);
}

}  // namespace
}  // namespace linnet
