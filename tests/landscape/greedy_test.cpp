#include "linnet/landscape/greedy.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/plateaus.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

// Without a mask the greedy path is known: it consists of the best matrices of each rank.
TEST(Greedy, FindsTheBestMatricesOfEachRank) {
  for (const Cost& cost : {Cost::full_matrix(normal(4, 5, 3)), Cost::full_matrix(1e-3 * normal(4, 3, 6)),
                           Cost::regression(normal(12, 5, 4), normal(12, 4, 5), false)}) {
    for (const Index depth : {2, 3, 4}) {
      const std::vector<GreedySaddle> saddles = greedy_low_rank(cost, {.depth = depth}).saddles;
      ASSERT_EQ(static_cast<Index>(saddles.size()), cost.shape().modes() + 1);
      for (std::size_t k = 0; k < saddles.size(); ++k) {
        const GreedySaddle& s = saddles[k];
        const Matrix best = best_of_rank(cost, static_cast<Index>(k));
        EXPECT_EQ(s.rank, static_cast<Index>(k));
        EXPECT_LT((s.end_to_end - best).norm(), 1e-7 * cost.target().norm()) << depth << " " << k;
        EXPECT_NEAR(s.cost, cost.evaluate(best).cost, 1e-12 * saddles[0].cost);
        EXPECT_LT(s.gradient_norm, 1e-8 * saddles[0].escape_strength);
        EXPECT_TRUE(s.stable);
        EXPECT_NEAR(s.escape_strength, linalg::operator_norm(cost.evaluate(best).gradient),
                    1e-6 * saddles[0].escape_strength);
        EXPECT_LT(relative(s.network.end_to_end(), s.end_to_end), 1e-14);
      }
    }
  }
}

TEST(Greedy, KeepsThePathsFromSaddleToSaddle) {
  const Cost cost = Cost::full_matrix(Vector{{3.0, 1.0}}.asDiagonal().toDenseMatrix());
  const std::vector<GreedySaddle> saddles = greedy_low_rank(cost, {.depth = 3, .keep_paths = true}).saddles;
  EXPECT_TRUE(saddles[0].path.empty());
  for (std::size_t k = 1; k < saddles.size(); ++k) {
    const std::vector<GreedyStep>& path = saddles[k].path;
    ASSERT_GT(path.size(), 20U);
    EXPECT_NEAR(path.front().cost, saddles[k - 1].cost, 1e-6);
    EXPECT_LT((path.back().network.end_to_end() - saddles[k].end_to_end).norm(), 1e-2);
    for (std::size_t i = 1; i < path.size(); ++i) {
      EXPECT_GT(path[i].time, path[i - 1].time);
      EXPECT_LE(path[i].cost, path[i - 1].cost * (1 + 1e-9));
      EXPECT_NEAR(path[i].cost, cost.evaluate(path[i].network.end_to_end()).cost, 1e-12);
    }
  }
  EXPECT_TRUE(greedy_low_rank(cost, {.depth = 3}).saddles.back().path.empty());
}

TEST(Greedy, EndsWhereNothingIsLeftOrTheRankIsReached) {
  const Matrix low = normal(5, 2, 1) * normal(2, 6, 2);
  EXPECT_EQ(greedy_low_rank(Cost::full_matrix(low), {.depth = 3}).saddles.size(), 3);
  EXPECT_EQ(greedy_low_rank(Cost::full_matrix(low), {.depth = 3, .max_rank = 1}).saddles.size(), 2);
  EXPECT_EQ(greedy_low_rank(Cost::full_matrix(Matrix::Zero(3, 3))).saddles.size(), 1);
  EXPECT_EQ(error_of([&] { greedy_low_rank(Cost::full_matrix(low), {.depth = 1}); }),
            "network.depth: expected a whole number >= 2, got 1");
}

