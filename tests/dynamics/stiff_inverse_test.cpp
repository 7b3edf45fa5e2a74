#include "linnet/dynamics/stiff_inverse.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/exact/deep_mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet {
namespace {

using namespace testing;

struct Aligned {
  DeepLinear start;
  Matrix target;
};

/// W_l = O_l diag(t_l) O_{l−1}ᵀ of rank k, and Y = A + U diag(r) Vᵀ. With more than two layers r has components outside
/// the rank too. With two layers it has none, because these modes would start to move at once.
Aligned aligned(const std::vector<Index>& sizes, Index k, double residual) {
  std::vector<Matrix> frames;
  for (std::size_t l = 0; l < sizes.size(); ++l)
    frames.push_back(linalg::qr_factor(normal(sizes[l], sizes[l], 20 + l)));
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    Vector t(k);
    for (Index i = 0; i < k; ++i) t(i) = (1 + 0.2 * static_cast<double>(l % 3)) / (1 + 0.4 * static_cast<double>(i));
    weights.push_back(frames[l + 1].leftCols(k) * t.asDiagonal() * frames[l].leftCols(k).transpose());
  }
  const Index n = std::min(sizes.front(), sizes.back());
  Vector r = residual * normal(n, 1, 3).cwiseAbs();
  if (weights.size() == 2) r.tail(n - k).setZero();
  DeepLinear start(std::move(weights));
  Matrix target =
      start.end_to_end() + frames.back().leftCols(n) * r.asDiagonal() * frames.front().leftCols(n).transpose();
  return {std::move(start), std::move(target)};
}

double error_of_inverse(const DeepLinear& start, const Task& task, const Layerwise& rates, double gamma) {
  DeepDynamics dynamics(start, task);
  dynamics.linearize(rates);
  dynamics.prepare_inverse(rates, gamma);
  const auto n = static_cast<std::size_t>(dynamics.unknowns());
  const Vector v = normal(static_cast<Index>(n), 1, 9);
  Vector turned(v.size());
  dynamics.jacobian({v.data(), n}, {turned.data(), n});
  turned = v - gamma * turned;
  dynamics.invert({turned.data(), n});
  return (turned - v).norm() / v.norm();
}

double error_of_inverse(const Aligned& at, const Layerwise& rates, double gamma) {
  return error_of_inverse(at.start, tasks::target(at.target), rates, gamma);
}

TEST(StiffInverse, IsExactWhereTheWeightsAreAlignedWithTheirTask) {
  for (const auto& sizes : {std::vector<Index>{5, 6, 4}, {6, 5, 7, 4}, {4, 8, 5, 6, 7}, {5, 5, 6, 7, 6, 8}}) {
    const auto depth = sizes.size() - 1;
    std::vector<double> uneven;
    for (std::size_t l = 0; l < depth; ++l) uneven.push_back(0.5 + 0.3 * static_cast<double>((2 * l + 1) % 5));
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise(uneven)}) {
      for (const Index k : {Index{1}, Index{2}, Index{4}}) {
        for (const double gamma : {0.1, 10.0, 1e4}) {
          EXPECT_LT(error_of_inverse(aligned(sizes, k, 0), rates, gamma), 1e-10) << "depth " << depth << ", " << k;
        }
        // Includes the part of the Hessian with R, at a γ for which no direction grows.
        EXPECT_LT(error_of_inverse(aligned(sizes, k, 0.1), rates, 0.3), 1e-10) << "depth " << depth << ", " << k;
      }
    }
  }
}

/// A regression on 40 samples, inputs i of variance 1 + i, whose least-squares map is `y`.
Task uneven_regression(const Matrix& y) {
  Matrix x = normal(40, y.cols(), 5);
  for (Index i = 0; i < x.cols(); ++i) x.col(i) *= std::sqrt(1.0 + static_cast<double>(i));
  return tasks::regression({.inputs = x, .targets = x * y.transpose()});
}

/// A completion with about four fifths of the entries observed.
Task most_seen(const Matrix& y) {
  const Matrix random = normal(y.rows(), y.cols(), 6);
  return tasks::completion({.target = y, .mask = (random.array() > -0.9).cast<double>().matrix()});
}

