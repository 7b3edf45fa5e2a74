#include "linnet/dynamics/outer_spaces.hpp"

#include <gmock/gmock.h>

#include "linnet/landscape/hessian.hpp"
#include "linnet/landscape/nearest_saddle.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/landscape/point.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;
using testing::normal;

/// A task with far more outputs than a network of hidden width 3 and 2 inputs can use.
struct Problem {
  DeepLinear start;
  Cost cost;
};

Problem many_outputs(bool of_data) {
  const DeepLinear start({0.5 * normal(3, 2, 1), 0.5 * normal(12, 3, 2)});
  if (!of_data) return {start, Cost::full_matrix(normal(12, 2, 3))};
  return {start, Cost::regression(normal(9, 2, 4), normal(9, 12, 5), false)};
}

Problem many_inputs() {
  const Problem p = many_outputs(false);
  return {DeepLinear({p.start.weights()[1].transpose(), p.start.weights()[0].transpose()}),
          Cost::full_matrix(p.cost.target().transpose())};
}

std::vector<Problem> problems() { return {many_outputs(false), many_outputs(true), many_inputs()}; }

/// The reduced problem has the same cost and the same distances.
TEST(OuterSpaces, HoldTheWeightsTheTargetAndTheCost) {
  for (const Problem& p : problems()) {
    const OuterSpaces spaces(p.start, p.cost);
    ASSERT_TRUE(spaces.smaller());
    const DeepLinear inside = spaces.inside(p.start);
    EXPECT_EQ(std::max(inside.shape().outputs, inside.shape().inputs), 5);
    EXPECT_LT(parameter_distance(spaces.whole(inside), p.start), 1e-13);
    EXPECT_NEAR(inside.norm(), p.start.norm(), 1e-13);
    const double cost = p.cost.evaluate(p.start.end_to_end()).cost;
    EXPECT_NEAR(spaces.inside(p.cost).evaluate(inside.end_to_end()).cost, cost, 1e-12 * cost);
  }
}

TEST(OuterSpaces, OfAMaskOrFewOutputsAreWhole) {
  const Problem p = many_outputs(false);
  Matrix mask = Matrix::Ones(12, 2);
  mask(0, 0) = 0;
  EXPECT_FALSE(OuterSpaces(p.start, Cost::masked(p.cost.target(), mask)).smaller());
  EXPECT_FALSE(
      OuterSpaces(DeepLinear({normal(3, 4, 1), normal(4, 3, 2)}), Cost::full_matrix(normal(4, 4, 3))).smaller());
}

TEST(OuterSpaces, RefuseANetworkThatDoesNotFit) {
  EXPECT_THAT(error_of([] { (void)OuterSpaces(many_outputs(false).start, many_inputs().cost); }),
              ::testing::StartsWith("network"));
}

/// The weights found are those of the whole problem: a minimum and a saddle there, at the stated distance from the
/// start, and not nearer along directions outside of the spans.
TEST(OuterSpaces, PointsFoundAreThoseOfTheWholeNetwork) {
  for (const Problem& p : problems()) {
    const MinimumDistance minimum = nearest_minimum(p.start, p.cost);
    EXPECT_NEAR(parameter_distance(minimum.point, p.start), minimum.upper, 1e-10);
    EXPECT_LE(minimum.lower, minimum.upper);
    const double least = p.cost.evaluate(p.cost.target()).cost;
    EXPECT_NEAR(p.cost.evaluate(minimum.point.end_to_end()).cost, least, 1e-9 * (1 + least));
    const SaddleDistance saddle = nearest_saddle(p.start, p.cost);
    EXPECT_NEAR(parameter_distance(saddle.point, p.start), saddle.upper, 1e-10);
    EXPECT_LE(saddle.lower, saddle.upper);
    EXPECT_LT(Point(saddle.point, p.cost).gradient_norm(), 1e-6);
    EXPECT_GT(p.cost.evaluate(saddle.point.end_to_end()).cost, least + 1e-3);
  }
}

/// Orthonormal embedding of 5 outputs in 40: the distances are the same.
TEST(OuterSpaces, DistancesAreThoseOfFewOutputs) {
  const DeepLinear few({0.5 * normal(3, 2, 1), 0.5 * normal(5, 3, 2)});
  const Cost cost = Cost::full_matrix(normal(5, 2, 3));
  const Matrix turn = linalg::qr_factor(normal(40, 5, 6));
  const DeepLinear many({few.weights()[0], turn * few.weights()[1]});
  const Cost of_many = Cost::full_matrix(turn * cost.target());
  EXPECT_NEAR(nearest_minimum(many, of_many).upper, nearest_minimum(few, cost).upper, 1e-8);
  EXPECT_NEAR(nearest_minimum(many, of_many).lower, nearest_minimum(few, cost).lower, 1e-8);
  EXPECT_NEAR(nearest_saddle(many, of_many).upper, nearest_saddle(few, cost).upper, 1e-6);
}

TEST(OuterSpaces, HaveTheHessianOfTheWholeNetwork) {
  for (const Problem& p : problems()) {
    Point whole(p.start, p.cost);
    const Vector all = linalg::symmetric_eigenvalues(dense_hessian(whole));
    const OuterSpaces spaces(p.start, p.cost, true);
    Point inside(spaces.inside(p.start), spaces.inside(p.cost));
    ASSERT_LT(inside.unknowns(), whole.unknowns());
    const Vector some = linalg::symmetric_eigenvalues(dense_hessian(inside));
    EXPECT_NEAR(some(0), all(0), 1e-12);
    EXPECT_NEAR(some(some.size() - 1), all(all.size() - 1), 1e-12);
    EXPECT_EQ((some.array() < -1e-9).count(), (all.array() < -1e-9).count());
    for (const double x : all) EXPECT_LT((some.array() - x).abs().minCoeff(), 1e-11);
  }
}

}  // namespace
}  // namespace linnet::landscape
