#include "linnet/exact/exact_flow.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "linnet/exact/mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/exact.hpp"

namespace linnet {
namespace {

using testing::a_task;
using testing::error_of;
using ::testing::HasSubstr;
using testing::normal;
using testing::relative;

/// One row of the table of docs/exact.md: a start that satisfies the closure, and a task.
struct Case {
  std::string name;
  Network start;
  Task task;
  double balance = 0;
  double scale2 = 0;
};

Case balanced_case(const std::string& name, Shape shape, Index width, double balance, double scale) {
  const Matrix a0 = networks::random_end_to_end(shape, std::min(width, shape.modes()), scale, 21);
  return {
      .name = name, .start = networks::balanced(a0, balance, width, 22), .task = a_task(shape, 23), .balance = balance};
}

std::vector<Case> cases() {
  std::vector<Case> all;
  all.push_back(balanced_case("zero-balanced", {.outputs = 5, .inputs = 4}, 4, 0, 0.3));
  all.push_back(balanced_case("zero-balanced bottleneck", {.outputs = 5, .inputs = 6}, 2, 0, 0.05));
  all.push_back(balanced_case("zero-balanced wide", {.outputs = 3, .inputs = 4}, 9, 0, 0.3));
  all.push_back(balanced_case("balanced upwards", {.outputs = 6, .inputs = 4}, 5, 1.7, 0.4));
  all.push_back(balanced_case("balanced downwards", {.outputs = 4, .inputs = 6}, 6, -2.3, 0.4));
  all.push_back(balanced_case("balanced bottleneck", {.outputs = 4, .inputs = 6}, 2, 0.8, 0.01));
  const Shape line{.outputs = 1, .inputs = 6};
  const DeepLinear neuron(normal(1, 6, 31), Matrix::Constant(1, 1, -0.6));
  all.push_back({.name = "one hidden neuron",
                 .start = neuron,
                 .task = a_task(line, 32),
                 .balance = 0.36 - neuron.w1().squaredNorm()});
  const Shape wide{.outputs = 4, .inputs = 5};
  all.push_back({.name = "infinite width",
                 .start = networks::infinite_width(wide, 0.3),
                 .task = a_task(wide, 33),
                 .balance = 0,
                 .scale2 = 0.09});
  all.push_back({.name = "infinite width with unequal variances",
                 .start = SelfConsistent(Matrix::Zero(4, 5), {0.2, 1.5}),
                 .task = a_task(wide, 34),
                 .balance = 1.3,
                 .scale2 = 0.3});
  all.push_back({.name = "trained before",
                 .start = SelfConsistent(normal(4, 5, 35), {0.9, 0.1}),
                 .task = a_task(wide, 36),
                 .balance = -0.8,
                 .scale2 = 0.09});
  return all;
}

class ExactFlowTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  Case c_ = cases()[GetParam()];
  ExactFlow flow_{c_.start, c_.task};
  GramState start_ = gram_state(c_.start);
};

TEST_P(ExactFlowTest, FindsTheClosure) {
  EXPECT_NEAR(flow_.closure().balance, c_.balance, 1e-12) << c_.name;
  EXPECT_NEAR(flow_.closure().scale2, c_.scale2, 1e-12);
  EXPECT_LT(flow_.closure().residual, 1e-13);
  EXPECT_EQ(flow_.warning(), "");
}

TEST_P(ExactFlowTest, StartsAtTheStart) {
  EXPECT_LT(relative(flow_.gram_state(0).gram(), start_.gram()), 1e-14) << c_.name;
  EXPECT_LT(relative(flow_.gram_state(1e-9).gram(), start_.gram()), 1e-7);
}

TEST_P(ExactFlowTest, ObeysGradientFlow) {
  for (const double t : {0.05, 0.4, 1.5, 6.0}) {
    const GramState g = flow_.gram_state(t);
    const Matrix r = c_.task.train.evaluate(g.end_to_end()).gradient;
    Matrix h = Matrix::Zero(g.shape().sum(), g.shape().sum());
    h.bottomLeftCorner(r.rows(), r.cols()) = -r;
    h.topRightCorner(r.cols(), r.rows()) = -r.transpose();
    // A difference of fourth order, whose error is below the bound at the fastest of these rates.
    const double s = 3e-4;
    const auto at = [&](double shift) { return flow_.gram_state(t + shift).gram(); };
    const Matrix derivative = (at(-2 * s) - 8 * at(-s) + 8 * at(s) - at(2 * s)) / (12 * s);
    const Matrix expected = h * g.gram() + g.gram() * h;
    EXPECT_LT((derivative - expected).norm(), 1e-8 * (1 + g.gram().norm())) << c_.name << ", t = " << t;
  }
}

TEST_P(ExactFlowTest, AgreesWithTheIntegrator) {
  GradientFlow solver{.t_end = 3, .rtol = 1e-12, .atol = 1e-15};
  const Trajectory run = train(start_, c_.task, solver, {.schedule = Schedule::ends()});
  EXPECT_LT(relative(flow_.gram_state(3).gram(), gram_state(*run.final).gram()), 1e-9) << c_.name;
}

TEST_P(ExactFlowTest, KeepsTheClosureSymmetryAndRank) {
  for (const double t : {0.3, 4.0, 300.0, infinity}) {
    const GramState g = flow_.gram_state(t);
    EXPECT_LT(closure_residual(g, c_.balance, c_.scale2), 1e-12) << c_.name << ", t = " << t;
    const linalg::SymmetricEigen d = linalg::symmetric_eigen(g.gram());
    EXPECT_GT(d.values(0), -1e-13 * d.values.tail(1)(0));
    if (const auto* w = std::get_if<DeepLinear>(&c_.start)) {
      const Index rank = c_.balance == 0 ? std::min(w->width(), w->shape().modes()) : w->width();
      EXPECT_EQ(flow_.columns(), rank);
      EXPECT_LE((d.values.array() > 1e-12 * d.values.tail(1)(0)).count(), rank);
    }
  }
}

TEST_P(ExactFlowTest, IsASemigroup) {
  const ExactFlow later(SelfConsistent(flow_.end_to_end(0.7), flow_.closure().scales()), c_.task);
  const ExactFlow again(flow_.gram_state(0.7), c_.task, {.tolerance = 1e-10});
  for (const double t : {0.2, 2.0, 40.0}) {
    EXPECT_LT(relative(again.gram_state(t).gram(), flow_.gram_state(0.7 + t).gram()), 1e-10) << c_.name << ", " << t;
    // A determines the state if the closure determines the representations, which is not so for a bottleneck or a wide
    // start.
    if (c_.scale2 > 0) {
      EXPECT_LT(relative(later.gram_state(t).gram(), flow_.gram_state(0.7 + t).gram()), 1e-12);
    }
  }
}

TEST_P(ExactFlowTest, GoesOnToAnotherTask) {
  const Task next = a_task(c_.task.shape(), 41);
  const Network then = flow_.network(0.9);
  const ExactFlow second(then, next, {.tolerance = 1e-10});
  EXPECT_NEAR(second.closure().balance, c_.balance, 1e-12) << c_.name;
  // Weights keep their rank; a state of full rank needs no weights.
  EXPECT_EQ(std::holds_alternative<DeepLinear>(then), c_.scale2 == 0);
  EXPECT_EQ(second.columns(), flow_.columns());
  GradientFlow solver{.t_end = 0.9, .rtol = 1e-12, .atol = 1e-15};
  const Trajectory before = train(start_, c_.task, solver, {.schedule = Schedule::ends()});
  solver.t_end = 2;
  const Trajectory after = train(*before.final, next, solver, {.schedule = Schedule::ends()});
  EXPECT_LT(relative(second.gram_state(2).gram(), gram_state(*after.final).gram()), 1e-9);
  // Integration continues from it too.
  const Trajectory other = train(then, next, solver, {.schedule = Schedule::ends()});
  EXPECT_LT(relative(gram_state(*other.final).gram(), gram_state(*after.final).gram()), 1e-9);
}

TEST_P(ExactFlowTest, TurnsWithTheCoordinates) {
  const Shape shape = start_.shape();
  const Matrix left = linalg::qr_factor(normal(shape.outputs, shape.outputs, 51));
  const Matrix right = linalg::qr_factor(normal(shape.inputs, shape.inputs, 52));
  const GramState turned(right * start_.input_representation() * right.transpose(),
                         left * start_.end_to_end() * right.transpose(),
                         left * start_.output_representation() * left.transpose());
  const ExactFlow other(turned, tasks::target(left * c_.task.target() * right.transpose()), {.tolerance = 1e-10});
  for (const double t : {0.5, 5.0}) {
    const Matrix expected = left * flow_.end_to_end(t) * right.transpose();
    EXPECT_LT(relative(other.end_to_end(t), expected), 1e-11) << c_.name;
  }
}

TEST_P(ExactFlowTest, SwappingInputsAndOutputsChangesTheSignOfTheBalance) {
  const GramState swapped(start_.output_representation(), start_.end_to_end().transpose(),
                          start_.input_representation());
  const ExactFlow other(swapped, tasks::target(c_.task.target().transpose()), {.tolerance = 1e-10});
  EXPECT_NEAR(other.closure().balance, -c_.balance, 1e-12);
  for (const double t : {0.5, 5.0, infinity}) {
    EXPECT_LT(relative(other.end_to_end(t).transpose(), flow_.end_to_end(t)), 1e-11) << c_.name;
    EXPECT_LT(relative(other.gram_state(t).input_representation(), flow_.gram_state(t).output_representation()), 1e-11);
  }
}

TEST_P(ExactFlowTest, EveryViewIsOfTheSameState) {
  for (const double t : {0.0, 0.8, 9.0, infinity}) {
    const GramState g = flow_.gram_state(t);
    const Matrix q = flow_.factor(t);
    EXPECT_LT(relative(q * q.transpose(), g.gram()), 1e-12) << c_.name << ", t = " << t;
    EXPECT_LT(relative(flow_.end_to_end(t), g.end_to_end()), 1e-14);
    EXPECT_NEAR(flow_.cost(t), c_.task.train.evaluate(g.end_to_end()).cost, 1e-13);
    EXPECT_LT((flow_.singular_values(t) - linalg::singular_values(g.end_to_end())).norm(), 1e-13);
    EXPECT_NEAR(flow_.kernel_distance(t), kernel_distance(start_, g, flow_.rates()), 1e-12);
    const linalg::Svd y = linalg::svd(c_.task.target());
    const Vector modes = (y.u.transpose() * g.end_to_end() * y.v).diagonal();
    EXPECT_LT((flow_.modes(t) - modes).norm(), 1e-13 * (1 + modes.norm()));
  }
}

TEST_P(ExactFlowTest, RatesOfTheLayersRescale) {
  // Weights that satisfy the closure when rescaled: W_l = √η_l Ŵ_l with the weights Ŵ_l of the case.
  const Layerwise rates{0.5, 3.0};
  const GramState scaled(rates[0] * start_.input_representation(), std::sqrt(rates[0] * rates[1]) * start_.end_to_end(),
                         rates[1] * start_.output_representation());
  const ExactFlow flow(scaled, c_.task, {.rates = rates, .tolerance = 1e-10});
  EXPECT_NEAR(flow.closure().balance, c_.balance, 1e-12);
  GradientFlow solver{.t_end = 1.5, .rates = rates, .rtol = 1e-12, .atol = 1e-15};
  const Trajectory run = train(scaled, c_.task, solver, {.schedule = Schedule::ends()});
  EXPECT_LT(relative(flow.gram_state(1.5).gram(), gram_state(*run.final).gram()), 1e-9) << c_.name;
}

TEST_P(ExactFlowTest, TimesAreWhenItHappens) {
  const Vector half = flow_.learning_times(0.5);
  for (Index i = 0; i < half.size(); ++i) {
    if (half(i) == 0 || !std::isfinite(half(i))) continue;
    EXPECT_NEAR(flow_.modes(half(i))(i), 0.5 * flow_.target()(i), 1e-9) << c_.name;
    EXPECT_LT(flow_.modes(0.999 * half(i))(i), 0.5 * flow_.target()(i));
  }
  const Vector active = flow_.activation_times();
  for (Index i = 0; i < active.size(); ++i) {
    if (active(i) == 0 || !std::isfinite(active(i))) continue;
    EXPECT_NEAR(flow_.modes(active(i))(i), flow_.threshold(), 1e-9) << c_.name;
  }
}

TEST(ExactFlow, IsAskedBeforeEveryEvaluation) {
  const Task task = tasks::target(networks::random_end_to_end({.outputs = 4, .inputs = 3}, 3, 2.0, 5));
  const ExactFlow flow(
      networks::balanced(networks::random_end_to_end({.outputs = 4, .inputs = 3}, 3, 0.1, 6), 0.0, 5, 7), task);
  int asked = 0;
  const KeepGoing nine_times = [&] { return ++asked < 10; };
  const auto refused = [&](auto compute) {
    asked = 0;
    try {
      compute();
      ADD_FAILURE() << "it went on";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::interrupted);
    }
    EXPECT_EQ(asked, 10);
  };
  refused([&] { (void)flow.learning_times(0.5, nine_times); });
  refused([&] { (void)flow.activation_times(nine_times); });
  EXPECT_EQ(flow.learning_times(0.5, [] { return true; }), flow.learning_times(0.5));
}

