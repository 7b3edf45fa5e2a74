// The closed form on random problems: hundreds of shapes, starts, targets and times, and properties that each of them
// must have.

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/support/constants.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::relative;
constexpr std::uint64_t problems = 400;

struct Problem {
  Network start;
  Task task;
  ExactFlow::Options options;
  double balance = 0;  // of the rescaled layers
  double scale2 = 0;
  Index rank = 0;
  double size = 1;  // ‖Y‖/√(η_1η_2), the fastest rate of the rescaled flow
};

/// Draws a problem from one seed.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_({.seed = seed, .point = 77}) {}

  bool one_in(std::uint64_t n) { return random_.below(n) == 0; }
  Index between(Index low, Index high) { return low + static_cast<Index>(random_.below(high - low + 1)); }
  double decades(double low, double high) { return std::pow(10, low + (high - low) * random_.uniform()); }
  double sign() { return one_in(2) ? 1 : -1; }

  /// A square orthogonal matrix; one in four is a permutation, so that there are zeros.
  Matrix orthogonal(Index n) {
    Matrix frame = Matrix::Identity(n, n);
    if (one_in(4)) {
      for (Index i = n - 1; i > 0; --i) frame.col(i).swap(frame.col(between(0, i)));
      return frame;
    }
    for (double& x : frame.reshaped()) x = random_.normal();
    return linalg::qr_factor(frame);
  }

  Matrix with_singular_values(Shape shape, const Vector& s) {
    return orthogonal(shape.outputs).leftCols(s.size()) * s.asDiagonal() *
           orthogonal(shape.inputs).leftCols(s.size()).transpose();
  }

  /// Singular values, the largest 1: spread, repeated, partly zero, or over decades.
  Vector spectrum(Index count) {
    Vector s(count);
    const auto kind = random_.below(4);
    for (Index i = 0; i < count; ++i) {
      if (kind == 0) s(i) = random_.uniform();
      if (kind == 1) s(i) = one_in(2) ? 1.0 : 0.5;
      if (kind == 2) s(i) = one_in(2) ? random_.uniform() : 0.0;
      if (kind == 3) s(i) = decades(-3, 0);
    }
    s(0) = 1;
    return s;
  }

 private:
  linalg::Random random_;
};

/// From the rescaled layers back to the layers themselves.
Network unscaled(const Network& network, const Layerwise& rates) {
  if (const auto* w = std::get_if<DeepLinear>(&network)) {
    return DeepLinear(std::sqrt(rates[0]) * w->w1(), std::sqrt(rates[1]) * w->w2());
  }
  const auto& closed = std::get<SelfConsistent>(network);
  return SelfConsistent(std::sqrt(rates[0] * rates[1]) * closed.end_to_end(),
                        {rates[0] * closed.scales()[0], rates[1] * closed.scales()[1]});
}

Problem problem(std::uint64_t seed) {
  Draw draw(seed);
  const Shape shape{.outputs = draw.between(1, 8), .inputs = draw.between(1, 8)};
  const double size = draw.decades(-6, 6);
  const Layerwise rates = draw.one_in(4) ? Layerwise{draw.decades(-1, 1), draw.decades(-1, 1)} : Layerwise(1.0);
  const Matrix y =
      size * std::sqrt(rates[0] * rates[1]) * draw.with_singular_values(shape, draw.spectrum(shape.modes()));
  const double balance = draw.one_in(3) ? 0.0 : draw.sign() * size * draw.decades(-4, 4);
  const Index widest = balance == 0 ? shape.sum() + 3 : (balance > 0 ? shape.outputs : shape.inputs);
  const Index width = draw.between(1, widest);
  const Index rank = draw.between(1, std::min(width, shape.modes()));
  Vector s = draw.spectrum(rank).cwiseMax(1e-3) * size * draw.decades(-8, 3);
  if (draw.one_in(2)) {
    const Matrix a0 = draw.with_singular_values(shape, s);
    const DeepLinear w = networks::balanced(a0, balance, width, seed);
    return {.start = unscaled(w, rates),
            .task = tasks::target(y),
            .options = {.rates = rates},
            .balance = balance,
            .scale2 = 0,
            .rank = balance == 0 ? rank : width,
            .size = size};
  }
  const double c = size * draw.decades(-4, 4);
  const double large = std::hypot(balance / 2, c) + std::abs(balance) / 2;
  const Layerwise scales = balance >= 0 ? Layerwise{c * c / large, large} : Layerwise{large, c * c / large};
  if (draw.one_in(3)) s.setZero();
  return {.start = unscaled(SelfConsistent(draw.with_singular_values(shape, s), scales), rates),
          .task = tasks::target(y),
          .options = {.rates = rates},
          .balance = scales[1] - scales[0],
          .scale2 = scales[0] * scales[1],
          .rank = shape.sum(),
          .size = size};
}