/// A local minimum of the masked cost over u vᵀ, by alternating minimization.
Matrix alternate(const Matrix& y, const Matrix& mask, Vector u) {
  Vector v(y.cols());
  for (int i = 0; i < 600; ++i) {
    for (Index j = 0; j < y.cols(); ++j) {
      const Vector seen = mask.col(j).cwiseProduct(u);
      v(j) = seen.dot(y.col(j)) / seen.squaredNorm();
    }
    for (Index k = 0; k < y.rows(); ++k) {
      const Vector seen = mask.row(k).transpose().cwiseProduct(v);
      u(k) = seen.dot(y.row(k).transpose()) / seen.squaredNorm();
    }
  }
  return u * v.transpose();
}

// Completion: the rank-one point for a 3 x 3 matrix with two unobserved entries, against all local minima from many
// starts.
TEST(Greedy, OfCompletionFindsTheBestLocalMinimumOfRankOne) {
  int best_found = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Matrix y = 0.3 * normal(3, 3, seed);
    y += normal(3, 1, 50 + seed) * normal(1, 3, 60 + seed);
    Matrix mask = Matrix::Ones(3, 3);
    mask(0, 2) = mask(2, 1) = 0;
    const Cost cost = Cost::masked(y, mask);
    std::vector<Matrix> minima;
    for (std::uint64_t start = 0; start < 40; ++start) minima.push_back(alternate(y, mask, normal(3, 1, 1000 + start)));
    const Matrix& best = *std::min_element(minima.begin(), minima.end(), [&](const Matrix& a, const Matrix& b) {
      return cost.evaluate(a).cost < cost.evaluate(b).cost;
    });
    for (const Index depth : {2, 3}) {
      const std::vector<GreedySaddle> saddles = greedy_low_rank(cost, {.depth = depth, .max_rank = 1}).saddles;
      ASSERT_EQ(saddles.size(), 2);
      double nearest_of_all = HUGE_VAL;
      for (const Matrix& m : minima) nearest_of_all = std::min(nearest_of_all, relative(saddles[1].end_to_end, m));
      EXPECT_LT(nearest_of_all, 1e-5) << seed;
      best_found += relative(saddles[1].end_to_end, best) < 1e-5 ? 1 : 0;
    }
  }
  EXPECT_EQ(best_found, 10);
}

// 2 x 2 with one unobserved entry: rank one completes it with cost 0.
TEST(Greedy, OfTwoByTwoCompletion) {
  const Matrix y = (Matrix(2, 2) << 2, 1, -1, 0).finished();
  const Matrix mask = (Matrix(2, 2) << 1, 1, 1, 0).finished();
  for (const Index depth : {2, 3, 4}) {
    const std::vector<GreedySaddle> saddles = greedy_low_rank(Cost::masked(y, mask), {.depth = depth}).saddles;
    ASSERT_EQ(saddles.size(), 2);
    EXPECT_NEAR(saddles[1].end_to_end(1, 1), -0.5, 1e-6);
    EXPECT_LT(saddles[1].cost, 1e-15);
  }
}

// The costs along the path fall, and the saddle nearest to a network trained to its last point is on the path.
TEST(Greedy, CompletionPathDescendsThroughSaddles) {
  Matrix mask = Matrix::Ones(6, 6);
  for (Index i = 0; i < 36; i += 5) mask.data()[(7 * i) % 36] = 0;
  const Matrix y = normal(6, 3, 8) * normal(3, 6, 9) + 0.1 * normal(6, 6, 10);
  const Cost cost = Cost::masked(y, mask);
  for (const Index depth : {2, 3}) {
    const std::vector<GreedySaddle> saddles = greedy_low_rank(cost, {.depth = depth, .max_rank = 4}).saddles;
    ASSERT_EQ(saddles.size(), 5);
    for (std::size_t k = 1; k < saddles.size(); ++k) {
      EXPECT_LT(saddles[k].cost, saddles[k - 1].cost);
      EXPECT_TRUE(saddles[k].stable);
      const Vector s = linalg::singular_values(saddles[k].end_to_end);
      EXPECT_GT(s(static_cast<Index>(k) - 1), 1e-3);
      EXPECT_LT(s(static_cast<Index>(k)), 1e-12);
    }
    const DeepLinear trained =
        networks::balanced_deep(saddles[4].end_to_end, std::vector<Index>(static_cast<std::size_t>(depth - 1), 6), 2);
    const SaddleDistance found = nearest_saddle(trained, cost, {.critical = end_to_ends(saddles)});
    EXPECT_GE(found.rank, 3);
    EXPECT_LT(found.upper, nearest_saddle(trained, cost).upper);
  }
}