INSTANTIATE_TEST_SUITE_P(EveryCase, ExactFlowTest, ::testing::Range(std::size_t{0}, cases().size()),
                         [](const auto& one) {
                           std::string name = cases()[one.param].name;
                           for (char& letter : name)
                             letter = std::isalnum(static_cast<unsigned char>(letter)) != 0 ? letter : '_';
                           return name;
                         });

TEST(ExactFlow, OfAlignedZeroBalancedWeightsIsSaxesSigmoid) {
  const Matrix y = 1.5 * linalg::qr_factor(normal(5, 5, 61));
  const double a0 = 1e-6;
  const ExactFlow flow(networks::balanced((a0 / 1.5) * y, 0, 5), tasks::target(y));
  for (const double t : {0.5, 3.0, 4.7, 8.0}) {
    const double growth = std::exp(2 * 1.5 * t);
    const double sigmoid = 1.5 * growth / (growth - 1 + 1.5 / a0);
    EXPECT_LT((flow.modes(t).array() / sigmoid - 1).abs().maxCoeff(), 1e-12);
  }
}

TEST(ExactFlow, OfAlignedBalancedWeightsGoesModeByMode) {
  const Task task = a_task({.outputs = 4, .inputs = 4}, 62);
  const linalg::Svd y = linalg::svd(task.target());
  const Vector start{{0.1, 0.4, 0.02, 0.3}};
  for (const double balance : {3.0, -40.0, 1e-3}) {
    const Matrix a0 = y.u * start.asDiagonal() * y.v.transpose();
    const ExactFlow flow(networks::balanced(a0, balance, 4), task);
    for (const double t : {0.01, 0.4, 2.0}) {
      for (Index i = 0; i < 4; ++i) {
        const Mode mode({.target = y.s(i), .threshold = std::abs(balance) / 2, .start = start(i)});
        EXPECT_NEAR(flow.modes(t)(i), mode.at(t), 1e-12 * y.s(0));
      }
    }
  }
}