/// The largest relative error of the three blocks, each in its own norm.
double block_error(const GramState& a, const GramState& b) {
  return std::max({relative(a.input_representation(), b.input_representation()),
                   relative(a.end_to_end(), b.end_to_end()),
                   relative(a.output_representation(), b.output_representation())});
}

/// The residual of GJG = −λG + c²J block by block, each relative to the terms of its sum.
double closure_error(const GramState& g, double balance, double scale2) {
  const Matrix& c1 = g.input_representation();
  const Matrix& c2 = g.output_representation();
  const Matrix& a = g.end_to_end();
  const auto error = [](const Matrix& off, double terms) { return terms > 0 ? off.norm() / terms : 0.0; };
  Matrix first = c1 * c1 - a.transpose() * a + balance * c1;
  first.diagonal().array() -= scale2;
  Matrix second = a * a.transpose() - c2 * c2 + balance * c2;
  second.diagonal().array() += scale2;
  const double l = std::abs(balance);
  const double a2 = a.squaredNorm();
  return std::max({error(first, c1.squaredNorm() + a2 + l * c1.norm() + scale2),
                   error(a * c1 - c2 * a + balance * a, a.norm() * (c1.norm() + c2.norm() + l)),
                   error(second, c2.squaredNorm() + a2 + l * c2.norm() + scale2)});
}

/// The eigenvalues of G with both layers scaled to norm 1, rising.
Vector scaled_eigenvalues(const GramState& g) {
  const double first = g.input_representation().norm();
  const double second = g.output_representation().norm();
  return linalg::symmetric_eigen(rescaled(g, {first > 0 ? first : 1, second > 0 ? second : 1}).gram()).values;
}

class ExactFlowOnRandomProblems : public ::testing::Test {
 protected:
  /// Calls `check` for every problem, with its flow and its seed.
  template <class Check>
  static void each(Check check) {
    for (std::uint64_t seed = 0; seed < problems; ++seed) {
      const Problem p = problem(seed);
      const ExactFlow flow(p.start, p.task, p.options);
      SCOPED_TRACE("problem " + std::to_string(seed));
      check(p, flow, seed);
    }
  }

  /// Times of the flow with rates η, from times in units of 1/‖Y‖.
  static std::vector<double> times(const Problem& p, std::vector<double> in_units) {
    for (double& t : in_units) t /= p.size * (p.options.rates[0] * p.options.rates[1]);
    return in_units;
  }
};

