#include "linnet/exact/mirror.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::normals;
using testing::Regression;

/// A sparse truth, with fewer samples than inputs.
Regression sparse(std::uint64_t seed, Index samples, Index inputs) {
  linalg::Random random({.seed = seed});
  Vector truth = Vector::Zero(inputs);
  truth.head(2) << 2, -1;
  return testing::regression(normals(random, samples, inputs), truth);
}

Vector end_of_flow(const Diagonal& start, const Task& task) {
  const Trajectory run =
      train(start, task,
            GradientFlow{.t_end = 1e7,
                         .rtol = 1e-11,
                         .atol = 1e-14,
                         .method = GradientFlow::Method::bdf,
                         .events = {{.kind = FlowEvent::Kind::gradient_below, .value = 1e-10, .terminal = true}}},
            {.observables = {}, .schedule = Schedule::ends()});
  return std::get<Diagonal>(*run.final).values();
}

TEST(HyperbolicEntropy, GradientAndCurvatureAreItsDerivatives) {
  linalg::Random random({.seed = 1});
  for (const double kappa : {1e-6, 0.3, 1e5}) {
    const HyperbolicEntropy psi{.threshold = kappa};
    const Vector s = normals(random, 4);
    const double h = 1e-5;
    for (Index i = 0; i < 4; ++i) {
      const Vector step = h * Vector::Unit(4, i);
      const double slope = (psi.value(s + step) - psi.value(s - step)) / (2 * h);
      EXPECT_NEAR(slope, psi.gradient(s)(i), 1e-7 * psi.gradient(s).norm());
      const double curve = (psi.gradient(s + step) - psi.gradient(s - step))(i) / (2 * h);
      EXPECT_NEAR(curve, psi.curvature(s)(i), 1e-6 * psi.curvature(s)(i));
    }
    EXPECT_LT((psi.from_gradient(psi.gradient(s)) - s).norm(), 1e-13 * s.norm());
    EXPECT_EQ(psi.value(Vector::Zero(2)), 0);
  }
}

TEST(HyperbolicEntropy, IsSparseForSmallThresholdsAndSquareForLarge) {
  const Vector s = (Vector(3) << 1.5, -0.2, 0.7).finished();
  EXPECT_NEAR(4e8 * HyperbolicEntropy{.threshold = 1e8}.value(s), s.squaredNorm(), 1e-7);
  const double kappa = 1e-200;
  const double expected = 0.5 * (s.array().abs() * ((2 * s.array().abs() / kappa).log() - 1)).sum();
  EXPECT_NEAR(HyperbolicEntropy{.threshold = kappa}.value(s), expected, 1e-12 * expected);
}

// dA/dt = −2√(κ² + s²)∇C in every mode of a wide network, for any scales of its layers, and for explicit pairs a_i w_i.
TEST(Diagonal, IsTheSingularValuesOfAWideNetwork) {
  const Vector y = (Vector(3) << 2, 1, 0.3).finished();
  const Layerwise scales{0.1, 0.9};
  const Task task = tasks::target(y.transpose());
  const Task square = tasks::target(y.asDiagonal().toDenseMatrix());
  const GradientFlow solver{.t_end = 1.5, .rtol = 1e-12, .atol = 1e-14};
  const Vector start = Vector::Constant(3, 0.05);
  const Trajectory wide = train(SelfConsistent(start.asDiagonal().toDenseMatrix(), scales), square, solver);
  const Trajectory diagonal = train(Diagonal(start, 0.5), task, solver);
  const Vector s = std::get<Diagonal>(*diagonal.final).values();
  EXPECT_LT((end_to_end(*wide.final).diagonal() - s).norm(), 1e-10);
  for (Index i = 0; i < 3; ++i) {
    EXPECT_NEAR(Mode({.target = y(i), .threshold = 0.5, .start = 0.05}).at(1.5), s(i), 1e-10);
  }
  EXPECT_EQ(diagonal.threshold, 0.5);
}