TEST(ExactFlow, AtInfiniteWidthIsModeFlow) {
  const Task task = tasks::low_rank_plus_noise({.dim = 12, .rank = 2, .seed = 5});
  for (const Layerwise& scales : {Layerwise(0.5), Layerwise{3.0, 0.01}, Layerwise{0.0, 2.0}}) {
    const ExactFlow flow(SelfConsistent(Matrix::Zero(12, 12), scales), task);
    const ModeFlow modes(sample_spectrum(task), {.scales = scales});
    for (const double t : {0.001, 0.1, 1.0, 30.0}) {
      EXPECT_LT(relative(flow.gram_state(t).gram(), modes.gram_state(t).gram()), 1e-13);
      EXPECT_NEAR(flow.test_error(t), modes.test_error(t), 1e-12);
    }
  }
}

TEST(ExactFlow, StaysExactWhereExponentialsOverflow) {
  // A bottleneck and a large λ: the slow rates are y²/|λ|, and e^{|λ|t} overflows.
  const Shape shape{.outputs = 5, .inputs = 4};
  const Task task = a_task(shape, 71);
  const Matrix a0 = networks::random_end_to_end(shape, 2, 1e-3, 72);
  const ExactFlow flow(networks::balanced(a0, 1e4, 2), task);
  const double slow = 1e4 / (task.target().squaredNorm());
  for (const double t : {1.0, slow, 10 * slow, 1e3 * slow, infinity}) {
    const GramState g = flow.gram_state(t);
    EXPECT_TRUE(g.gram().allFinite());
    EXPECT_LT(closure_residual(g, 1e4, 0), 1e-13) << t;
  }
  // At the end only the two largest modes are learned.
  const linalg::Svd y = linalg::svd(task.target());
  const Matrix best = y.u.leftCols(2) * y.s.head(2).asDiagonal() * y.v.leftCols(2).transpose();
  EXPECT_LT(relative(flow.end_to_end(infinity), best), 1e-13);
  EXPECT_LT(relative(flow.end_to_end(1e6 * slow), best), 1e-13);
}

