#include "linnet/exact/tied_flow.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/tasks/tied_embedding.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

/// A symmetric matrix with these eigenvalues.
struct Target {
  Vector values;
  Matrix vectors;
  Matrix matrix;
};

Target target_of(Vector values, Index n, std::uint64_t seed) {
  Matrix u = linalg::qr_factor(normal(n, values.size(), seed));
  Matrix m = u * values.asDiagonal() * u.transpose();
  m = (0.5 * (m + m.transpose())).eval();
  return {std::move(values), std::move(u), std::move(m)};
}

TEST(TiedFlow, SolvesItsEquation) {
  const Target m = target_of(Vector{{3, 1, 0.2, 0, -0.5, -2}}, 9, 1);
  for (const Index width : {2, 4, 12}) {
    const Matrix start = normal(width, 9, 2, 0.1);
    const TiedFlow flow(m.values, m.vectors, start);
    const auto gram = [&](double t) {
      const Matrix w = flow.embeddings(t);
      return Matrix(w.transpose() * w);
    };
    EXPECT_LT(relative(gram(0), Matrix(start.transpose() * start)), 1e-14);
    const double h = 1e-5;
    for (const double t : {0.01, 0.5, 3.0}) {
      const Matrix g = gram(t);
      const Matrix velocity = (gram(t + h) - gram(t - h)) / (2 * h);
      const Matrix expected = m.matrix * g + g * m.matrix - 2 * g * g;
      EXPECT_LT((velocity - expected).norm(), 1e-8) << width << " " << t;
      EXPECT_NEAR(flow.cost(t), 0.25 * (g - m.matrix).squaredNorm(), 1e-13);
      EXPECT_LT(relative(flow.modes(t), Vector((m.vectors.transpose() * g * m.vectors).diagonal())), 1e-13);
    }
  }
}

TEST(TiedFlow, IsTheLimitOfDescentOnTheWeights) {
  const Target m = target_of(Vector{{2, 1, 0.3, -1}}, 6, 3);
  const Matrix start = normal(3, 6, 4, 0.1);
  const Task task = tasks::tied(m.matrix, 3);
  const TiedFlow flow(m.values, m.vectors, start);
  double before = 0;
  for (const double step : {2e-3, 1e-3}) {
    const Trajectory run =
        train(DeepLinear({start}), task, GradientDescent{.step = step, .max_steps = static_cast<Index>(3 / step)},
              {.observables = {observables::singular_values()}, .schedule = Schedule::ends()});
    const Vector s = run.series.front().values.bottomRows(1).transpose();
    const double off = (s - flow.singular_values(3).head(3)).norm();
    if (before > 0) {
      EXPECT_NEAR(before / off, 2, 0.02);
    }
    before = off;
  }
  EXPECT_LT(before, 1e-3);
}

TEST(TiedFlow, LearnsPositiveModesAsSigmoidsAndNoOthers) {
  const Target m = target_of(Vector{{3, 2, 1, -1, -3}}, 8, 5);
  // One neuron for each mode: they stay apart.
  Matrix start = Matrix::Zero(5, 8);
  for (Index i = 0; i < 5; ++i) start.row(i) = std::pow(10.0, -1 - i) * m.vectors.col(i).transpose();
  const TiedFlow flow(m.values, m.vectors, start);
  for (const double t : {0.0, 0.1, 1.0, 5.0, 30.0, infinity}) {
    for (Index i = 0; i < 5; ++i) {
      EXPECT_NEAR(flow.modes(t)(i), flow.alone(i).at(t), 1e-13 * std::abs(m.values(i))) << t << " " << i;
    }
  }
  EXPECT_LT(relative(flow.modes(infinity), Vector{{3, 2, 1, 0, 0}}), 1e-13);
  EXPECT_NEAR(flow.cost(infinity), 0.25 * (1 + 9), 1e-13);
  // da/dt = 2a(m − a): half is reached after ln(m/a_0 − 1)/(2m).
  EXPECT_NEAR(flow.alone(1).time_to(1), std::log(2 / 1e-4 - 1) / 4, 1e-12);
  // Two rows learn the two largest, from any start; a vanishing one too.
  const TiedFlow narrow(m.values, m.vectors, normal(2, 8, 6, 1e-150));
  EXPECT_LT(relative(narrow.modes(infinity), Vector{{3, 2, 0, 0, 0}}), 1e-12);
  EXPECT_LT(relative(narrow.modes(1e4), Vector{{3, 2, 0, 0, 0}}), 1e-12);
}

TEST(TiedFlow, DrawnStartsHaveTheLawOfWeights) {
  // Mean and scatter of the cost over draws, with the columns and without; more and fewer words than rows.
  const Vector values{{1.5, 0.7}};
  for (const Index words : {5, 40}) {
    const Target m = target_of(values, words, 7);
    const int draws = 400;
    double with[2] = {0, 0};
    double without[2] = {0, 0};
    for (int k = 0; k < draws; ++k) {
      const auto seed = static_cast<std::uint64_t>(k);
      const double a = TiedFlow(values, m.vectors, normal(8, words, 1000 + seed, 0.2)).cost(0.8);
      const double b =
          TiedFlow::gaussian(values, {.words = words, .width = 8, .variance = 0.04, .seed = seed}).cost(0.8);
      with[0] += a / draws;
      with[1] += a * a / draws;
      without[0] += b / draws;
      without[1] += b * b / draws;
    }
    const double error = std::sqrt((with[1] - with[0] * with[0]) / draws);
    EXPECT_NEAR(with[0], without[0], 4 * error) << words;
    EXPECT_NEAR(std::sqrt(with[1] - with[0] * with[0]), std::sqrt(without[1] - without[0] * without[0]),
                0.2 * error * std::sqrt(draws))
        << words;
  }
}

TEST(TiedFlow, RefusesByName) {
  const Target m = target_of(Vector{{2, 1}}, 4, 1);
  EXPECT_THAT(error_of([&] { TiedFlow(Vector(), m.vectors, normal(2, 4, 1)); }), HasSubstr("values: expected finite"));
  EXPECT_THAT(error_of([&] { TiedFlow(m.values, 2 * m.vectors, normal(2, 4, 1)); }),
              HasSubstr("vectors: expected ortho"));
  EXPECT_THAT(error_of([&] { TiedFlow(m.values, m.vectors, normal(2, 5, 1)); }), HasSubstr("start: expected W_0"));
  EXPECT_THAT(error_of([&] { TiedFlow::gaussian(m.values, {.words = 1, .width = 1}); }), HasSubstr("words"));
  EXPECT_THAT(error_of([&] { (void)TiedFlow::gaussian(m.values, {.words = 9, .width = 2}).embeddings(1); }),
              HasSubstr("start"));
  EXPECT_THAT(error_of([&] { (void)TiedFlow(m.values, m.vectors, normal(2, 4, 1)).modes(-1); }),
              HasSubstr("t: expected"));
  EXPECT_THAT(error_of([&] { (void)TiedFlow(m.values, m.vectors, normal(2, 4, 1)).alone(2); }), HasSubstr("mode"));
}

}  // namespace
}  // namespace linnet