TEST_F(ExactFlowOnRandomProblems, StateIsAStateOfTheClosureAndOfTheRankOfTheStart) {
  each([](const Problem& p, const ExactFlow& flow, std::uint64_t seed) {
    Draw draw(seed + 1000);
    EXPECT_EQ(flow.columns(), p.rank);
    const double kappa = std::hypot(p.balance / 2, std::sqrt(p.scale2));
    const Shape shape = p.task.shape();
    for (const double t : times(p, {0, draw.decades(-6, -2), draw.decades(-2, 0), draw.decades(0, 2),
                                    draw.decades(2, 4), draw.decades(4, 6), infinity})) {
      const GramState g = rescaled(flow.gram_state(t), p.options.rates);
      ASSERT_TRUE(g.gram().allFinite()) << t;
      EXPECT_LT(closure_error(g, p.balance, p.scale2), 1e-12) << t;
      const Vector eigenvalues = scaled_eigenvalues(g);
      EXPECT_GT(eigenvalues(0), -1e-14) << t;
      EXPECT_LE((eigenvalues.array() > 1e-12).count(), p.rank) << t;

      Matrix q = flow.factor(t);
      EXPECT_EQ(q.cols(), p.rank);
      // A factor determines A to the digits of its rows, √(‖C_1‖‖C_2‖): less accurately than the state if A is small.
      const GramState made = GramState::from_factor(q, shape);
      const GramState state = flow.gram_state(t);
      EXPECT_LT(relative(made.input_representation(), state.input_representation()), 1e-13) << t;
      EXPECT_LT(relative(made.output_representation(), state.output_representation()), 1e-13) << t;
      EXPECT_LT((made.end_to_end() - state.end_to_end()).norm(),
                1e-13 * std::sqrt(state.input_representation().norm() * state.output_representation().norm()))
          << t;
      q.topRows(shape.inputs) /= std::sqrt(p.options.rates[0]);
      q.bottomRows(shape.outputs) /= std::sqrt(p.options.rates[1]);
      if (p.scale2 == 0 && p.balance != 0) {
        // QᵀJQ = −λI: the factor has full column rank.
        Matrix conserved = q.bottomRows(shape.outputs).transpose() * q.bottomRows(shape.outputs) -
                           q.topRows(shape.inputs).transpose() * q.topRows(shape.inputs);
        conserved.diagonal().array() -= p.balance;
        EXPECT_LT(conserved.norm(), 1e-12 * q.squaredNorm()) << t;
      }
      if (p.scale2 > 0 && eigenvalues(0) > 1e-5 * eigenvalues(eigenvalues.size() - 1)) {
        // GJ conserves its eigenvalues κ − λ/2 and −κ − λ/2, so that G conserves its determinant.
        const double large = kappa + std::abs(p.balance) / 2;
        const Layerwise scales =
            p.balance >= 0 ? Layerwise{p.scale2 / large, large} : Layerwise{large, p.scale2 / large};
        const double expected = static_cast<double>(shape.inputs) * std::log(scales[0]) +
                                static_cast<double>(shape.outputs) * std::log(scales[1]);
        const double found = eigenvalues.array().log().sum() +
                             static_cast<double>(shape.inputs) * std::log(g.input_representation().norm()) +
                             static_cast<double>(shape.outputs) * std::log(g.output_representation().norm());
        EXPECT_NEAR(found, expected, 1e-8) << t;
      }
    }
  });
}

// By a central difference of eighth order, on the scale of the fastest rate.
TEST_F(ExactFlowOnRandomProblems, StateObeysGradientFlow) {
  each([](const Problem& p, const ExactFlow& flow, std::uint64_t seed) {
    if (!flow.warning().empty()) return;
    Draw draw(seed + 2000);
    for (const double t : times(p, {draw.decades(-2, 0), draw.decades(0, 1), draw.decades(1, 3)})) {
      const GramState g = flow.gram_state(t);
      const Matrix r = p.task.train.evaluate(g.end_to_end()).gradient;
      const Layerwise rates = p.options.rates;
      const Matrix& c1 = g.input_representation();
      const Matrix& c2 = g.output_representation();
      const double size =
          std::sqrt(rates[0] * rates[1]) * p.task.target().norm() + rates[1] * c1.norm() + rates[0] * c2.norm();
      const double step = std::min(0.01 / size, t / 50);
      constexpr double weights[] = {4.0 / 5, -1.0 / 5, 4.0 / 105, -1.0 / 280};
      Matrix first = Matrix::Zero(c1.rows(), c1.cols());
      Matrix a = Matrix::Zero(r.rows(), r.cols());
      Matrix second = Matrix::Zero(c2.rows(), c2.cols());
      for (int k = 1; k <= 4; ++k) {
        const GramState after = flow.gram_state(t + k * step);
        const GramState before = flow.gram_state(t - k * step);
        first += weights[k - 1] / step * (after.input_representation() - before.input_representation());
        a += weights[k - 1] / step * (after.end_to_end() - before.end_to_end());
        second += weights[k - 1] / step * (after.output_representation() - before.output_representation());
      }
      const Matrix expected = -rates[1] * r * c1 - rates[0] * c2 * r;
      const double noise = 1e-13 / (size * step);
      EXPECT_LT((a - expected).norm(), noise * size * g.end_to_end().norm() + 1e-12 * expected.norm()) << t;
      const Matrix ra = rates[0] * r.transpose() * g.end_to_end();
      EXPECT_LT((first + ra + ra.transpose()).norm(), noise * size * c1.norm()) << t;
      const Matrix ar = rates[1] * r * g.end_to_end().transpose();
      EXPECT_LT((second + ar + ar.transpose()).norm(), noise * size * c2.norm()) << t;
    }
  });
}