TEST(ExactFlow, OfInputsThatAreWhiteAsTheyAreRunsAtTheirVariance) {
  const Shape shape{.outputs = 3, .inputs = 4};
  const Matrix x = 1.5 * std::sqrt(40.0) * linalg::random_frame(40, 4, {.seed = 5});
  const Task data = tasks::regression({.inputs = x, .targets = testing::normal(40, 3, 6)});
  const Task same = tasks::target(data.target());
  const DeepLinear start = networks::balanced(networks::random_end_to_end(shape, 3, 0.3, 7), 0.6, 3);
  const Layerwise rates{0.5, 1.5};
  for (const Layerwise& each : {Layerwise(1.0), rates}) {
    const DeepLinear from = networks::balanced(start.end_to_end(), 0.6, 3, 0, each);
    const ExactFlow flow(from, data, {.rates = each});
    const ExactFlow faster(from, same, {.rates = each});
    for (const double t : {0.0, 0.1, 1.0, infinity}) {
      EXPECT_LT(relative(flow.gram_state(t).gram(), faster.gram_state(2.25 * t).gram()), 1e-12);
      EXPECT_NEAR(flow.cost(t), data.train.evaluate(flow.end_to_end(t)).cost, 1e-15);
    }
    EXPECT_LT(relative(flow.learning_times(0.5) * 2.25, faster.learning_times(0.5)), 1e-9);
    const Trajectory run = train(from, data, GradientFlow{.t_end = 0.7, .rates = each, .rtol = 1e-11, .atol = 1e-14},
                                 {.schedule = Schedule::ends()});
    EXPECT_LT(relative(flow.end_to_end(0.7), end_to_end(*run.final)), 1e-9);
  }
}

