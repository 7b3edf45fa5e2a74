#include "linnet/networks/light_cone.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using networks::at_order;
using networks::compress;
using networks::cone_sizes;
using networks::DeepGaussian;
using networks::expand;
using networks::gaussian_cone;
using networks::gaussian_deep;
using networks::infinite_width_cone;
using networks::orthogonal_cone;
using networks::with_tolerance;
using testing::error_of;
using testing::normal;

/// A, recorded along a run.
std::vector<Matrix> path(const Network& start, const Task& task, const GradientFlow& solver) {
  const Trajectory run = train(start, task, solver, {.schedule = Schedule::linear(9), .keep_networks = true});
  std::vector<Matrix> all;
  for (const Network& n : run.networks) all.push_back(end_to_end(n));
  return all;
}
std::vector<Matrix> path(const Network& start, const Task& task, const GradientDescent& solver) {
  const Trajectory run = train(start, task, solver, {.schedule = Schedule::linear(9), .keep_networks = true});
  std::vector<Matrix> all;
  for (const Network& n : run.networks) all.push_back(end_to_end(n));
  return all;
}

double farthest(const std::vector<Matrix>& a, const std::vector<Matrix>& b) {
  EXPECT_EQ(a.size(), b.size());
  double largest = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i] - b[i]).norm());
    size = std::max(size, b[i].norm());
  }
  return largest / size;
}

Matrix target_of(Index outputs, Index inputs, std::uint64_t seed = 1) {
  Matrix y = normal(outputs, inputs, seed);
  return y / y.norm();
}

std::vector<Task> tasks_of_three_costs(Index outputs, Index inputs) {
  const Matrix y = target_of(outputs, inputs);
  Matrix mask = Matrix::Ones(outputs, inputs);
  mask(0, 0) = mask(1, 2) = 0;
  const Matrix x = normal(12, inputs, 3);
  return {tasks::target(y), tasks::completion({.target = y, .mask = mask}),
          tasks::regression({.inputs = x, .targets = x * y.transpose() + normal(12, outputs, 4, 0.1)})};
}