// If the observed corner is 0 there is no best rank one: the opposite entry grows without limit along the infimum. The
// flow stays at the saddle where the symmetry of the start keeps it, and the result reports a saddle.
TEST(Greedy, SaysWhereThePointIsNoMinimumOfItsRank) {
  const Matrix y = (Matrix(2, 2) << 0, 1, 2, 0).finished();
  const Matrix mask = (Matrix(2, 2) << 1, 1, 1, 0).finished();
  const GreedyPath path = greedy_low_rank(Cost::masked(y, mask), {.max_rank = 1});
  EXPECT_TRUE(path.completed);
  EXPECT_EQ(path.ended, "the largest rank");
  EXPECT_FALSE(path.saddles[1].stable);
  EXPECT_LT(path.saddles[1].gradient_norm, 1e-8);
}

TEST(Greedy, KeepsWhatWasFoundWhereNoCriticalPointIsReached) {
  const GreedyPath path = greedy_low_rank(Cost::full_matrix(normal(3, 3, 1)), {.max_steps = 5});
  EXPECT_FALSE(path.completed);
  ASSERT_EQ(path.saddles.size(), 1);
  EXPECT_THAT(path.ended, ::testing::StartsWith("no critical point of rank 1 was reached: solver.max_steps"));
}

TEST(Plateaus, OfAStaircase) {
  // C falls 4 → 3 → 1 → 0 at t = 10, 100, 2000, each fall within about a tenth of an e-fold.
  Records r;
  const double step = 0.02;
  for (double x = std::log(0.1); x < std::log(1e5); x += step) r.time.push_back(std::exp(x));
  r.time.insert(r.time.begin(), 0.0);
  const auto n = static_cast<Index>(r.time.size());
  r.cost.resize(n);
  r.gradient_norm.resize(n);
  r.singular_values = Matrix::Zero(n, 3);
  for (Index i = 0; i < n; ++i) {
    const double t = std::max(r.time[static_cast<std::size_t>(i)], 1e-30);
    const auto learned = [&](double at) { return 1 / (1 + std::pow(at / t, 100)); };
    r.singular_values.row(i) << learned(10), learned(100), learned(2000);
    r.cost(i) = 4 - learned(10) - 2 * learned(100) - learned(2000);
    r.gradient_norm(i) = 1e-3 + std::abs(learned(10) * (1 - learned(10)) + learned(100) * (1 - learned(100)) +
                                         learned(2000) * (1 - learned(2000)));
  }
  const std::vector<Plateau> found = find_plateaus(r);
  ASSERT_EQ(found.size(), 4);
  const double entered[] = {0, 10, 100, 2000};
  const double left[] = {10, 100, 2000, 1e5};
  const double cost[] = {4, 3, 1, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(found[i].entered, entered[i], 0.15 * entered[i]);
    EXPECT_GE(found[i].entered, entered[i]);
    EXPECT_NEAR(found[i].left, left[i], 0.1 * left[i]);
    EXPECT_LE(found[i].left, left[i]);
    EXPECT_NEAR(found[i].cost, cost[i], 1e-3);
    EXPECT_EQ(found[i].rank, static_cast<Index>(i));
    EXPECT_NEAR(found[i].gradient_norm, 1e-3, 1e-4);
    EXPECT_EQ(found[i].saddle.index, -1);
  }
  // Without the gradient the cost determines the flattest record.
  r.gradient_norm.resize(0);
  EXPECT_EQ(find_plateaus(r).size(), 4);
  EXPECT_TRUE(std::isnan(find_plateaus(r)[0].gradient_norm));
  // A constant cost is one plateau.
  r.cost.setConstant(2);
  ASSERT_EQ(find_plateaus(r).size(), 1);
  EXPECT_EQ(find_plateaus(r)[0].left, r.time.back());
}