TEST(ExactFlow, KeepsTheRankOfWeightsThatAreWiderThanIt) {
  const Shape shape{.outputs = 3, .inputs = 4};
  const Task task = a_task(shape, 31);
  const DeepLinear wide = networks::balanced(networks::random_end_to_end(shape, 1, 0.1, 1), 0, 4);
  const ExactFlow flow(wide, task);
  EXPECT_EQ(flow.columns(), 1);
  for (const double t : {0.0, 1.0, 30.0, infinity}) {
    const Vector values = linalg::symmetric_eigen(flow.gram_state(t).gram()).values;
    EXPECT_LT(std::abs(values(5)), 1e-14 * values(6)) << t;
  }
  const ExactFlow gram(GramState::from_weights(wide), task);
  EXPECT_LT(relative(flow.end_to_end(2), gram.end_to_end(2)), 1e-10);
  // A saddle of four neurons, three of which learn nothing; it is the best that one neuron can represent.
  EXPECT_TRUE(flow.at_saddle());
  EXPECT_NE(flow.warning(), "");
  EXPECT_FALSE(ExactFlow(networks::balanced(networks::random_end_to_end(shape, 1, 0.1, 1), 0, 1), task).at_saddle());
  // The second direction is small, and its digits are kept.
  const Matrix rotation = linalg::random_frame(4, 4, {.seed = 2});
  const Vector sizes = (Vector(4) << 1, 1e-10, 0, 0).finished();
  const Matrix w1 = rotation * sizes.asDiagonal();
  EXPECT_EQ(ExactFlow(DeepLinear(w1, w1.leftCols(3).transpose()), task).columns(), 2);
}