// The new starts are rounded differently. Near a saddle this changes the flow by as much as the warning says.
TEST_F(ExactFlowOnRandomProblems, FlowGoesOnFromWhereItIs) {
  int compared = 0;
  each([&](const Problem& p, const ExactFlow& flow, std::uint64_t seed) {
    Draw draw(seed + 3000);
    const double then = times(p, {draw.decades(-2, 2)})[0];
    const auto at = [&]() -> Network {
      if (p.scale2 > 0) {
        const Layerwise scales = flow.closure().scales();
        return SelfConsistent(flow.end_to_end(then), {p.options.rates[0] * scales[0], p.options.rates[1] * scales[1]});
      }
      return flow.network(then);
    };
    ExactFlow::Options options = p.options;
    options.closure = flow.closure();
    const ExactFlow later(at(), p.task, options);
    if (!flow.warning().empty() || !later.warning().empty()) return;
    ++compared;
    for (const double t : times(p, {draw.decades(-2, 0), draw.decades(0, 2), draw.decades(2, 4), infinity})) {
      EXPECT_LT(block_error(later.gram_state(t), flow.gram_state(then + t)), 1e-10) << t;
    }
  });
  EXPECT_GT(compared, static_cast<int>(problems) / 2);
}

TEST_F(ExactFlowOnRandomProblems, FlowTurnsWithTheCoordinates) {
  int compared = 0;
  each([&](const Problem& p, const ExactFlow& flow, std::uint64_t seed) {
    Draw draw(seed + 4000);
    const Shape shape = p.task.shape();
    const Matrix left = draw.orthogonal(shape.outputs);
    const Matrix right = draw.orthogonal(shape.inputs);
    const auto turned = [&]() -> Network {
      if (const auto* w = std::get_if<DeepLinear>(&p.start))
        return DeepLinear(w->w1() * right.transpose(), left * w->w2());
      const auto& closed = std::get<SelfConsistent>(p.start);
      return SelfConsistent(left * closed.end_to_end() * right.transpose(), closed.scales());
    };
    ExactFlow::Options options = p.options;
    options.closure = flow.closure();
    const ExactFlow other(turned(), tasks::target(left * p.task.target() * right.transpose()), options);
    if (!flow.warning().empty() || !other.warning().empty()) return;
    ++compared;
    for (const double t : times(p, {draw.decades(-2, 0), draw.decades(0, 2), draw.decades(2, 4), infinity})) {
      const GramState g = flow.gram_state(t);
      const GramState expected(right * g.input_representation() * right.transpose(),
                               left * g.end_to_end() * right.transpose(),
                               left * g.output_representation() * left.transpose());
      EXPECT_LT(block_error(other.gram_state(t), expected), 1e-10) << t;
    }
  });
  EXPECT_GT(compared, static_cast<int>(problems) / 2);
}

TEST_F(ExactFlowOnRandomProblems, ExchangeOfInputsAndOutputsChangesTheSignOfTheBalance) {
  int compared = 0;
  each([&](const Problem& p, const ExactFlow& flow, std::uint64_t seed) {
    Draw draw(seed + 5000);
    const auto exchanged = [](const Layerwise& value) { return Layerwise{value[1], value[0]}; };
    const auto swapped = [&]() -> Network {
      if (const auto* w = std::get_if<DeepLinear>(&p.start))
        return DeepLinear(w->w2().transpose(), w->w1().transpose());
      const auto& closed = std::get<SelfConsistent>(p.start);
      return SelfConsistent(closed.end_to_end().transpose(), exchanged(closed.scales()));
    };
    const ExactFlow other(swapped(), tasks::target(p.task.target().transpose()), {.rates = exchanged(p.options.rates)});
    EXPECT_NEAR(other.closure().balance, -flow.closure().balance, 1e-12 * gram_state(p.start).gram().norm());
    if (!flow.warning().empty() || !other.warning().empty()) return;
    ++compared;
    for (const double t : times(p, {draw.decades(-2, 0), draw.decades(0, 2), draw.decades(2, 4), infinity})) {
      const GramState g = flow.gram_state(t);
      const GramState expected(g.output_representation(), g.end_to_end().transpose(), g.input_representation());
      EXPECT_LT(block_error(other.gram_state(t), expected), 1e-10) << t;
    }
  });
  EXPECT_GT(compared, static_cast<int>(problems) / 2);
}

