#include "linnet/exact/deep_bias.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "linnet/dynamics/balanced_velocity.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/interpolator.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normals;
using testing::Regression;
using ::testing::StartsWith;

const std::vector<double>& depths() {
  static const std::vector<double> values{1, 2, 2.5, 3, 7};
  return values;
}

Vector end_of(const Network& start, const Task& task, double t_end = 1e6) {
  const Trajectory run =
      train(start, task,
            GradientFlow{.t_end = t_end,
                         .rtol = 1e-11,
                         .atol = 1e-14,
                         .method = GradientFlow::Method::bdf,
                         .events = {{.kind = FlowEvent::Kind::gradient_below, .value = 1e-10, .terminal = true}}},
            {.observables = {}, .schedule = Schedule::ends()});
  return end_to_end(*run.final).row(0).transpose();
}

TEST(DeepPotential, GradientAndHessianAreItsDerivatives) {
  linalg::Random random({.seed = 1});
  for (const double depth : depths()) {
    const DeepPotential psi{.depth = depth};
    for (const double size : {1e-2, 1.0, 40.0}) {
      const Vector beta = size * normals(random, 3);
      const double h = 1e-5 * size;
      for (Index i = 0; i < 3; ++i) {
        const Vector step = h * Vector::Unit(3, i);
        const double slope = (psi.value(beta + step) - psi.value(beta - step)) / (2 * h);
        EXPECT_NEAR(slope, psi.gradient(beta)(i), 1e-7 * psi.gradient(beta).norm()) << depth << ' ' << size;
        const Vector curve = (psi.gradient(beta + step) - psi.gradient(beta - step)) / (2 * h);
        EXPECT_LT((curve - psi.hessian(beta).col(i)).norm(), 1e-6 * psi.hessian(beta).norm());
      }
      EXPECT_LT((psi.from_gradient(psi.gradient(beta)) - beta).norm(), 1e-14 * beta.norm());
    }
  }
  // Depth 2 is one balanced neuron, depth 1 least squares.
  const Vector beta = normals(random, 3);
  EXPECT_NEAR(DeepPotential{.depth = 2}.value(beta), NeuronPotential{}.value(beta), 1e-14);
  EXPECT_NEAR(DeepPotential{.depth = 1}.value(beta), beta.squaredNorm() / 2, 1e-14);
}

// d∇Ψ/dt = −|β|^{1−1/L} ∇C, with the velocity of balanced layers.
TEST(DeepPotential, IsWhatBalancedLayersFollow) {
  linalg::Random random({.seed = 2});
  const Regression data = testing::regression(normals(random, 5, 3), normals(random, 3));
  for (const double depth : depths()) {
    const Vector beta = normals(random, 3);
    const Matrix gradient = data.task.train.evaluate(beta.transpose()).gradient;
    Matrix velocity;
    BalancedVelocity().evaluate(linalg::svd(beta.transpose()), depth, 1.0, gradient, velocity);
    const Vector dual = DeepPotential{.depth = depth}.hessian(beta) * velocity.transpose();
    const Vector expected = -std::pow(beta.norm(), 1 - 1 / depth) * gradient.transpose();
    EXPECT_LT((dual - expected).norm(), 1e-12 * expected.norm()) << depth;
  }
}

TEST(DeepInterpolator, IsWhereBalancedWeightsEnd) {
  linalg::Random random({.seed = 3});
  for (const Index depth : {2, 3, 4}) {
    for (const double size : {0.05, 0.5, 2.0}) {
      const Regression data = testing::regression(normals(random, 2, 5), normals(random, 5));
      const Vector beta = size * normals(random, 5).normalized();
      const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), 3);
      const DeepLinear weights = networks::balanced_deep(beta.transpose(), hidden, 5);
      const Vector predicted = interpolator(Network(weights), data.task);
      EXPECT_LT((end_of(weights, data.task) - predicted).norm(), 1e-7) << depth << ' ' << size;
      EXPECT_LT((end_of(DeepBalanced(beta.transpose(), static_cast<double>(depth)), data.task) - predicted).norm(),
                1e-7);
      EXPECT_GT((predicted - data.task.target().row(0).transpose()).norm(), 1e-3);  // not that of least norm
    }
  }
}