/// A regression with R = (A − Y)Σ equal to 0.01 in all modes after the first k of A.
Task apart(const Aligned& at, Index k) {
  const Matrix a = at.start.end_to_end();
  const linalg::Svd modes = linalg::full_svd(a);
  const Index rest = std::min(a.rows(), a.cols()) - k;
  const Matrix r = 0.01 * modes.u.middleCols(k, rest) * modes.v.middleCols(k, rest).transpose();
  return uneven_regression(a - r * uneven_regression(a).train.covariance()->inverse());
}

TEST(StiffInverse, IsExactWhereACostCouplesTheEntriesToo) {
  for (const auto& sizes : {std::vector<Index>{6, 7, 5}, {6, 5, 7, 4}, {4, 8, 5, 6, 7}, {5, 5, 6, 7, 6, 8}}) {
    std::vector<double> uneven;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l)
      uneven.push_back(0.5 + 0.3 * static_cast<double>((2 * l + 1) % 5));
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise(uneven)}) {
      for (const Index k : {Index{1}, Index{2}, Index{4}}) {
        const Aligned at = aligned(sizes, k, 0);
        for (const Task& task : {uneven_regression(at.target), most_seen(at.target)}) {
          for (const double gamma : {1e5, 1e6}) {
            EXPECT_LT(error_of_inverse(at.start, task, rates, gamma), 1e-8)
                << "depth " << sizes.size() - 1 << ", " << k << ", gamma " << gamma;
          }
        }
        // R also has components outside the learned modes; not with two layers, where these modes would start to move
        // at once.
        if (sizes.size() > 3) {
          EXPECT_LT(error_of_inverse(at.start, apart(at, k), rates, 1e5), 1e-8) << "depth " << sizes.size() - 1;
        }
      }
    }
  }
}

TEST(StiffInverse, OfManyModesIsTakenInPairs) {
  EXPECT_LT(error_of_inverse(aligned({9, 8, 9, 10, 8}, 7, 0), 1.0, 1e3), 1e-10);
  EXPECT_LT(error_of_inverse(aligned({9, 8, 9, 10, 8}, 7, 0.1), 1.0, 0.3), 1e-10);
}

TEST(StiffInverse, IsIdleWhereNothingIsStiffOrAligned) {
  const Task task = tasks::target(normal(6, 6, 1));
  DeepDynamics dynamics(deep_start({6, 8, 7, 6}), task);
  for (const double gamma : {1e-6, 1.0}) {  // random weights have no such structure
    StiffInverse inverse;
    const DeepLinear at = std::get<DeepLinear>(dynamics.network());
    inverse.prepare({at.weights(), dynamics.end_to_end(), task.train, dynamics.residual()}, 1.0, gamma);
    EXPECT_TRUE(inverse.idle()) << gamma;
    EXPECT_EQ(inverse.growth(at.weights()), 0);
  }
}

TEST(StiffInverse, KnowsHowFastTheNextModeGrows) {
  // Balanced weights of strengths t along modes y: after the first, a mode grows at the rate (L − 1) y t^{L−2}.
  const Task task = tasks::target(Vector{{4.0, 2.0, 1.0}}.asDiagonal());
  const double small = 1e-5;
  const Vector t{{std::pow(4.0, 0.25), small, 0.0}};
  const DeepLinear start(std::vector<Matrix>(4, t.asDiagonal()));
  StiffInverse inverse;
  const DeepDynamics dynamics(start, task);
  inverse.prepare({start.weights(), dynamics.end_to_end(), task.train, dynamics.residual()}, 1.0, 1e3);
  ASSERT_FALSE(inverse.idle());
  EXPECT_NEAR(inverse.growth(start.weights()) / (3 * 2 * small * small), 1, 1e-6);
}