// A small start visits the greedy saddles one after another.
TEST(Plateaus, OfARunAreTheGreedySaddles) {
  const Matrix left = linalg::random_frame(5, 3, {.seed = 1, .stream = linalg::Stream::frame_left});
  const Matrix right = linalg::random_frame(4, 3, {.seed = 2, .stream = linalg::Stream::frame_right});
  const Vector s = (Vector(3) << 4, 1.5, 0.5).finished();
  const Task task = tasks::target(left * s.asDiagonal() * right.transpose());
  struct Case {
    Index depth;
    double variance;
    double t_end;
  };
  for (const Case& c : {Case{2, 1e-14, 200}, Case{3, 1e-6, 3000}}) {
    const std::vector<GreedySaddle> saddles = greedy_low_rank(task.train, {.depth = c.depth}).saddles;
    const DeepLinear start =
        networks::gaussian_deep(networks::layer_sizes(task.shape(), c.depth, 6), {.variance = c.variance, .seed = 3});
    std::vector<double> times;
    for (double t = 0.1; t < c.t_end; t *= 1.03) times.push_back(t);
    const GradientFlow solver{.t_end = c.t_end, .rtol = 1e-8, .method = GradientFlow::Method::bdf};
    const Trajectory run =
        train(start, task, solver,
              {.observables = observables::by_names({"cost", "parameter_gradient_norm", "singular_values"}),
               .schedule = Schedule::at(times)});
    const std::unique_ptr<Dynamics> dynamics = make_dynamics(start, task);
    std::vector<Matrix> end_to_end;
    flow(*dynamics, solver, times,
         [&](const Moment& m) { end_to_end.push_back(dynamic_cast<const LinearDynamics&>(m.dynamics).end_to_end()); },
         {});
    const std::vector<Plateau> found = find_plateaus(run, end_to_ends(saddles), {}, end_to_end);
    ASSERT_EQ(found.size(), 4) << c.depth;
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_EQ(found[k].rank, static_cast<Index>(k));
      EXPECT_EQ(found[k].saddle.index, static_cast<Index>(k));
      EXPECT_LT(found[k].saddle.distance, 1e-2);
      EXPECT_NEAR(found[k].cost, saddles[k].cost, 1e-4);
      EXPECT_GT(found[k].entered, k > 0 ? found[k - 1].left : -1);
    }
    EXPECT_EQ(found.front().entered, 0);
    EXPECT_EQ(found.back().left, c.t_end);
    EXPECT_EQ(
        error_of([&] { find_plateaus(run, end_to_ends(saddles)); }),
        "plateaus.saddles: expected a run that has recorded end_to_end, to tell which saddle a plateau is nearest "
        "to, got a run that has not\n  hint: record \"end_to_end\" too");
    // A run that has recorded A itself gives the same.
    const Trajectory whole = train(
        start, task, solver,
        {.observables = observables::by_names({"cost", "parameter_gradient_norm", "singular_values", "end_to_end"}),
         .schedule = Schedule::at(times)});
    const std::vector<Plateau> again = find_plateaus(whole, end_to_ends(saddles));
    ASSERT_EQ(again.size(), 4);
    for (std::size_t k = 0; k < 4; ++k) {
      EXPECT_EQ(again[k].saddle.index, found[k].saddle.index);
      EXPECT_EQ(again[k].saddle.distance, found[k].saddle.distance);
    }
  }
}

TEST(Plateaus, Refuses) {
  Records r{.time = {0, 1, 2, 3}, .cost = Vector::Ones(3)};
  EXPECT_EQ(error_of([&] { find_plateaus(r); }), "records.cost: expected 4, one a record, got 3");
  r = {.time = {0, 1, 1, 3}, .cost = Vector::Ones(4)};
  EXPECT_EQ(error_of([&] { find_plateaus(r); }), "records.time: expected rising times, got 1");
  r = {.time = {0, 1, 3}, .cost = Vector::Ones(3)};
  EXPECT_EQ(error_of([&] { find_plateaus(r); }),
            "records.time: expected at least 3 records at t > 0, got 3\n  hint: record on a logarithmic schedule");
}

}  // namespace
}  // namespace linnet::landscape