TEST(Diagonal, IsWhatPairsOfWeightsDoAtAnyRates) {
  const Regression data = sparse(3, 2, 3);
  const Layerwise rates{0.5, 1.8};  // of w, of a
  const double root = std::sqrt(rates[0] * rates[1]);
  const double kappa = 0.4;
  // Pairs of one δ = η_w a² − η_a w² = 2κ√(η_aη_w) that start at a w = 0.
  Vector a = Vector::Constant(3, std::sqrt(2 * kappa * root / rates[0]));
  Vector w = Vector::Zero(3);
  const double t = 0.7;
  const int steps = 400;
  const auto velocity = [&](const Vector& q) {
    const Vector s = q.head(3).cwiseProduct(q.tail(3));
    const Vector g = data.task.train.evaluate(s.transpose()).gradient.transpose();
    Vector v(6);
    v << -rates[1] * q.tail(3).cwiseProduct(g), -rates[0] * q.head(3).cwiseProduct(g);
    return v;
  };
  Vector q(6);
  q << a, w;
  const double h = t / steps;
  for (int k = 0; k < steps; ++k) {
    const Vector k1 = velocity(q);
    const Vector k2 = velocity(q + h / 2 * k1);
    const Vector k3 = velocity(q + h / 2 * k2);
    const Vector k4 = velocity(q + h * k3);
    q += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  const Trajectory run = train(Diagonal(Vector::Zero(3), kappa), data.task,
                               GradientFlow{.t_end = t, .rates = rates, .rtol = 1e-12, .atol = 1e-14});
  EXPECT_LT((std::get<Diagonal>(*run.final).values() - q.head(3).cwiseProduct(q.tail(3))).norm(), 1e-9);
}

// Descent against the plain loop on the weights of each input, and the change of κ.
TEST(Diagonal, DescentStepsItsWeights) {
  const Regression data = sparse(3, 4, 6);
  linalg::Random random({.seed = 8});
  const Vector w_0 = normals(random, 6);
  const Vector a_0 = normals(random, 6);
  for (const Layerwise& steps : {Layerwise(0.1), Layerwise{0.05, 0.2}}) {
    for (const Order order : {Order::simultaneous, Order::sequential}) {
      Vector w = w_0;
      Vector a = a_0;
      for (int k = 0; k < 30; ++k) {
        const Vector g = data.task.train.evaluate(w.cwiseProduct(a).transpose()).gradient.transpose();
        const Vector before = w;
        w -= steps[0] * a.cwiseProduct(g);
        a -= steps[1] * (order == Order::simultaneous ? before : w).cwiseProduct(g);
      }
      const Trajectory run = train(Diagonal::from_weights(w_0, a_0, steps), data.task,
                                   GradientDescent{.step = steps, .max_steps = 30, .order = order});
      const auto& end = std::get<Diagonal>(*run.final);
      const Diagonal expected = Diagonal::from_weights(w, a, steps);
      EXPECT_LT((end.values() - expected.values()).norm(), 1e-13);
      EXPECT_LT((end.balances() - expected.balances()).norm(), 1e-13);
    }
  }
}

TEST(Diagonal, KnowsItsWeights) {
  Vector w(4);
  Vector a(4);
  w << 0.5, -2, 1e-9, 0;
  a << 3, 0.25, -1, 0;
  const Diagonal network = Diagonal::from_weights(w, a);
  for (Index i = 0; i < 4; ++i) {
    const Diagonal::Pair pair = network.pair(i);
    EXPECT_NEAR(pair.w * pair.a, w(i) * a(i), 1e-16 * std::abs(w(i) * a(i)));
    EXPECT_NEAR(std::abs(pair.w), std::abs(w(i)), 1e-15 * std::abs(w(i)));
    EXPECT_NEAR(std::abs(pair.a), std::abs(a(i)), 1e-15 * std::abs(a(i)));
  }
  EXPECT_TRUE(std::isnan(network.threshold()));
  EXPECT_EQ(Diagonal(Vector::Ones(3), 0.7).threshold(), 0.7);
  EXPECT_EQ(Diagonal::from_weights(a, a).thresholds(), Vector::Zero(4)) << "balanced";
}

// Each value with its own κ: the flow of pairs of weights converges to the minimum of the potential.
TEST(MirrorInterpolator, TakesAThresholdOfEachInput) {
  const Regression data = sparse(4, 3, 6);
  linalg::Random random({.seed = 2});
  const Diagonal start = Diagonal::from_weights(normals(random, 6), normals(random, 6));
  EXPECT_LT((interpolator(start, data.task) - end_of_flow(start, data.task)).norm(), 1e-6);
}

TEST(MirrorInterpolator, IsWhereTheFlowEnds) {
  linalg::Random random({.seed = 5});
  for (const double kappa : {1e-6, 1e-3, 0.1, 1.0, 100.0}) {
    for (const Index samples : {1, 4, 7}) {
      const Regression data = sparse(11, samples, 8);
      for (const double size : {0.0, 0.5}) {
        const Diagonal start(size * normals(random, 8), kappa);
        const Vector end = end_of_flow(start, data.task);
        EXPECT_LT((interpolator(start, data.task) - end).norm(), 1e-6 * end.norm()) << kappa << ' ' << samples;
      }
    }
  }
}

// Independent of Newton's method: at the optimum the data are fitted and ∇Ψ(s) − ∇Ψ(s_0) is in the span of the inputs.
TEST(MirrorInterpolator, MeetsTheConditionsOfTheMinimum) {
  linalg::Random random({.seed = 6});
  for (const double kappa : {1e-12, 1e-6, 0.1, 1.0, 1e6}) {
    const Regression data = sparse(12, 5, 20);
    const Diagonal start(0.1 * normals(random, 20), kappa);
    const Vector s = interpolator(start, data.task);
    EXPECT_LT((data.x * (s - data.truth)).norm(), 1e-12);
    const HyperbolicEntropy psi{.threshold = kappa};
    const Vector p = psi.gradient(s) - psi.gradient(start.values());
    const Matrix span = linalg::svd(data.x).v;
    const Vector inside = span * (span.transpose() * p);
    EXPECT_LT((p - inside).norm(), 1e-9 * (1 + p.norm())) << kappa;
  }
}

TEST(MirrorInterpolator, GoesFromTheSparseToTheLeastSquaresSolution) {
  const Regression data = sparse(13, 12, 20);
  const Vector dense = interpolator(Diagonal(Vector::Zero(20), 1e6), data.task);
  EXPECT_LT((dense.transpose() - data.task.target()).norm(), 1e-9);
  const Vector sparse = interpolator(Diagonal(Vector::Zero(20), 1e-12), data.task);
  EXPECT_LT((sparse - data.truth).norm(), 1e-4);  // decreases as a power of κ
  double before = 0;
  for (const double kappa : {1e-9, 1e-6, 1e-3, 1.0, 1e3}) {
    const double size = interpolator(Diagonal(Vector::Zero(20), kappa), data.task).lpNorm<1>();
    EXPECT_GE(size, before - 1e-9);
    before = size;
  }
}

TEST(MirrorInterpolator, IsLazyHoweverSmallTheDataBesideTheStart) {
  const Regression data = sparse(9, 3, 6);
  const Vector least_norm = data.x.transpose() * (data.x * data.x.transpose()).ldlt().solve(data.x * data.truth);
  for (const double kappa : {1e6, 1e13, 1e16, 1e60}) {
    const Vector s = interpolator(Diagonal(Vector::Zero(6), kappa), data.task);
    EXPECT_LT((s - least_norm).norm(), 1e-12 * least_norm.norm()) << kappa;
  }
  const Task nothing = tasks::regression({.inputs = data.x, .targets = Matrix::Zero(3, 1)});
  EXPECT_EQ(interpolator(Diagonal(Vector::Zero(6), 2.0), nothing).norm(), 0);
}

TEST(Diagonal, RefusesWhatItIsNot) {
  EXPECT_THROW(Diagonal(Vector::Ones(2), 0), Error);
  EXPECT_THROW(Diagonal(Vector(), 1), Error);
  EXPECT_THROW(Diagonal(Vector::Constant(2, std::nan("")), 1), Error);
  const Diagonal start(Vector::Ones(2), 1);
  EXPECT_THROW((void)interpolator(start, tasks::target(Matrix::Ones(1, 3))), Error);
  EXPECT_THROW((void)interpolator(start, tasks::target(Matrix::Ones(2, 2))), Error);
  EXPECT_THROW((void)gram_state(Network(start)), Error);
  EXPECT_THROW((void)ExactFlow(start, tasks::target(Matrix::Ones(1, 2))), Error);
}

}  // namespace
}  // namespace linnet