TEST(SmallStart, LaterModesOfFourLayersAreLearnedOnTimeInFewSteps) {
  // Along the task each mode of balanced weights moves independently, in closed form. From 1e-7 in each layer the first
  // is learned after 1.25e13, the second after 2.5e13, and the third after 5e13.
  const Index n = 12;
  const Vector y{{4.0, 2.0, 1.0}};
  const Matrix u = linalg::qr_factor(normal(n, 3, 1));
  const Matrix v = linalg::qr_factor(normal(n, 3, 2));
  const Task task = tasks::target(u * y.asDiagonal() * v.transpose());
  // With equal singular values the frames are arbitrary: these are the target's.
  std::vector<Matrix> weights;
  Matrix before = v;
  for (std::uint64_t l = 0; l < 4; ++l) {
    const Matrix after = l == 3 ? u : linalg::qr_factor(normal(n, 3, 30 + l));
    weights.push_back(1e-7 * after * before.transpose());
    before = after;
  }
  const DeepLinear start(weights);
  const std::vector<Matrix> imbalance = imbalances(start, 1.0);
  const Trajectory run =
      train(start, task, GradientFlow{.t_end = 1e14, .rtol = 1e-6, .method = GradientFlow::Method::bdf},
            {.observables = {observables::singular_values()}, .schedule = Schedule::logarithmic(1e13, 1000)});
  const Matrix& s = run["singular_values"].values;
  for (Index i = 0; i < 3; ++i) {
    const double on_time = DeepMode({.depth = 4, .start = 1e-28, .target = y(i)}).time_to(y(i) / 2);
    Index k = 0;
    while (k < s.rows() && s(k, i) < y(i) / 2) ++k;
    ASSERT_LT(k, s.rows()) << i;
    EXPECT_NEAR(run.time[static_cast<std::size_t>(k)] / on_time, 1, i == 0 ? 0.01 : 0.04) << i;
  }
  const DeepLinear end = std::get<DeepLinear>(*run.final);
  EXPECT_LT((end.end_to_end() - task.train.target()).norm(), 1e-6);
  const std::vector<Matrix> after = imbalances(end, 1.0);
  for (std::size_t l = 0; l < after.size(); ++l) EXPECT_LT((after[l] - imbalance[l]).norm(), 1e-9);
  EXPECT_LT(run.outcome.statistics.steps, 3000);
  EXPECT_LT(run.outcome.statistics.velocity_evaluations, 5000);
}

/// Modes 3, 2, 1 with random singular vectors.
Task three_modes(Index n) {
  const Matrix u = linalg::qr_factor(normal(n, 3, 1));
  const Matrix v = linalg::qr_factor(normal(n, 3, 2));
  return tasks::target(u * Vector{{3.0, 2.0, 1.0}}.asDiagonal() * v.transpose());
}

/// Four layers of full rank, all singular values `size`, balanced.
DeepLinear balanced_start(Index n, double size) {
  return networks::balanced_deep(std::pow(size, 4) * linalg::qr_factor(normal(n, n, 3)), {n, n, n}, 4);
}

/// The times at which the cost is halfway between two successive saddles.
struct Escapes {
  Vector time;
  Index jacobian_products = 0;
  Statistics statistics;
};

/// Counts the products with the Jacobian that GMRES asks for.
class Counted final : public DeepDynamics {
 public:
  using DeepDynamics::DeepDynamics;
  void jacobian(std::span<const double> v, std::span<double> product) override {
    ++products;
    DeepDynamics::jacobian(v, product);
  }
  Index products = 0;
};

Escapes run_through(Dynamics& dynamics, const GradientFlow& options) {
  const Outcome outcome = flow(dynamics, options, {}, [](const Moment&) {}, {});
  Escapes found{.time = Vector(static_cast<Index>(outcome.events.size())), .statistics = outcome.statistics};
  for (std::size_t i = 0; i < outcome.events.size(); ++i) found.time(static_cast<Index>(i)) = outcome.events[i].time;
  return found;
}

Escapes escapes(Dynamics& dynamics, double t_end, double rtol) {
  using Kind = FlowEvent::Kind;
  return run_through(dynamics,
                     {.t_end = t_end,
                      .rtol = rtol,
                      .method = GradientFlow::Method::bdf,
                      .events = {{Kind::cost_below, 4.75}, {Kind::cost_below, 1.5}, {Kind::cost_below, 0.25, true}},
                      .max_steps = 20000});
}

Escapes escapes(const DeepLinear& start, const Task& task, double rtol) {
  Counted dynamics(start, task);
  Escapes found = escapes(dynamics, 1e3 / std::pow(start.weights()[0].norm(), 2), rtol);
  found.jacobian_products = dynamics.products;
  return found;
}

