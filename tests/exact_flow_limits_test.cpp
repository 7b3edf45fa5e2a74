#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "exact_support.hpp"
#include "linnet/dynamics/exact_flow.hpp"
#include "linnet/dynamics/mode_flow.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"

namespace linnet {
namespace {

using testing::a_task;
using testing::error_of;
using ::testing::HasSubstr;
using testing::infinity;
using testing::normal;
using testing::relative;

TEST(ExactFlow, WarnsOfASaddle) {
  const Matrix y = Vector{{1.0, 0.5}}.asDiagonal();
  // The wrong sign of the determinant: zero-balanced weights can never turn it.
  const Matrix a0 = Vector{{0.1, -0.1}}.asDiagonal();
  const ExactFlow stuck(networks::balanced(a0, 0, 2), tasks::target(y));
  EXPECT_THAT(stuck.warning(), HasSubstr("saddle"));
  EXPECT_EQ(ExactFlow(networks::balanced(a0, 1e-3, 2), tasks::target(y)).warning(), "");
  const ExactFlow close(networks::balanced(a0, 1e-8, 2), tasks::target(y));
  EXPECT_THAT(close.warning(),
              HasSubstr("it comes close to a saddle, and when it leaves is known to a relative error"));
  const ExactFlow zero(SelfConsistent(Matrix::Zero(2, 2), 0.0), tasks::target(y));
  EXPECT_THAT(zero.warning(), HasSubstr("saddle"));
  EXPECT_EQ(zero.end_to_end(5), Matrix::Zero(2, 2));
  // A bottleneck that lies along the smaller mode stays there, though it grows.
  const Matrix along = Vector{{0.0, 0.1}}.asDiagonal();
  EXPECT_THAT(ExactFlow(networks::balanced(along, 0, 1), tasks::target(y)).warning(), HasSubstr("saddle"));
}

TEST(ExactFlow, KnowsWhichModesAreNeverLearned) {
  const Task task = tasks::target(Vector{{2.0, 1.0, 0.5}}.asDiagonal());
  const auto flow_of = [&](const Vector& a0, double balance, Index width) {
    return ExactFlow(networks::balanced(a0.asDiagonal(), balance, width), task);
  };
  using Learned = std::vector<bool>;
  // A bottleneck learns as many as it is wide, the largest that it has a part in.
  const ExactFlow narrow(networks::balanced(networks::random_end_to_end(task.shape(), 2, 0.01, 3), 0, 2), task);
  EXPECT_EQ(narrow.learned(), (Learned{true, true, false}));
  EXPECT_EQ(flow_of(Vector{{0.0, 0.1, 0.1}}, 0, 2).learned(), (Learned{false, true, true}));
  // At a saddle the mode of the wrong sign, and one of nothing, stay behind: κ = 0 is passed by none of them.
  EXPECT_EQ(flow_of(Vector{{0.1, -0.1, 0.1}}, 0, 3).learned(), (Learned{true, false, true}));
  const ExactFlow stuck = flow_of(Vector{{0.1, 0.1, 0.0}}, 0, 3);
  EXPECT_EQ(stuck.learned(), (Learned{true, true, false}));
  EXPECT_EQ(stuck.activation_times(), (Vector{{0.0, 0.0, infinity}}));
  EXPECT_EQ(ExactFlow(SelfConsistent(Matrix::Zero(3, 3), 0.0), task).learned(), (Learned{false, false, false}));
  // λ and infinite width leave nothing behind; y = 0 is nothing to learn.
  EXPECT_EQ(flow_of(Vector{{0.1, -0.1, 0.1}}, 0.3, 3).learned(), (Learned{true, true, true}));
  const Task singular = tasks::target(Vector{{2.0, 1.0, 0.0}}.asDiagonal());
  const ExactFlow wide(networks::infinite_width({.outputs = 3, .inputs = 3}, 0.3), singular);
  EXPECT_EQ(wide.learned(), (Learned{true, true, false}));
  // Of equal ones too many for the neurons, any may be.
  const Task equal = tasks::target(Matrix::Identity(3, 3));
  const ExactFlow one(networks::balanced(networks::random_end_to_end(equal.shape(), 1, 0.1, 3), 0, 1), equal);
  EXPECT_EQ(one.learned(), (Learned{true, true, true}));
}

TEST(ExactFlow, TellsASaddleOfWeightsFarLargerThanTheTarget) {
  // λ is known to rounding of the weights' squares, which turns the directions that grow by so much over y.
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto size = static_cast<Index>(1 + seed % 4);
    Matrix a0 = 1000 * normal(size, size, 2 * seed);
    Matrix y = 0.01 * normal(size, size, 2 * seed + 1);
    if (a0.determinant() * y.determinant() > 0) a0.row(0) *= -1;
    const ExactFlow flow(networks::balanced(a0, 0, size), tasks::target(y));
    EXPECT_TRUE(flow.at_saddle()) << seed;
    const std::vector<bool> learned = flow.learned();
    EXPECT_EQ(std::count(learned.begin(), learned.end(), false), 1) << seed;
    a0.row(0) *= -1;
    EXPECT_FALSE(ExactFlow(networks::balanced(a0, 0, size), tasks::target(y)).at_saddle()) << seed;
  }
}

TEST(ExactFlow, RefusesFractionsThatAreNone) {
  const Task task = a_task({.outputs = 3, .inputs = 3}, 31);
  const ExactFlow flow(networks::infinite_width(task.shape(), 0.1), task);
  EXPECT_EQ(error_of([&] { return flow.learning_times(0); }), "fraction: expected a number above 0 and below 1, got 0");
  for (const double fraction : {1.0, -0.5, 2.0, infinity, std::nan("")}) {
    EXPECT_THAT(error_of([&] { return flow.learning_times(fraction); }),
                HasSubstr("fraction: expected a number above 0"));
    EXPECT_THAT(error_of([&] { return ModeFlow(sample_spectrum(task), {.scales = 0.1}).learning_times(fraction); }),
                HasSubstr("fraction: expected a number above 0"));
  }
}

TEST(ExactFlow, RefusesRatesWhoseProductIsNoNumber) {
  const Matrix y = Matrix::Identity(2, 2);
  const Network start = networks::balanced(y, 0, 2);
  for (const PerLayer rates : {PerLayer(1e200), PerLayer(1e-200)}) {
    EXPECT_EQ(error_of([&] { ExactFlow(start, tasks::target(y), {.rates = rates}); }),
              "solver.rates: expected learning rates of a product, times the variance of the inputs, within 1e-300 … "
              "1e300, got " +
                  format_number(rates.first) + ", " + format_number(rates.second));
  }
  EXPECT_THAT(error_of([&] {
                ExactFlow(start, tasks::target(y), {.rates = {1e200, 1e-200}});
              }),
              HasSubstr("network: expected representations"));
  EXPECT_LT(relative(ExactFlow(start, tasks::target(y), {.rates = 1e140}).end_to_end(1), y), 1e-14);
}

TEST(ExactFlow, OfLayersFarApartInSizeKeepsTheDigitsOfTheSmallOne) {
  for (const Shape shape : {Shape{.outputs = 3, .inputs = 3}, Shape{.outputs = 2, .inputs = 4}}) {
    const Task task = a_task(shape, 65);
    for (const PerLayer scales : {PerLayer(1e-10, 1e4), PerLayer(1e4, 1e-10), PerLayer(1e-6, 1e-12)}) {
      const GramState start = networks::infinite_width(shape, scales);
      const ExactFlow flow(start, task);
      const ExactFlow known(SelfConsistent(Matrix::Zero(shape.outputs, shape.inputs), scales), task);
      EXPECT_NEAR(flow.closure().scale2 / scales.product(), 1, 1e-14);
      EXPECT_LT(relative(flow.gram_state(0).input_representation(), start.input_representation()), 1e-14);
      EXPECT_LT(relative(flow.gram_state(0).output_representation(), start.output_representation()), 1e-14);
      for (const double t : {1e-6, 1e-3, 10.0}) {
        const GramState one = flow.gram_state(t);
        const GramState two = known.gram_state(t);
        EXPECT_LT(relative(one.input_representation(), two.input_representation()), 1e-12) << t;
        EXPECT_LT(relative(one.output_representation(), two.output_representation()), 1e-12) << t;
      }
    }
  }
}

TEST(ExactFlow, FindsASmallScaleBesideASingularA) {
  // c is 1e-6 of A; its square in that of A would leave it four digits.
  const Shape shape{.outputs = 1, .inputs = 3};
  const SelfConsistent network(Matrix{{0.6, 0.0, 0.8}}, 1e-6);
  const ExactFlow flow(network.gram_state(), a_task(shape, 66));
  EXPECT_NEAR(flow.closure().scale2 / 1e-12, 1, 1e-8);
  EXPECT_LT(relative(flow.gram_state(0).gram(), network.gram_state().gram()), 1e-14);
}

}  // namespace
}  // namespace linnet