// The condition of the minimum: ∇Ψ(β) − ∇Ψ(β_0) lies in the span of the inputs, and β fits.
TEST(DeepInterpolator, MinimizesThePotentialMatchedAtTheStart) {
  linalg::Random random({.seed = 4});
  for (const double depth : depths()) {
    for (const double size : {1e-6, 1.0, 1e6}) {
      const Regression data = testing::regression(normals(random, 3, 6), normals(random, 6));
      const Vector start = size * normals(random, 6);
      const Vector beta = interpolator(DeepBalanced(start.transpose(), depth), data.task);
      EXPECT_LT((data.x * (beta - data.truth)).norm(), 1e-13 * (1 + beta.norm()));
      const DeepPotential psi{.depth = depth};
      const Vector moved = psi.gradient(beta) - psi.gradient(start);
      const Matrix v = linalg::svd(data.x).v;
      EXPECT_LT((moved - v * (v.transpose() * moved)).norm(), 1e-13 * psi.gradient(beta).norm())
          << depth << ' ' << size;
    }
  }
}

TEST(DeepInterpolator, IsThatOfANeuronAtDepthTwoAndTheNearestAtDepthOne) {
  linalg::Random random({.seed = 5});
  const Regression data = testing::regression(normals(random, 2, 4), normals(random, 4));
  const Vector beta = normals(random, 4);
  const Neuron neuron = networks::neuron({.coefficients = beta, .balance = 0});
  EXPECT_LT((interpolator(DeepBalanced(beta.transpose(), 2), data.task) - interpolator(neuron, data.task)).norm(),
            1e-13);
  const Vector nearest = beta + data.task.target().row(0).transpose();
  const Matrix v = linalg::svd(data.x).v;
  const Vector expected = nearest - v * (v.transpose() * beta);
  EXPECT_LT((interpolator(DeepBalanced(beta.transpose(), 1), data.task) - expected).norm(), 1e-13);
}

// Deeper networks keep more of the direction of their start: L → ∞ with one sample ends on the ray of β_0.
TEST(DeepInterpolator, KeepsTheDirectionAtGreatDepth) {
  const Task task = tasks::regression({.inputs = Matrix{{1.0, 0.5, -0.2}}, .targets = Matrix{{1.0}}});
  const Vector start = Vector{{0.6, 0.1, 0.3}};
  double before = 2;
  for (const double depth : {1.0, 2.0, 5.0, 50.0, 1e4}) {
    const Vector end = interpolator(DeepBalanced(start.transpose(), depth), task);
    const double turned = (end.normalized() - start.normalized()).norm();
    EXPECT_LT(turned, before) << depth;
    before = turned;
  }
  EXPECT_LT(before, 1e-3);
}

TEST(DeepInterpolator, IsLeastSquaresFromTheSpanOrFromSmallStarts) {
  linalg::Random random({.seed = 6});
  const Task over = tasks::regression({.inputs = normals(random, 6, 3), .targets = normals(random, 6)});
  EXPECT_LT((interpolator(DeepBalanced(normals(random, 1, 3), 3), over) - over.target().transpose()).norm(), 1e-14);
  const Regression data = testing::regression(normals(random, 2, 4), normals(random, 4));
  const Vector small = 1e-12 * normals(random, 4);
  const Vector end = interpolator(DeepBalanced(small.transpose(), 3), data.task);
  EXPECT_LT((end - data.task.target().transpose()).norm(), 1e-3);
}

TEST(DeepInterpolator, RefusesWhatDoesNotEndThere) {
  linalg::Random random({.seed = 7});
  const Regression data = testing::regression(normals(random, 2, 4), normals(random, 4));
  const Matrix w = normals(random, 3, 4);
  EXPECT_THAT(error_of([&] {
                (void)interpolator(Network(DeepLinear({w, normals(random, 1, 3)})), data.task);
              }),
              StartsWith("network.weights: "));
  EXPECT_THAT(error_of([&] { (void)interpolator(DeepBalanced(Matrix::Zero(1, 4), 3), data.task); }),
              StartsWith("network.weights: "));
  const Task target = tasks::target(Matrix{{1.0, 2.0}});
  EXPECT_THAT(error_of([&] {
                (void)interpolator(DeepBalanced(Matrix{{-0.5, -1.0}}, 3), target);
              }),
              StartsWith("network.weights: "));
  EXPECT_THAT(error_of([&] { (void)interpolator(DeepBalanced(w, 3), tasks::target(w)); }), StartsWith("task: "));
  const Network balanced = DeepBalanced(Matrix{{0.5, -1.0}}, 3);
  EXPECT_THAT(error_of([&] { (void)interpolator(balanced, target, {1.0, 2.0}); }), StartsWith("solver.rates: "));
  EXPECT_THAT(error_of([&] { (void)interpolator(balanced, target, 1.0, 1); }), StartsWith("sign: "));
  EXPECT_THAT(error_of([&] { (void)DeepPotential{.depth = 0.5}.value(Vector::Ones(2)); }), StartsWith("depth: "));
  EXPECT_THAT(error_of([&] { (void)DeepPotential{.depth = 3}.hessian(Vector::Zero(2)); }),
              StartsWith("coefficients: "));
}

}  // namespace
}  // namespace linnet