/// The times at which the singular values of A cross 0.3, in order of the modes.
Escapes crossings(const DeepLinear& start, const Task& task, GradientFlow options) {
  Counted dynamics(start, task);
  options.t_end = 30 / std::pow(start.weights()[0].norm(), 2);
  options.events = {{FlowEvent::Kind::threshold_crossing, 0.3}};
  Escapes found = run_through(dynamics, options);
  found.jacobian_products = dynamics.products;
  return found;
}

TEST(SmallStart, EscapesOnTimeWhateverTheCost) {
  const Matrix y = three_modes(8).train.target();
  for (const Task& task : {most_seen(y), uneven_regression(y)}) {
    const GradientFlow bdf{.rtol = 1e-8, .method = GradientFlow::Method::bdf};
    const Vector expected = crossings(balanced_start(8, 0.1), task, {.rtol = 1e-10, .atol = 1e-12}).time;
    const Vector time = crossings(balanced_start(8, 0.1), task, bdf).time;
    ASSERT_GE(expected.size(), 3);
    ASSERT_EQ(time.size(), expected.size());
    EXPECT_LT((time.cwiseQuotient(expected).array() - 1).abs().maxCoeff(), 1e-5) << time << "\n" << expected;
    // Waits scale as the inverse square of the size; 1e-8 is near the limit of the preconditioner.
    const Vector large = crossings(balanced_start(8, 1e-5), task, bdf).time * 1e-10;
    const Escapes small = crossings(balanced_start(8, 1e-8), task, bdf);
    ASSERT_GE(large.size(), 3);
    ASSERT_EQ(small.time.size(), large.size());
    EXPECT_LT(((small.time * 1e-16).cwiseQuotient(large).array() - 1).abs().maxCoeff(), 0.02)
        << small.time * 1e-16 << "\n"
        << large;
    EXPECT_LT(small.statistics.steps, 5000);
    EXPECT_LT(small.jacobian_products, 15000);
  }
}

TEST(SmallStart, BalancedWeightsOfFullRankEscapeWhenTheirEndToEndFlowDoes) {
  const Index n = 6;
  const double size = 1e-2;
  const Task task = three_modes(n);
  const DeepLinear start = balanced_start(n, size);
  const std::unique_ptr<Dynamics> reduced = make_dynamics(DeepBalanced(start.end_to_end(), 4), task);
  // The tolerance must be small compared with the modes that are not learned, here 1e-8.
  const Vector expected = escapes(*reduced, 1e8, 1e-13).time;
  ASSERT_EQ(expected.size(), 3);
  for (const double rtol : {1e-6, 1e-8}) {
    const Vector time = escapes(start, task, rtol).time;
    ASSERT_EQ(time.size(), 3);
    EXPECT_LT((time.cwiseQuotient(expected).array() - 1).abs().maxCoeff(), 2e-3) << time << "\n" << expected;
  }
}

TEST(SmallStart, WaitsGrowAsTheSquareOfTheScaleOfFourBalancedLayers) {
  const Task task = three_modes(8);
  const Vector large = escapes(balanced_start(8, 1e-5), task, 1e-6).time * 1e-10;
  ASSERT_EQ(large.size(), 3);
  for (const double size : {1e-6, 1e-8}) {
    const Escapes small = escapes(balanced_start(8, size), task, 1e-6);
    ASSERT_EQ(small.time.size(), 3);
    EXPECT_LT(((small.time * size * size).cwiseQuotient(large).array() - 1).abs().maxCoeff(), 0.02)
        << small.time * size * size << "\n"
        << large;
  }
}

TEST(SmallStart, OfFullRankTakesFewLinearIterations) {
  const Escapes found = escapes(balanced_start(8, 1e-8), three_modes(8), 1e-6);
  ASSERT_EQ(found.time.size(), 3);
  EXPECT_LT(found.statistics.steps, 4000) << found.statistics.steps;
  EXPECT_LT(found.statistics.velocity_evaluations, 5000) << found.statistics.velocity_evaluations;
  EXPECT_LT(found.jacobian_products, 8000) << found.jacobian_products;
}

}  // namespace
}  // namespace linnet