TEST_P(ExactFlowTest, LearnsInTheEndWhatItSaysItLearns) {
  const Vector end = flow_.modes(infinity);
  const std::vector<bool> learned = flow_.learned();
  for (Index i = 0; i < end.size(); ++i) {
    EXPECT_EQ(learned[static_cast<std::size_t>(i)], end(i) > 1e-9) << c_.name << ", " << i;
  }
}

TEST_P(ExactFlowTest, StartsStraightAtTheSmallestTimes) {
  // Down to the smallest numbers A(t) − A_0 is t(C_2(Y − A_0) + (Y − A_0)C_1), to the digits of t.
  const Matrix off = c_.task.target() - start_.end_to_end();
  const Matrix velocity = start_.output_representation() * off + off * start_.input_representation();
  const bool zero = start_.end_to_end().norm() == 0;
  for (const double t : {5e-324, 1e-310, 1e-300, 1e-200, 1e-100, 1e-30, 1e-20, 1e-19}) {
    const GramState g = flow_.gram_state(t);
    EXPECT_LT(relative(g.gram(), start_.gram()), 1e-14) << c_.name << ", t = " << t;
    if (zero && t > 1e-305) {
      EXPECT_LT(relative(g.end_to_end() / t, velocity), 1e-14) << t;
    }
    EXPECT_NEAR(flow_.kernel_distance(t), 0, 1e-14);
  }
}

TEST(ExactFlow, RefusesWhatIsBeyondTheRangeOfNumbers) {
  const Matrix y = Matrix::Identity(2, 2);
  EXPECT_THAT(error_of([&] {
                ExactFlow(networks::infinite_width({2, 2}, 1.0), tasks::target(1e200 * y));
              }),
              HasSubstr("task: expected a target Y whose largest singular value over √(η_1η_2) is within "
                        "1e-150 … 1e150, got 1e+200"));
  EXPECT_THAT(error_of([&] {
                ExactFlow(networks::infinite_width({2, 2}, 1.0), tasks::target(1e-200 * y));
              }),
              HasSubstr("got 1e-200"));
  EXPECT_THAT(error_of([&] { ExactFlow(networks::balanced(1e160 * y, 0, 2), tasks::target(y)); }),
              HasSubstr("network: expected representations W_1ᵀW_1/η_1 and W_2W_2ᵀ/η_2 of at most 1e150, got 1e+160"));
  const ExactFlow large(networks::balanced(1e110 * y, 0, 2), tasks::target(y));
  EXPECT_LT(relative(large.end_to_end(infinity), y), 1e-12);
  const ExactFlow small(networks::balanced(1e-110 * y, 0, 2), tasks::target(y));
  EXPECT_LT(relative(small.end_to_end(infinity), y), 1e-12);
  const DeepLinear out(1e-60 * testing::normal(2, 2, 1), 1e-60 * testing::normal(2, 2, 2));
  EXPECT_THAT(error_of([&] { ExactFlow(out, tasks::target(y)); }), HasSubstr("closure")) << "though its squares vanish";
}

TEST(ExactFlow, RefusesAGramStateThatIsNone) {
  const Matrix one = Matrix::Ones(1, 1);
  EXPECT_EQ(error_of([&] { ExactFlow(GramState(-one, 0 * one, one), tasks::target(one)); }),
            "network.gram: expected a positive semidefinite matrix, got an eigenvalue of -1\n"
            "  hint: a Gram state is QQᵀ of some weights Q = [W_1ᵀ; W_2]");
}

