#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "linnet/landscape/cut.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::landscape {
namespace {

Matrix drawn(Index rows, Index cols, double scale, std::uint64_t seed, std::uint32_t point = 0) {
  return linalg::normal_matrix(rows, cols, scale, {.seed = seed, .point = point, .stream = linalg::Stream::noise});
}

DeepLinear gaussian(const std::vector<Index>& sizes, double scale, std::uint64_t seed) {
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    weights.push_back(drawn(sizes[l + 1], sizes[l], scale, seed, static_cast<std::uint32_t>(l + 1)));
  }
  return DeepLinear(std::move(weights));
}

TEST(Cut, VanishesOnItsInputsAndOutputs) {
  const DeepLinear start = gaussian({4, 5, 6, 5, 3}, 0.7, 1);
  const Matrix v = linalg::random_frame(4, 2, {.seed = 2, .stream = linalg::Stream::frame_right});
  const Matrix u = linalg::random_frame(3, 2, {.seed = 2, .stream = linalg::Stream::frame_left});
  for (Index split = 1; split < 4; ++split) {
    const Cut cut(start, v, u, split);
    const DeepLinear cut_off = cut.nearest(start);
    Matrix below = v;
    Matrix above = u.transpose();
    for (Index l = 0; l < split; ++l) below = cut_off.weights()[static_cast<std::size_t>(l)] * below;
    for (Index l = 3; l >= split; --l) above = above * cut_off.weights()[static_cast<std::size_t>(l)];
    EXPECT_LT(below.norm(), 1e-13);
    EXPECT_LT(above.norm(), 1e-13);
    EXPECT_LT(parameter_distance(cut.nearest(cut_off), cut_off), 1e-14);
    EXPECT_LE(parameter_distance(cut_off, start),
              parameter_distance(Cut(start, v, u, split, false).nearest(start), start));
    // Its kernel is that of weights restricted to the cut.
    Point point(cut_off, Cost::full_matrix(Matrix::Zero(3, 4)));
    const Matrix q = drawn(3, 4, 1, 3);
    Vector back;
    point.jacobian_transposed(q, back);
    Matrix sum = Matrix::Zero(3, 4);
    for (const DeepLinearized::LayerKernel& k : cut.kernel(cut_off)) sum += k.out * q * k.in;
    EXPECT_LT((point.jacobian(cut.nearest(back)) - sum).norm(), 1e-13 * sum.norm());
  }
}

// With P the projector on the image that W_1 may have, W_2W_1 = 0 is at the squared distance ‖(I − P)W_1‖² + ‖W_2P‖².
TEST(Cut, OfTwoLayersIsTheNearest) {
  const DeepLinear start = gaussian({3, 4, 4, 3}, 0.7, 5);
  const Matrix all = Matrix::Identity(3, 3);
  const double found =
      std::pow(parameter_distance(Cut(start, all, all, 2).nearest(start), start), 2) - start.weights()[2].squaredNorm();
  const Matrix& w1 = start.weights()[0];
  const Matrix& w2 = start.weights()[1];
  const Matrix balance = w2.transpose() * w2 - w1 * w1.transpose();
  EXPECT_NEAR(found, w1.squaredNorm() + linalg::symmetric_eigen(balance).values.cwiseMin(0).sum(), 1e-13);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Matrix e =
        linalg::random_frame(4, 1 + static_cast<Index>(seed % 3), {.seed = seed, .stream = linalg::Stream::frame_left});
    EXPECT_GT((w1 - e * (e.transpose() * w1)).squaredNorm() + (w2 * e).squaredNorm(), found);
  }
}

// Critical points from random nearby starts, moved along the critical points towards the start, are not nearer.
TEST(NearestSaddle, OfSmallNetworksIsNoFartherThanASearchFinds) {
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{2, 2, 2}, {2, 3, 2}, {3, 3, 3}, {2, 2, 2, 2}, {2, 3, 3, 2}}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const DeepLinear start = gaussian(sizes, 0.6, seed);
      const Cost cost = Cost::full_matrix(drawn(sizes.back(), sizes.front(), 1, seed));
      const double origin = cost.evaluate(Matrix::Zero(sizes.back(), sizes.front())).cost;
      const SaddleDistance found = nearest_saddle(start, cost);
      Point point(found.point, cost);
      EXPECT_LT(point.gradient_norm(), 1e-7);
      EXPECT_NEAR((point.theta() - flatten(start)).norm(), found.upper, 1e-12);
      double lowest = found.cost;
      for (std::uint64_t way = 0; way < 200; ++way) {
        point.move_to(flatten(found.point) + 0.1 * drawn(point.unknowns(), 1, 1, way, 9));
        lowest = std::min(lowest, point.cost());
      }
      EXPECT_LT(lowest, found.cost) << "no minimum";

      CriticalPoints critical(start, cost, 1e-10);
      for (std::uint64_t trial = 0; trial < 15; ++trial) {
        const Vector kick = drawn(point.unknowns(), 1, 1, 100 + trial, 7).normalized();
        if (!critical.restore(flatten(start) + found.upper * (0.1 + 0.1 * static_cast<double>(trial)) * kick)) continue;
        const Approach way = shorten(critical, 100);
        if (critical.point().cost() < 1e-9 * origin) continue;  // a minimum
        EXPECT_GT(way.distance, found.upper - 1e-6) << sizes.size() << " " << seed << " " << trial;
      }
    }
  }
}

}  // namespace
}  // namespace linnet::landscape
