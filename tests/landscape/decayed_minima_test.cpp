#include "linnet/landscape/decayed_minima.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/landscape/point.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

namespace linnet::landscape {
namespace {

using namespace testing;

double cost_of(double s, double y, double depth, double mu) {
  return (s - y) * (s - y) / 2 + mu * depth / 2 * std::pow(s, 2 / depth);
}

TEST(DecayedMinima, OfTwoLayersAreSoftThresholds) {
  const Task task = tasks::target(normal(6, 5, 3));
  const DecayedMinima m = decayed_minima(task, 2, 0.7);
  EXPECT_EQ(m.critical, 0.7);
  for (Index i = 0; i < 5; ++i) EXPECT_EQ(m.minimum(i), std::max(m.target(i) - 0.7, 0.0));
  EXPECT_EQ(m.cost.size(), 1);
  EXPECT_EQ(m.least_rank, (m.target.array() > 0.7).count());
}

TEST(DecayedMinima, AreTheStationaryPointsOfEachMode) {
  for (const double depth : {1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 7.0}) {
    for (const double mu : {1e-6, 0.01, 0.3}) {
      for (const double y : {0.2, 1.0, 30.0}) {
        const DecayedMode m = decayed_mode(y, depth, mu);
        const auto f = [&](double s) { return cost_of(s, y, depth, mu); };
        EXPECT_NEAR(m.cost, f(m.minimum), 1e-12 * y * y);
        // A grid in t = s^{1/L} sees every local minimum and maximum of F.
        double lowest = 0;
        double highest = 0;
        const int count = 20000;
        const double top = 1.2 * std::pow(y, 1 / depth);
        const auto at = [&](int i) { return f(std::pow(top * i / count, depth)); };
        for (int i = 1; i < count; ++i) {
          const double s = std::pow(top * i / count, depth);
          if (at(i) < at(i - 1) && at(i) <= at(i + 1)) lowest = s;
          if (at(i) > at(i - 1) && at(i) >= at(i + 1)) highest = s;
        }
        const double grid = 3 * depth / count;
        EXPECT_NEAR(m.minimum, lowest, grid * y) << depth << " " << mu << " " << y;
        EXPECT_NEAR(m.barrier, highest, grid * y) << depth << " " << mu << " " << y;
        EXPECT_EQ(m.minimum > 0, y > m.critical);
      }
    }
  }
}

TEST(DecayedMinima, CriticalTargetIsWhereTheMinimumAppears) {
  for (const double depth : {2.5, 3.0, 5.0}) {
    const double critical = decayed_mode(1, depth, 0.1).critical;
    EXPECT_EQ(decayed_mode(critical * (1 - 1e-9), depth, 0.1).minimum, 0);
    const DecayedMode above = decayed_mode(critical * (1 + 1e-9), depth, 0.1);
    EXPECT_GT(above.minimum, 0);
    EXPECT_NEAR(above.barrier / above.minimum, 1, 1e-3);
  }
}

/// Balanced weights whose end-to-end matrix is the sum of these modes.
DeepLinear at_modes(const DecayedMinima& m, const std::vector<Index>& modes, Index depth) {
  Matrix a = Matrix::Zero(m.left.rows(), m.right.rows());
  for (const Index i : modes) a += m.left.col(i) * m.minimum(i) * m.right.col(i).transpose();
  return networks::balanced_deep(a, std::vector<Index>(static_cast<std::size_t>(depth - 1), 5), 2);
}

/// The least eigenvalue of the Hessian of C + (μ/2)|θ|², and |its gradient|.
std::pair<double, double> curvature_at(const DeepLinear& network, const Task& task, double mu) {
  Point point(network, task.train);
  const Vector v = point.gradient() + mu * point.theta();
  Matrix hessian(point.unknowns(), point.unknowns());
  for (Index i = 0; i < hessian.cols(); ++i) {
    const Vector unit = Vector::Unit(hessian.cols(), i);
    hessian.col(i) = point.hessian(unit);
  }
  hessian.diagonal().array() += mu;
  return {linalg::symmetric_eigenvalues(hessian)(0), v.norm()};
}

TEST(DecayedMinima, OfEachRankAreMinimaOverTheWeightsAndOthersAreSaddles) {
  const Task task = tasks::target(normal(3, 4, 11));
  const double mu = 0.1;
  const DecayedMinima m = decayed_minima(task, 3, mu);
  ASSERT_EQ(m.least_rank, 0);
  ASSERT_EQ(m.largest_rank(), 3);
  for (const auto& [modes, is_minimum] : std::vector<std::pair<std::vector<Index>, bool>>{{{0}, true},
                                                                                          {{0, 1}, true},
                                                                                          {{0, 1, 2}, true},
                                                                                          {{1}, false},
                                                                                          {{2}, false},
                                                                                          {{0, 2}, false},
                                                                                          {{1, 2}, false}}) {
    const auto [least, slope] = curvature_at(at_modes(m, modes, 3), task, mu);
    EXPECT_LT(slope, 1e-12);
    if (is_minimum) {
      EXPECT_GT(least, -1e-10) << modes.size();
    } else {
      EXPECT_LT(least, -1e-3) << modes.size();
    }
  }
}

TEST(DecayedMinima, AreWhereFlowsEnd) {
  const double mu = 0.2;
  const Matrix y = normal(4, 5, 11);
  for (const Index depth : {2, 3, 4}) {
    const DecayedMinima m = decayed_minima(tasks::target(y), static_cast<double>(depth), mu);
    for (const double scale : {0.3, 0.7, 1.5}) {
      const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), 6);
      std::vector<Index> sizes{5};
      sizes.insert(sizes.end(), hidden.begin(), hidden.end());
      sizes.push_back(4);
      const Task task = tasks::target(y);
      const Trajectory run = train(
          deep_start(sizes, scale), task,
          GradientFlow{
              .t_end = 300, .weight_decay = mu, .rtol = 1e-10, .atol = 1e-15, .method = GradientFlow::Method::bdf});
      const Matrix end = end_to_end(*run.final);
      const Vector s = linalg::singular_values(end);
      const Index rank = (s.array() > 1e-3).count();
      EXPECT_GE(rank, m.least_rank) << depth;
      EXPECT_LE(rank, m.largest_rank()) << depth;
      EXPECT_LT((end - m.end_to_end(rank)).norm(), 1e-7) << depth << " " << scale << " rank " << rank;
      double penalised = task.train.evaluate(end).cost;
      for (const Matrix& w : std::get<DeepLinear>(*run.final).weights()) penalised += mu / 2 * w.squaredNorm();
      EXPECT_NEAR(penalised, m.cost(rank - m.least_rank), 1e-9) << depth;
    }
  }
}

