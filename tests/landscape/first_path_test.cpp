#include "linnet/landscape/first_path.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/landscape/embedding.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using linnet::testing::error_of;
using linnet::testing::normal;
using ::testing::StartsWith;

TEST(Embedding, FindsTheRotationsOfANetwork) {
  for (const Index depth : {2, 3, 5}) {
    const std::vector<Index> narrow = networks::layer_sizes({.outputs = 3, .inputs = 4}, depth, 2);
    const DeepLinear small = networks::gaussian_deep(narrow, {.variance = 0.5, .seed = 3});
    std::vector<Matrix> frames;
    for (Index l = 1; l < depth; ++l) frames.push_back(linalg::svd(normal(9, 2, 10 + static_cast<std::uint64_t>(l))).u);
    const DeepLinear wide = embedded(small, frames);
    EXPECT_LT((wide.end_to_end() - small.end_to_end()).norm(), 1e-14);
    const Embedding found = nearest_embedding(small, wide);
    EXPECT_LT(found.distance, 1e-12) << depth;
    // No random rotation is nearer to another network.
    const DeepLinear other = networks::gaussian_deep(wide.sizes(), {.variance = 0.1, .seed = 5});
    const double nearest = nearest_embedding(small, other).distance;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      std::vector<Matrix> drawn;
      for (Index l = 1; l < depth; ++l)
        drawn.push_back(linalg::svd(normal(9, 2, 100 * seed + static_cast<std::uint64_t>(l))).u);
      EXPECT_GT(parameter_distance(embedded(small, drawn), other), nearest);
    }
  }
}

// For the full-matrix cost A = s u vᵀ with the first mode of Y, layers of equal strength.
TEST(FirstPath, OfTheFullMatrixIsItsFirstMode) {
  const Matrix y = normal(4, 5, 3);
  const linalg::Svd d = linalg::svd(y);
  for (const Index depth : {2, 3, 4}) {
    const double level = d.s(0) / 2;
    const DeepLinear at = first_path(Cost::full_matrix(y), depth, level);
    EXPECT_LT((at.end_to_end() - level * d.u.col(0) * d.v.col(0).transpose()).norm(), 1e-8 * level) << depth;
    for (const Matrix& w : at.weights()) EXPECT_NEAR(w.norm(), std::pow(level, 1.0 / static_cast<double>(depth)), 1e-7);
  }
}

// From αθ_0 the distance falls as α^{1 − s_2/s_1} at every depth, with s_i those of ∇C(0). What is beyond rank 1 falls
// as its square for two layers, and as α² for more.
TEST(FirstPath, IsApproachedByWideNetworksOfSmallStarts) {
  const Cost masked = Cost::masked(normal(5, 1, 1) * normal(1, 5, 2) + 0.3 * normal(5, 5, 3),
                                   (normal(5, 5, 7).array() > -0.7).cast<double>().matrix());
  const Cost full = Cost::full_matrix(Vector{{3.0, 1.5, 0.5}}.asDiagonal().toDenseMatrix());
  for (const Cost& cost : {masked, full}) {
    const Shape shape = cost.shape();
    const Vector s = linalg::singular_values(cost.evaluate(Matrix::Zero(shape.outputs, shape.inputs)).gradient);
    const double level = s(0) / 4;
    for (const Index depth : {2, 3, 4}) {
      std::vector<double> distances;
      std::vector<double> rests;
      for (const double alpha : {1e-6, 1e-7}) {
        const DeepLinear start = networks::gaussian_deep(networks::layer_sizes(shape, depth, 12),
                                                         {.variance = alpha * alpha / 12, .seed = 4});
        const Trajectory run = train(
            start, {.name = "", .train = cost},
            GradientFlow{.t_end = 1e16,
                         .rtol = 1e-9,
                         .atol = 1e-5 * alpha,
                         .events = {{.kind = FlowEvent::Kind::threshold_crossing, .value = level, .terminal = true}}},
            {.observables = {}, .schedule = Schedule::ends()});
        const DeepLinear& end = std::get<DeepLinear>(*run.final);
        distances.push_back(first_path_distance(end, cost));
        rests.push_back(rank_one_rest(end));
      }
      const double exponent = 1 - s(1) / s(0);
      EXPECT_NEAR(std::log10(distances[0] / distances[1]), exponent, 0.03) << depth << ' ' << distances[0];
      EXPECT_NEAR(std::log10(rests[0] / rests[1]), depth == 2 ? 2 * exponent : 2, 0.03) << depth << ' ' << rests[0];
    }
  }
}

TEST(FirstPath, RefusesWhatItDoesNotReach) {
  const Cost cost = Cost::full_matrix(normal(3, 3, 1));
  EXPECT_THAT(error_of([&] { (void)first_path(cost, 1, 0.5); }), StartsWith("network.depth: "));
  EXPECT_THAT(error_of([&] { (void)first_path(cost, 3, 0.0); }), StartsWith("landscape.level: "));
  EXPECT_THAT(error_of([&] { (void)first_path(cost, 3, 100.0); }), StartsWith("landscape.level: "));
  const DeepLinear wide = networks::gaussian_deep({3, 5, 3}, {.seed = 1});
  const DeepLinear narrow = networks::gaussian_deep({3, 2, 3}, {.seed = 1});
  EXPECT_THAT(error_of([&] { (void)nearest_embedding(wide, narrow); }), StartsWith("landscape.narrow: "));
  EXPECT_THAT(error_of([&] {
                (void)nearest_embedding(networks::gaussian_deep({3, 2, 2, 3}, {}), wide);
              }),
              StartsWith("landscape.narrow: "));
}

}  // namespace
}  // namespace linnet::landscape
