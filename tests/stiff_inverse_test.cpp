#include "linnet/dynamics/stiff_inverse.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "deep_support.hpp"
#include "linnet/dynamics/deep_dynamics.hpp"
#include "linnet/dynamics/deep_mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/train.hpp"

namespace linnet {
namespace {

using namespace testing;

struct Aligned {
  DeepLinear start;
  Matrix target;
};

/// W_l = O_l diag(t_l) O_{l−1}ᵀ of rank k, and Y = A + U diag(r) Vᵀ; r beyond the rank too but for two layers, where it
/// moves what is not learned at once.
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

double error_of_inverse(const Aligned& at, const Layerwise& rates, double gamma) {
  const Task task = tasks::target(at.target);
  DeepDynamics dynamics(at.start, task);
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
        // The Hessian's other part, by R, while γJ does not run away.
        EXPECT_LT(error_of_inverse(aligned(sizes, k, 0.1), rates, 0.3), 1e-10) << "depth " << depth << ", " << k;
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
  for (const double gamma : {1e-6, 1.0}) {  // the second: random weights have no such form
    StiffInverse inverse;
    const DeepLinear at = std::get<DeepLinear>(dynamics.network());
    inverse.prepare({at.weights(), dynamics.end_to_end(), dynamics.residual().gradient, task.train}, 1.0, gamma);
    EXPECT_TRUE(inverse.idle()) << gamma;
    EXPECT_EQ(inverse.growth(at.weights()), 0);
  }
}

TEST(StiffInverse, KnowsHowFastTheNextModeGrows) {
  // Balanced weights of strengths t along modes of y: beyond the first, a mode grows at (L − 1) y t^{L−2}.
  const Task task = tasks::target(Vector{{4.0, 2.0, 1.0}}.asDiagonal());
  const double small = 1e-5;
  const Vector t{{std::pow(4.0, 0.25), small, 0.0}};
  const DeepLinear start(std::vector<Matrix>(4, t.asDiagonal()));
  StiffInverse inverse;
  const DeepDynamics dynamics(start, task);
  inverse.prepare({start.weights(), dynamics.end_to_end(), dynamics.residual().gradient, task.train}, 1.0, 1e3);
  ASSERT_FALSE(inverse.idle());
  EXPECT_NEAR(inverse.growth(start.weights()) / (3 * 2 * small * small), 1, 1e-6);
}

TEST(SmallStart, LaterModesOfFourLayersAreLearnedOnTimeInFewSteps) {
  // Along the task each mode of balanced weights moves alone, in closed form: from 1e-7 a layer the second one waits
  // for 2.5e13, far beyond the first, which is learned after 1.25e13, and the third for 5e13.
  const Index n = 12;
  const Vector y{{4.0, 2.0, 1.0}};
  const Matrix u = linalg::qr_factor(normal(n, 3, 1));
  const Matrix v = linalg::qr_factor(normal(n, 3, 2));
  const Task task = tasks::target(u * y.asDiagonal() * v.transpose());
  // Of equal singular values frames are free: these are the target's.
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
    EXPECT_NEAR(run.time[static_cast<std::size_t>(k)] / on_time, 1, i == 0 ? 0.01 : 0.05) << i;
  }
  const DeepLinear end = std::get<DeepLinear>(*run.final);
  EXPECT_LT((end.end_to_end() - task.train.target()).norm(), 1e-6);
  const std::vector<Matrix> after = imbalances(end, 1.0);
  // Rounding of the velocity, ε|Y||θ|, along directions that leave A as it is, all the time: it is what Δ_l drift by.
  const double drift = 2.2e-16 * 1e14 * y.norm();
  for (std::size_t l = 0; l < after.size(); ++l) EXPECT_LT((after[l] - imbalance[l]).norm(), drift);
  EXPECT_LT(run.outcome.statistics.steps, 3000);
  EXPECT_LT(run.outcome.statistics.velocity_evaluations, 5000);
}

}  // namespace
}  // namespace linnet