TEST(ExactFlow, TellsWeightsOfSinglePrecision) {
  const Shape shape{.outputs = 4, .inputs = 4};
  const DeepLinear exact = networks::balanced(networks::random_end_to_end(shape, 4, 1, 1), 0.5, 4);
  const DeepLinear saved(exact.w1().cast<float>().cast<double>(), exact.w2().cast<float>().cast<double>());
  const Task task = a_task(shape, 3);
  EXPECT_THAT(error_of([&] { ExactFlow(saved, task); }),
              HasSubstr("hint: weights saved in single precision satisfy it to about 1e-7: take a tolerance of 1e-6"));
  EXPECT_NO_THROW(ExactFlow(saved, task, {.tolerance = 1e-6}));
}

TEST(ExactFlow, WithNothingToLearnForgets) {
  const Shape shape{.outputs = 3, .inputs = 2};
  const Task nothing = tasks::target(Matrix::Zero(3, 2));
  const Matrix a0 = networks::random_end_to_end(shape, 2, 0.5, 1);
  for (const Network& start : {Network(networks::balanced(a0, 0, 2)), Network(networks::balanced(a0, 0.4, 2)),
                               Network(SelfConsistent(a0, 0.0)), Network(SelfConsistent(a0, {0.3, 0.6}))}) {
    const ExactFlow flow(start, nothing);
    EXPECT_LT(flow.end_to_end(1e9).norm(), 1e-8);
    EXPECT_LT(flow.end_to_end(infinity).norm(), 1e-100);
    EXPECT_TRUE(flow.gram_state(infinity).gram().allFinite());
  }
}

TEST(ExactFlow, RefusesWhatHasNoClosedForm) {
  const Shape shape{.outputs = 4, .inputs = 4};
  const Task task = a_task(shape, 81);
  const Network wide = networks::gaussian_gram(shape, {.width = 50, .variance = 0.02, .seed = 1});
  const std::string text = error_of([&] { ExactFlow(wide, task); });
  EXPECT_THAT(text, HasSubstr("network: expected a start that satisfies the closure GJG = -λG + c²J within 1e-08, got "
                              "residual "));
  EXPECT_THAT(text, HasSubstr(" at the best λ = "));
  EXPECT_THAT(text, HasSubstr("hint: integrate the Gram state's gradient flow instead"));
  EXPECT_NO_THROW(ExactFlow(wide, task, {.tolerance = 1}));
  const Network good = networks::infinite_width(shape, 0.1);
  const Task masked = tasks::completion({.target = task.target(), .fraction = 0.5});
  EXPECT_THAT(error_of([&] { ExactFlow(good, masked); }),
              HasSubstr("task: expected whitened or aligned inputs, no mask and no weights"));
  EXPECT_THAT(error_of([&] { ExactFlow(good, a_task({.outputs = 3, .inputs = 4}, 1)); }),
              HasSubstr("network: expected a network of 3 x 4, the shape of the task, got 4 x 4"));
  const ExactFlow flow(good, task);
  EXPECT_THAT(error_of([&] { return flow.end_to_end(-1); }), HasSubstr("t: expected a time in [0, inf], got -1"));
  EXPECT_THAT(error_of([&] { return flow.test_error(1); }), HasSubstr("task.signal: expected a signal"));
}

TEST(ExactFlow, OfAWideNetworkErrsByTheRootOfTheWidth) {
  const Shape shape{.outputs = 8, .inputs = 8};
  const Task task = a_task(shape, 91);
  const auto error = [&](Index width, const Layerwise& scales) {
    const Layerwise variance{scales[0] / static_cast<double>(width), scales[1] / static_cast<double>(width)};
    const GramState start = networks::gaussian_gram(shape, {.width = width, .variance = variance, .seed = 3});
    const Trajectory run =
        train(start, task, GradientFlow{.t_end = 1, .rtol = 1e-10, .atol = 1e-13}, {.schedule = Schedule::ends()});
    const ExactFlow limit(SelfConsistent(Matrix::Zero(8, 8), scales), task);
    return relative(limit.gram_state(1).gram(), gram_state(*run.final).gram());
  };
  for (const Layerwise& scales : {Layerwise(0.5), Layerwise{0.2, 1.5}}) {
    const double slope = std::log10(error(100000, scales) / error(1000, scales)) / 2;
    EXPECT_NEAR(slope, -0.5, 0.12);
  }
}

}  // namespace
}  // namespace linnet