TEST(DecayedMinima, OfWhiteInputsAreThoseOfTheirCost) {
  Matrix x = std::sqrt(2.0 * 20) * linalg::qr_factor(normal(20, 4, 1));  // Σ_xx = 2 I
  const Task task = tasks::regression({.inputs = x, .targets = normal(20, 3, 2)});
  const double mu = 0.05;
  const DecayedMinima m = decayed_minima(task, 3, mu);
  for (Index rank = m.least_rank + 1; rank <= m.largest_rank(); ++rank) {
    const DeepLinear at = networks::balanced_deep(m.end_to_end(rank), {4, 4}, 3);
    const auto [least, slope] = curvature_at(at, task, mu);
    EXPECT_LT(slope, 1e-10);
    EXPECT_GT(least, -1e-9);
    double penalised = task.train.evaluate(at.end_to_end()).cost;
    for (const Matrix& w : at.weights()) penalised += mu / 2 * w.squaredNorm();
    EXPECT_NEAR(penalised, m.cost(rank - m.least_rank), 1e-10);
  }
}

TEST(DecayedMinima, BadInputIsNamed) {
  const Task task = tasks::target(normal(3, 4, 11));
  EXPECT_THAT(caught([&] { decayed_minima(task, 0.5, 0.1); }).text, ::testing::HasSubstr("depth"));
  EXPECT_THAT(caught([&] { decayed_minima(task, 3, -0.1); }).text, ::testing::HasSubstr("weight_decay"));
  EXPECT_THAT(caught([&] { (void)decayed_minima(task, 2, 0.1).end_to_end(9); }).text, ::testing::HasSubstr("rank"));
  EXPECT_THAT(caught([&] { decayed_minima(deep_cases()[1].task, 3, 0.1); }).text, ::testing::HasSubstr("task"));
}

}  // namespace
}  // namespace linnet::landscape