TEST(LightCone, AHigherOrderOnlyAdds) {
  const std::vector<std::vector<Index>> networks{
      {3, 1'000'000, 1'000, 2}, {3, 40, 30, 20, 5}, {2, 5, 1'000'000, 7, 100, 4}};
  for (const auto& sizes : networks) {
    for (Index order = 0; order < 3; ++order) {
      const DeepLinear low = gaussian_cone(sizes, {.variance = 0.1, .seed = 5}, order);
      const DeepLinear high = gaussian_cone(sizes, {.variance = 0.1, .seed = 5}, order + 1);
      EXPECT_EQ(low.sizes(), cone_sizes(sizes, order));
      for (std::size_t l = 0; l < low.weights().size(); ++l) {
        const Matrix& w = low.weights()[l];
        EXPECT_EQ(w, high.weights()[l].topLeftCorner(w.rows(), w.cols())) << "order " << order << ", layer " << l + 1;
      }
    }
  }
}

TEST(LightCone, TheSizesAreThoseOfTheWordsOfSampledWeights) {
  const std::vector<std::vector<Index>> networks{
      {3, 90, 80, 2}, {3, 60, 70, 80, 2}, {2, 40, 30, 35, 40, 3}, {3, 6, 5, 7, 4}};
  for (const auto& sizes : networks) {
    const DeepLinear weights = gaussian_deep(sizes, {.variance = 1});
    for (Index order = 0; order < 4; ++order) {
      EXPECT_EQ(compress(weights, order).sizes(), cone_sizes(sizes, order)) << "order " << order;
    }
  }
}

TEST(LightCone, OfTwoLayersIsTheGramState) {
  for (const Index width : {3, 50, 1'000'000}) {
    const DeepLinear cone = gaussian_cone({3, width, 4}, {.variance = {0.3, 0.1}, .seed = 7, .point = 2}, 0);
    const GramState gram = networks::gaussian_gram({.outputs = 4, .inputs = 3},
                                                   {.width = width, .variance = {0.3, 0.1}, .seed = 7, .point = 2});
    EXPECT_TRUE(cone.cone()->complete);
    EXPECT_LT((GramState::from_weights(cone).gram() - gram.gram()).norm(), 1e-14 * gram.gram().norm());
  }
}

struct Estimate {
  double mean = 0;
  double error = 0;
};

template <class Draw>
std::vector<Estimate> moments_of(int draws, const Task& task, const Draw& draw) {
  std::vector<std::vector<double>> values;
  for (int i = 0; i < draws; ++i) {
    const DeepLinear start = draw(static_cast<std::uint64_t>(i));
    const Matrix a = start.end_to_end();
    const Trajectory run = train(start, task, GradientDescent{.step = 0.15, .max_steps = 6}, {.observables = {}});
    const Matrix later = end_to_end(*run.final);
    values.push_back({a.squaredNorm(), (a * a.transpose()).squaredNorm(), later.squaredNorm(), later.sum(),
                      later.cwiseProduct(task.target()).sum()});
  }
  std::vector<Estimate> all(values.front().size());
  for (std::size_t k = 0; k < all.size(); ++k) {
    double sum = 0;
    double squares = 0;
    for (const auto& v : values) sum += v[k];
    const double mean = sum / draws;
    for (const auto& v : values) squares += (v[k] - mean) * (v[k] - mean);
    all[k] = {.mean = mean, .error = std::sqrt(squares / draws / draws)};
  }
  return all;
}

// At an order at which the cone has all words or nearly so, A(0) and A(t) have the law of sampled weights.
TEST(LightCone, HasTheLawOfSampledWeights) {
  struct Case {
    std::vector<Index> sizes;
    Index order;
  };
  const Task task = tasks::target(target_of(2, 3));
  for (const auto& [sizes, order] :
       std::vector<Case>{{{3, 12, 9, 2}, 9}, {{3, 4, 3, 2}, 3}, {{3, 2, 20, 2}, 5}, {{3, 9, 11, 10, 2}, 6}}) {
    std::vector<double> variance;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) variance.push_back(0.8 / static_cast<double>(sizes[l]));
    const Layerwise v(variance);
    const int draws = 3000;
    const auto cone = moments_of(
        draws, task, [&](std::uint64_t seed) { return gaussian_cone(sizes, {.variance = v, .seed = seed}, order); });
    const auto sampled = moments_of(
        draws, task, [&](std::uint64_t seed) { return gaussian_deep(sizes, {.variance = v, .seed = seed + 100'000}); });
    double expected = 6;  // of ‖A(0)‖², in closed form
    for (std::size_t l = 0; l < variance.size(); ++l) {
      expected *= variance[l] * (l > 0 ? static_cast<double>(sizes[l]) : 1.0);
    }
    EXPECT_LT(std::abs(cone[0].mean - expected), 4.5 * cone[0].error);
    for (std::size_t k = 0; k < cone.size(); ++k) {
      EXPECT_LT(std::abs(cone[k].mean - sampled[k].mean), 4.5 * std::hypot(cone[k].error, sampled[k].error))
          << "moment " << k << " of " << sizes.size() - 1 << " layers";
    }
  }
}

TEST(LightCone, TheErrorFallsExponentiallyWithTheOrder) {
  struct Case {
    std::vector<Index> sizes;
    double gamma;
    double t_end;
  };
  for (const auto& [sizes, gamma, t_end] :
       std::vector<Case>{{{4, 60, 60, 3}, 0.8, 3}, {{4, 60, 60, 3}, 1.5, 40}, {{3, 50, 70, 60, 2}, 1, 8}}) {
    const DeepLinear whole = gaussian_deep(sizes, {.variance = networks::saddle_variance(60, gamma), .seed = 2});
    for (const Task& task : tasks_of_three_costs(sizes.back(), sizes.front())) {
      const GradientFlow solver{.t_end = t_end, .rtol = 1e-11};
      const std::vector<Matrix> exact = path(whole, task, solver);
      double before = 1;
      for (Index order = 0; order < 5; ++order) {
        const double error = farthest(path(compress(whole, order), task, solver), exact);
        EXPECT_LT(error, std::max(0.3 * before, 1e-9)) << task.name << ", gamma " << gamma << ", order " << order;
        before = error;
      }
      EXPECT_LT(before, 1e-5);
    }
  }
}

TEST(LightCone, StandsForTheWeightsUnderMomentumMinibatchesRatesAndTheImplicitFlow) {
  const DeepLinear whole = gaussian_deep({4, 50, 40, 3}, {.variance = 0.02, .seed = 3});
  const DeepLinear cone = compress(whole, 5);
  const Task task = tasks_of_three_costs(3, 4)[2];
  const GradientDescent momentum{.step = {0.1, 0.2, 0.05}, .momentum = 0.8, .max_steps = 90};
  EXPECT_LT(farthest(path(cone, task, momentum), path(whole, task, momentum)), 1e-7);
  const GradientDescent batches{.step = 0.1, .batch = 5, .max_steps = 90};
  EXPECT_LT(farthest(path(cone, task, batches), path(whole, task, batches)), 1e-7);
  const GradientFlow implicit{.t_end = 20, .rates = {1, 0.5, 2}, .rtol = 1e-9, .method = GradientFlow::Method::bdf};
  EXPECT_LT(farthest(path(cone, task, implicit), path(whole, task, implicit)), 1e-6);
}

TEST(LightCone, ExpandGivesTheWholeWeightsBack) {
  const DeepLinear whole = gaussian_deep({4, 40, 30, 3}, {.variance = 0.03, .seed = 3});
  const Task task = tasks::target(target_of(3, 4));
  const GradientDescent solver{.step = 0.1, .max_steps = 60};
  const Trajectory of_whole = train(whole, task, solver);
  const Trajectory of_cone = train(compress(whole, 6), task, solver);
  const auto& exact = std::get<DeepLinear>(*of_whole.final);
  EXPECT_LT(parameter_distance(expand(std::get<DeepLinear>(*of_cone.final)), exact), 1e-8);
  EXPECT_LT(std::abs(whole_norm(std::get<DeepLinear>(*of_cone.final)) - exact.norm()), 1e-10);
  EXPECT_LT(parameter_distance(expand(compress(whole, 2)), whole), 1e-13);
}

TEST(LightCone, FiniteWidthsApproachTheLimitAsTheRootOfTheWidth) {
  const Task task = tasks::target(target_of(2, 3));
  const Layerwise scales{0.9, 1.1, 1.2, 0.8};
  const GradientFlow solver{.t_end = 10, .rtol = 1e-11};
  const std::vector<Matrix> limit = path(infinite_width_cone(task.shape(), 4, scales, 3), task, solver);
  for (const double width : {1e4, 1e8, 1e12}) {
    std::vector<double> variance;
    for (const double s : scales.values()) variance.push_back(s * s / width);
    const auto w = static_cast<Index>(width);
    const DeepLinear cone = gaussian_cone({3, w, w, w, 2}, {.variance = Layerwise(variance), .seed = 8}, 3);
    const double distance = farthest(path(cone, task, solver), limit) * std::sqrt(width);
    EXPECT_GT(distance, 0.3) << width;
    EXPECT_LT(distance, 10) << width;
  }
}

TEST(LightCone, TheLimitOfTwoLayersIsInfiniteWidth) {
  const Task task = tasks::target(target_of(2, 3));
  const GradientFlow solver{.t_end = 10, .rtol = 1e-11};
  const std::vector<Matrix> cone = path(infinite_width_cone(task.shape(), 2, {0.5, 0.7}, 0), task, solver);
  EXPECT_LT(farthest(cone, path(networks::infinite_width(task.shape(), {0.25, 0.49}), task, solver)), 1e-9);
}

TEST(LightCone, OfOrthogonalLayersIsExactAtOnce) {
  const Task task = tasks_of_three_costs(2, 3)[1];
  const GradientFlow solver{.t_end = 10, .rtol = 1e-11};
  const DeepLinear whole = networks::orthogonal_deep({3, 20, 20, 20, 2}, 0.9, 4);
  const DeepLinear compressed = compress(whole, 1);
  EXPECT_EQ(compressed.sizes(), (std::vector<Index>{3, 5, 5, 5, 2}));
  EXPECT_TRUE(compressed.cone()->complete);
  EXPECT_LT(farthest(path(compressed, task, solver), path(whole, task, solver)), 1e-9);

  double squares = 0;  // E‖A(0)‖² = scale^{2L} n_0 n_L/w
  const int draws = 2000;
  for (int i = 0; i < draws; ++i) {
    squares += orthogonal_cone({3, 20, 20, 20, 2}, 0.9, static_cast<std::uint64_t>(i)).end_to_end().squaredNorm();
  }
  EXPECT_NEAR(squares / draws / (std::pow(0.9, 8) * 6 / 20), 1, 0.06);
  EXPECT_NEAR(whole_norm(orthogonal_cone({3, 20, 20, 20, 2}, 0.9, 1)), whole.norm(), 1e-12);
}

TEST(LightCone, TrainRaisesTheOrderToTheTolerance) {
  const DeepLinear whole = gaussian_deep({3, 60, 60, 60, 2}, {.variance = 1.0 / 60, .seed = 2});
  const Task task = tasks::target(target_of(2, 3));
  const GradientFlow solver{.t_end = 8, .rtol = 1e-11};
  const Record record{.schedule = Schedule::linear(9), .keep_networks = true};
  const std::vector<Matrix> exact = path(whole, task, solver);
  Index order = 0;
  for (const double tolerance : {1e-2, 1e-4, 1e-6}) {
    const Trajectory run = train(with_tolerance(compress(whole, 1), tolerance), task, solver, record);
    ASSERT_TRUE(run.cone);
    EXPECT_LE(run.cone->estimate, tolerance);
    EXPECT_GT(run.cone->order, order);
    order = run.cone->order;
    std::vector<Matrix> found;
    for (const Network& n : run.networks) found.push_back(end_to_end(n));
    EXPECT_LT(farthest(found, exact), 3 * run.cone->estimate);
    EXPECT_EQ(run.cone->sizes, std::get<DeepLinear>(*run.final).sizes());
    ASSERT_EQ(run.series.size(), 1U) << "what compares the orders is not in the result";
    EXPECT_FALSE(std::get<DeepLinear>(*run.final).cone()->tolerance) << "trained weights cannot be raised";
  }
  EXPECT_EQ(train(with_tolerance(gaussian_cone({3, 9, 2}, {}, 0), 1e-6), task, solver).cone->estimate, 0);
  EXPECT_TRUE(std::isnan(train(compress(whole, 1), task, solver).cone->estimate));
}

TEST(LightCone, AToleranceBelowTheSolversOwnIsRefusedWithTheBestReached) {
  const Task task = tasks::target(target_of(2, 3));
  const DeepLinear cone = with_tolerance(gaussian_cone({3, 1'000'000, 1'000'000, 2}, {.variance = 1e-6}, 1), 1e-14);
  const std::string error = error_of([&] { train(cone, task, GradientFlow{.t_end = 8, .rtol = 1e-5}); });
  EXPECT_NE(error.find("network.tolerance: expected a tolerance that can be met, got 1e-14"), std::string::npos)
      << error;
  EXPECT_NE(error.find("the best reached is"), std::string::npos) << error;
}

TEST(LightCone, TheNormIsThatOfAllWeights) {
  const Index width = 1'000'000'000;
  const double variance = 1e-9;
  double sum = 0;
  const DeepLinear cone = gaussian_cone({3, width, width, 2}, {.variance = variance, .seed = 1}, 2);
  for (const double part : cone.cone()->outside) sum += part;
  EXPECT_NEAR(sum / (variance * 1e18), 1, 1e-7);
  EXPECT_NEAR(whole_norm(cone), std::sqrt(sum + std::pow(cone.norm(), 2)), 1e-12 * whole_norm(cone));
  const DeepLinear small = gaussian_cone({3, 5, 4, 2}, {.seed = 1}, 9);
  EXPECT_EQ(whole_norm(small), small.norm());
}

TEST(LightCone, RefusesWhatItCannotDo) {
  EXPECT_EQ(error_of([] { gaussian_cone({3, 0, 4, 2}, {}, 1); }), "network.width: expected a whole number >= 1, got 0");
  EXPECT_NE(error_of([] { gaussian_cone({3, (Index{1} << 53) + 1, 4, 2}, {}, 1); }).find("2^53"), std::string::npos);
  EXPECT_NE(error_of([] { gaussian_cone({3, 5, 4, 2}, {}, -1); }).find("network.order"), std::string::npos);
  EXPECT_NE(error_of([] { gaussian_cone({3, 2}, {}, 1); }).find("two layers or more"), std::string::npos);
  const std::string large = error_of([] {
    gaussian_cone({100, 1'000'000'000, 1'000'000'000, 1'000'000'000, 100}, {}, 30);
  });
  EXPECT_NE(large.find("a cone that fits into the memory"), std::string::npos) << large;
  const DeepLinear limit = infinite_width_cone({.outputs = 2, .inputs = 3}, 3, 1.0, 2);
  EXPECT_NE(error_of([&] { whole_norm(limit); }).find("finite width"), std::string::npos);
  EXPECT_NE(error_of([&] { imbalances(limit, 1.0); }).find("a light cone"), std::string::npos);
  EXPECT_NE(error_of([&] { compress(limit, 2); }).find("a light cone"), std::string::npos);
  EXPECT_NE(error_of([&] { expand(limit); }).find("a cone that was drawn"), std::string::npos);
  EXPECT_NE(error_of([&] { with_tolerance(limit, 1e-20); }).find("1e-14"), std::string::npos);
  EXPECT_NE(error_of([] { orthogonal_cone({3, 20, 21, 2}, 1, 0); }).find("different widths"), std::string::npos);
  EXPECT_NE(error_of([] {
              infinite_width_cone({.outputs = 2, .inputs = 3}, 3, {1, 2}, 2);
            }).find("network.scales"),
            std::string::npos);
}

TEST(LightCone, RaisesToTheSameWeights) {
  const DeepLinear limit = infinite_width_cone({.outputs = 2, .inputs = 3}, 4, {1, 2, 3, 4}, 1);
  const DeepLinear drawn = gaussian_cone({3, 100, 90, 2}, {.seed = 3}, 1);
  for (const DeepLinear& cone : {limit, drawn}) {
    const DeepLinear higher = at_order(*cone.cone(), 3);
    EXPECT_EQ(at_order(*higher.cone(), 1).weights(), cone.weights());
  }
}

}  // namespace
}  // namespace linnet