/// The weights with one more neuron, of zero weights: the same state, with too many columns for `GrowingColumns`.
DeepLinear with_idle_neuron(const DeepLinear& w) {
  Matrix w1 = Matrix::Zero(w.width() + 1, w.shape().inputs);
  Matrix w2 = Matrix::Zero(w.shape().outputs, w.width() + 1);
  w1.topRows(w.width()) = w.w1();
  w2.leftCols(w.width()) = w.w2();
  return {w1, w2};
}

// A_0 is rotated from Y by angles close to half a turn, which leaves it small components in the directions that grow:
// in one, in several, or in so many that the graded factorization is used.
TEST(ExactFlowOfFullWidth, IsThatOfTheGradedFactorization) {
  for (std::uint64_t seed = 0; seed < problems; ++seed) {
    SCOPED_TRACE("problem " + std::to_string(seed));
    Draw draw(seed + 6000);
    const Index outputs = draw.between(2, 9);
    const Shape shape{.outputs = outputs, .inputs = outputs + draw.between(0, 2)};
    const Matrix left = draw.orthogonal(shape.outputs);
    const Matrix right = draw.orthogonal(shape.inputs).leftCols(outputs);
    Matrix turn = Matrix::Identity(outputs, outputs);
    for (Index i = 0; i + 1 < outputs; i += 2) {
      const double angle = draw.one_in(2) ? draw.decades(-5, 0) : draw.decades(-0.5, 0.5);
      turn.block<2, 2>(i, i) << -std::cos(angle), -std::sin(angle), std::sin(angle), -std::cos(angle);
    }
    const Matrix frame = draw.orthogonal(outputs);
    const Vector y = draw.spectrum(outputs).cwiseMax(1e-2);
    const double scale = draw.decades(-8, 3);
    const Matrix a0 = left * frame * turn * frame.transpose() *
                      Vector(scale * draw.spectrum(outputs).cwiseMax(1e-3)).asDiagonal() * right.transpose();
    const double balance = draw.one_in(3) ? draw.decades(-4, -1) * std::min(1.0, scale) : 0.0;
    const DeepLinear start = networks::balanced(a0, balance, outputs, seed);
    const Task task = tasks::target(left * y.asDiagonal() * right.transpose());
    const ExactFlow flow(start, task);
    const ExactFlow graded(with_idle_neuron(start), task, {.closure = flow.closure()});
    EXPECT_EQ(flow.warning(), graded.warning());
    for (const double t :
         {draw.decades(-6, -1), draw.decades(-1, 1), draw.decades(1, 3), draw.decades(3, 6), infinity}) {
      EXPECT_LT(block_error(flow.gram_state(t), graded.gram_state(t)), promised_error) << t;
    }
  }
}

// det A_0 det Y < 0: the part of the start in the directions that grow is singular. As long as its rounding errors have
// not grown, the factorizations agree, whatever they make of these errors.
TEST(ExactFlowOfFullWidth, AtASaddleIsThatOfTheGradedFactorization) {
  for (std::uint64_t seed = 0; seed < problems; ++seed) {
    SCOPED_TRACE("problem " + std::to_string(seed));
    Draw draw(seed + 7000);
    const Index n = draw.between(1, 9);
    const Vector y = draw.spectrum(n).cwiseMax(1e-2);
    const Task task = tasks::target(draw.with_singular_values({.outputs = n, .inputs = n}, y));
    Matrix a0 =
        draw.with_singular_values({.outputs = n, .inputs = n}, draw.decades(-8, 3) * draw.spectrum(n).cwiseMax(1e-2));
    if ((a0.determinant() < 0) == (task.target().determinant() < 0)) a0.col(0) *= -1;
    const DeepLinear start = networks::balanced(a0, 0.0, n, seed);
    const ExactFlow flow(start, task);
    const ExactFlow graded(with_idle_neuron(start), task, {.closure = flow.closure()});
    EXPECT_NE(flow.warning(), "");
    const double until = std::log(100) / y.minCoeff();
    for (const double t :
         {until * draw.decades(-8, -4), until * draw.decades(-4, -2), until * draw.decades(-2, 0), until}) {
      EXPECT_LT(block_error(flow.gram_state(t), graded.gram_state(t)), promised_error) << t;
    }
    EXPECT_TRUE(flow.gram_state(infinity).gram().allFinite());
    EXPECT_LT(closure_error(flow.gram_state(infinity), 0, 0), 1e-12);
  }
}

}  // namespace
}  // namespace linnet
