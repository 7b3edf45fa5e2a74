#include <gmock/gmock.h>

#include <functional>

#include "linnet/dynamics/gram_dynamics.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/deep.hpp"

// Training conserves the rank of a Gram state, and that of A for balanced weights, in runs of any length.

namespace linnet {
namespace {

using namespace testing;

DeepLinear narrow(Index width, std::uint64_t seed) {
  return {normal(width, 5, seed, 0.3), normal(3, width, seed + 1, 0.3)};
}

Matrix stacked(const DeepLinear& w) {
  Matrix q(w.shape().sum(), w.width());
  q << w.w1().transpose(), w.w2();
  return q;
}

/// The same Gram state, given in several ways.
std::vector<std::pair<std::string, GramState>> forms(const DeepLinear& w) {
  const Matrix q = stacked(w);
  const Matrix g = q * q.transpose();
  Matrix turned = Matrix::Zero(8, 11);  // more columns than the rank of the state
  turned.leftCols(w.width()) = q;
  turned = (turned * linalg::qr_factor(normal(11, 11, 77))).eval();
  return {{"weights", GramState::from_weights(w)},
          {"factor", GramState::from_factor(q, w.shape())},
          {"wide factor", GramState::from_factor(turned, w.shape())},
          {"G", GramState::from_gram(g, w.shape())},
          {"blocks", {w.w1().transpose() * w.w1(), w.end_to_end(), w.w2() * w.w2().transpose()}}};
}

double last_error(const Trajectory& run) { return run.values("train_error").tail(1)(0); }

const Record at_the_end{.observables = {observables::train_error()}, .schedule = Schedule::ends()};

TEST(LowRank, NarrowGramStatesTrainAsTheirWeightsForEver) {
  for (const DeepCase& c : deep_cases()) {
    for (const Index width : {1, 2}) {
      const DeepLinear weights = narrow(width, 10 * static_cast<std::uint64_t>(width));
      const auto expect_the_same = [&](const auto& solver, const std::string& what) {
        const Trajectory by_weights = train(weights, c.task, solver, at_the_end);
        for (const auto& [form, state] : forms(weights)) {
          const Trajectory run = train(state, c.task, solver, at_the_end);
          EXPECT_EQ(run.outcome.status, Status::completed) << c.name << ' ' << what << ' ' << form;
          EXPECT_NEAR(last_error(run), last_error(by_weights), 1e-8) << c.name << ' ' << what << ' ' << form;
          EXPECT_EQ(narrow_factor(std::get<GramState>(*run.final))->cols(), width) << c.name << ' ' << form;
          if (c.task.train.mask()) continue;
          EXPECT_NEAR(last_error(run), c.task.train.error_of(*c.task.train.least_of_rank(width)), 1e-6)
              << c.name << ' ' << what << ' ' << form;
          EXPECT_EQ(run.warning, "network: a start of rank " + std::to_string(width) +
                                     ", which training keeps, is below the rank of the target, 3: the train error "
                                     "stays above " +
                                     format_number(c.task.train.error_of(*c.task.train.least_of_rank(width))));
        }
      };
      for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.6, 1.7}}) {
        expect_the_same(GradientFlow{.t_end = 100, .rates = rates}, "flow");
        for (const Order order : {Order::simultaneous, Order::sequential}) {
          const Layerwise step{0.05 * rates[0], 0.05 * rates[1]};
          expect_the_same(GradientDescent{.step = step, .max_steps = 2000, .order = order}, "descent");
        }
      }
    }
  }
}

TEST(LowRank, WeightsAndTheirGramStateTakeTheSameBitsAndGoOnFromTheirEnd) {
  const Task task = tasks::target(normal(3, 5, 1));
  const DeepLinear weights = narrow(2, 3);
  const GramState state = GramState::from_weights(weights);
  const auto steps = [](Index n) { return GradientDescent{.step = {0.02, 0.04}, .max_steps = n}; };
  const Trajectory straight = train(state, task, steps(600));
  EXPECT_EQ(end_to_end(*straight.final), end_to_end(*train(weights, task, steps(600)).final));
  const Trajectory half = train(state, task, steps(300));
  const Trajectory rest = train(*half.final, task, steps(300));
  EXPECT_EQ(gram_state(*rest.final).gram(), gram_state(*straight.final).gram());
  EXPECT_EQ(std::get<GramState>(*rest.final).factor(), std::get<GramState>(*straight.final).factor());
}

TEST(LowRank, MomentumIsRefusedWhateverTheRank) {
  const Task task = tasks::target(normal(3, 5, 1));
  EXPECT_THAT(error_of([&] {
                train(GramState::from_weights(narrow(2, 1)), task, GradientDescent{.step = 0.01, .momentum = 0.5});
              }),
              ::testing::HasSubstr("solver.momentum: expected 0, except for explicit weights"));
}

TEST(NarrowFactor, HasAsManyColumnsAsTheRank) {
  const auto columns = [](const GramState& g) {
    const std::optional<Matrix> q = narrow_factor(g);
    if (!q) return Index{-1};
    EXPECT_LT(relative(Matrix(*q * q->transpose()), g.gram()), 1e-14);
    return q->cols();
  };
  constexpr Shape shape{.outputs = 3, .inputs = 5};
  for (const auto& [form, state] : forms(narrow(3, 5))) EXPECT_EQ(columns(state), 3) << form;
  EXPECT_EQ(columns(networks::gaussian_gram(shape, {.width = 7, .variance = {1e-10, 1e4}})), 7);
  EXPECT_EQ(columns(networks::gaussian_gram(shape, {.width = 8, .variance = {1e-10, 1e4}})), -1);
  EXPECT_EQ(columns(networks::gaussian_gram(shape, {.width = 50, .variance = {0.0, 1}})), 3);
  EXPECT_EQ(columns(networks::infinite_width(shape, 1e-12)), -1);
  EXPECT_EQ(columns(networks::infinite_width(shape, {0.0, 2})), 3);
  EXPECT_EQ(columns(networks::infinite_width(shape, 0.0)), 1);
  // Balanced weights wider than their rank; closed forms.
  const Matrix a = normal(3, 2, 1) * normal(2, 5, 2);
  EXPECT_EQ(columns(GramState::from_weights(networks::balanced(a, 0, 7))), 2);
  EXPECT_EQ(columns(GramState::from_weights(networks::balanced(a, 0, 20))), 2);
  EXPECT_EQ(columns(SelfConsistent(a, 0.0).gram_state()), 2);
  EXPECT_EQ(columns(SelfConsistent(a, {0.0, 0.7}).gram_state()), 3);
  EXPECT_EQ(columns(SelfConsistent(a, {0.7, 0.0}).gram_state()), 5);
  EXPECT_EQ(columns(SelfConsistent(a, {1e-9, 0.7}).gram_state()), -1);
  const Task task = tasks::target(normal(3, 5, 1));
  EXPECT_EQ(columns(ExactFlow(SelfConsistent(a, 0.0), task).gram_state(2)), 2);
  EXPECT_EQ(columns(ExactFlow(SelfConsistent(a, {0.0, 0.7}), task).gram_state(2)), 3);
  EXPECT_EQ(columns(ExactFlow(SelfConsistent(a, 1e-3), task).gram_state(40)), -1);
  EXPECT_EQ(columns(ModeFlow(sample_spectrum(task), {.scales = {0.0, 0.7}}).gram_state(2)), 3);
  // Rescaling conserves the rank, whether it is known or not.
  EXPECT_EQ(columns(rescaled(GramState::from_weights(narrow(3, 5)), {1e-6, 1e6})), 3);
}

// A layer far smaller than the other, and components far smaller than the rest, are not rounding errors.
TEST(NarrowFactor, KeepsWhatIsSmall) {
  constexpr Shape shape{.outputs = 3, .inputs = 5};
  const Matrix q = normal(8, 8, 1);
  for (const double small : {1e-5, 1e-20}) {
    Matrix graded = q;
    graded.topRows(5) *= small;
    EXPECT_FALSE(narrow_factor(GramState::from_gram(graded * graded.transpose(), shape))) << small;
    const Matrix three = graded.leftCols(3);
    const GramState state = GramState::from_gram(three * three.transpose(), shape);
    const Matrix found = *narrow_factor(state);
    ASSERT_EQ(found.cols(), 3) << small;
    EXPECT_LT(relative(Matrix(found.topRows(5) * found.topRows(5).transpose()), state.input_representation()), 1e-14);
    EXPECT_LT(relative(Matrix(found.bottomRows(3) * found.topRows(5).transpose()), state.end_to_end()), 1e-14);
  }
  EXPECT_FALSE(narrow_factor(
      GramState(Vector{{1e-10, 2e-10}}.asDiagonal(), Matrix::Zero(2, 2), Vector{{1e4, 1e-30}}.asDiagonal())));
  // One mode is learned while the others are about 1e-12: in a second run these learn as in a single run.
  const Task task = tasks::target(normal(3, 5, 1));
  const GradientFlow first{.t_end = 9};
  const GramState start = networks::infinite_width(shape, 1e-12);
  const GramState between = std::get<GramState>(*train(start, task, first).final);
  const Vector s = linalg::singular_values(between.end_to_end());
  ASSERT_GT(s(0), 0.1);
  ASSERT_LT(s(2), 1e-6 * s(0));
  EXPECT_FALSE(narrow_factor(between));
  const GradientFlow second{.t_end = 51};
  EXPECT_LT(relative(end_to_end(*train(between, task, second).final), task.target()), 1e-9);
}

TEST(LowRank, BalancedDynamicsKeepTheRankOfA) {
  const Matrix y = normal(3, 5, 1);
  for (const Index rank : {1, 2}) {
    const Matrix a = 0.3 * normal(3, rank, 4) * normal(rank, 5, 5);
    for (const DeepCase& c : deep_cases()) {
      for (const double depth : {0.0, 2.0, 2.5, 3.0}) {  // 0: self-consistent
        const Network start = depth == 0 ? Network(SelfConsistent(a, 0.0)) : Network(DeepBalanced(a, depth));
        const auto check = [&](const auto& solver) {
          const Trajectory run = train(start, c.task, solver, at_the_end);
          EXPECT_EQ(run.outcome.status, Status::completed);
          EXPECT_EQ(linalg::graded_rank(end_to_end(*run.final)), rank) << c.name << ' ' << depth;
          if (c.task.train.mask()) {
            // The least error of a completion is not known; weights of this rank reach the same one.
            if (depth != 2) return;
            const DeepLinear weights = networks::balanced(a, 0, rank);
            EXPECT_NEAR(last_error(run), last_error(train(weights, c.task, solver, at_the_end)), 1e-6);
            return;
          }
          const double least = c.task.train.error_of(*c.task.train.least_of_rank(rank));
          EXPECT_GE(last_error(run), (1 - 1e-13) * least) << c.name << ' ' << depth << ' ' << rank;
          EXPECT_NEAR(last_error(run), least, 1e-5 * least) << c.name << ' ' << depth << ' ' << rank;
          EXPECT_THAT(run.warning, ::testing::HasSubstr("network: a start of rank " + std::to_string(rank)));
        };
        check(GradientFlow{.t_end = 80});
        check(GradientDescent{.step = 0.1, .max_steps = 1500});
      }
    }
  }
}

// ds/dt ~ s^{2 − 2/L} has an exponent below 1: from s = 0 it may start at any time.
TEST(LowRank, BetweenDepthsOneAndTwoTheFlowFromALowRankIsNotUnique) {
  const Matrix a = 0.3 * normal(3, 1, 4) * normal(1, 5, 5);
  const Task task = tasks::target(normal(3, 5, 1));
  for (const double depth : {1.01, 1.5, 1.99}) {
    EXPECT_EQ(error_of([&] { train(DeepBalanced(a, depth), task, GradientFlow{.t_end = 1}); }),
              "network.end_to_end: expected a matrix of full rank, for a depth between 1 and 2, got rank 1 of 3: the "
              "flow from there is not unique, as its rank may grow at any time\n"
              "  hint: start near it at full rank, or take a depth of 1, or of 2 and more");
    EXPECT_EQ(
        train(DeepBalanced(Matrix(a + 1e-3 * normal(3, 5, 6)), depth), task, GradientFlow{.t_end = 1}).outcome.status,
        Status::completed);
    // Nothing drives the other singular values of a target that has the start's own directions.
    const Trajectory run = train(DeepBalanced(a, depth), tasks::target(Matrix(2 * a)), GradientFlow{.t_end = 200});
    EXPECT_EQ(linalg::graded_rank(end_to_end(*run.final)), 1) << depth;
    EXPECT_LT(relative(end_to_end(*run.final), Matrix(2 * a)), 1e-8) << depth;
  }
  const Trajectory one_layer = train(DeepBalanced(a, 1), task, GradientFlow{.t_end = 40});
  EXPECT_LT(relative(end_to_end(*one_layer.final), task.target()), 1e-8);
}

TEST(LowRank, BalancedFlowIsThatOfNarrowWeightsAtAnyRates) {
  const Matrix a = 0.4 * normal(3, 2, 4) * normal(2, 5, 5);
  for (const DeepCase& c : deep_cases()) {
    for (const Layerwise& rates : {Layerwise(1.0), Layerwise{0.5, 1.5}}) {
      const GradientFlow flow{.t_end = 6, .rates = rates, .rtol = 1e-12, .atol = 1e-14};
      const Matrix expected = end_to_end(*train(networks::balanced(a, 0, 2, 0, rates), c.task, flow).final);
      EXPECT_LT(relative(end_to_end(*train(SelfConsistent(a, 0.0), c.task, flow).final), expected), 1e-9) << c.name;
      if (rates.uniform()) {
        EXPECT_LT(relative(end_to_end(*train(DeepBalanced(a, 2), c.task, flow).final), expected), 1e-9) << c.name;
      }
      EXPECT_LT(
          relative(
              end_to_end(*train(GramState::from_weights(networks::balanced(a, 0, 2, 0, rates)), c.task, flow).final),
              expected),
          1e-9)
          << c.name;
    }
  }
}

TEST(LowRank, BalancedDescentGoesOnFromItsEnd) {
  const Task task = tasks::target(normal(3, 5, 1));
  const Matrix a = 0.4 * normal(3, 2, 4) * normal(2, 5, 5);
  const auto steps = [](Index n) { return GradientDescent{.step = 0.02, .max_steps = n}; };
  for (const Network& start : {Network(SelfConsistent(a, 0.0)), Network(DeepBalanced(a, 2.5))}) {
    const Network half = *train(start, task, steps(2000)).final;
    EXPECT_LT(
        relative(end_to_end(*train(half, task, steps(2000)).final), end_to_end(*train(start, task, steps(4000)).final)),
        1e-12);
  }
}

// Full rank, though graded: every mode is learned.
TEST(LowRank, GradedBalancedStartsLearnAll) {
  const Task task = tasks::target(Matrix(Vector{{3.0, 2.0, 1.0}}.asDiagonal()));
  const Matrix a = Vector{{1.0, 1e-8, 1e-17}}.asDiagonal();
  for (const Network& start : {Network(SelfConsistent(a, 0.0)), Network(DeepBalanced(a, 2))}) {
    EXPECT_LT(relative(end_to_end(*train(start, task, GradientFlow{.t_end = 60}).final), task.target()), 1e-8);
  }
}

TEST(LowRank, StartsOfRankZeroStayAndSaySo) {
  const Task task = tasks::target(normal(3, 5, 1));
  for (const Network& start :
       {Network(networks::infinite_width(task.shape(), 0.0)), Network(SelfConsistent(Matrix::Zero(3, 5), 0.0))}) {
    const Trajectory run = train(start, task, GradientDescent{.step = 0.1, .max_steps = 50});
    EXPECT_EQ(end_to_end(*run.final), Matrix::Zero(3, 5));
    EXPECT_THAT(run.warning, ::testing::HasSubstr("network: a start of rank 0"));
    EXPECT_EQ(end_to_end(*train(start, task, GradientFlow{.t_end = 100}).final), Matrix::Zero(3, 5));
  }
}

TEST(LowRank, NoWarningWhereTheRankSuffices) {
  const Task low = tasks::target(normal(3, 2, 1) * normal(2, 5, 2));
  const GradientDescent one{.step = 0.01, .max_steps = 1};
  EXPECT_EQ(train(GramState::from_weights(narrow(2, 1)), low, one).warning, "");
  EXPECT_NE(train(GramState::from_weights(narrow(1, 1)), low, one).warning, "");
  EXPECT_EQ(train(SelfConsistent(Matrix(normal(3, 1, 1) * normal(1, 5, 2)), {0.0, 0.5}), low, one).warning, "");
  EXPECT_EQ(train(DeepBalanced(Matrix(normal(3, 1, 1) * normal(1, 5, 2)), 1), low, one).warning, "");
}

TEST(Linalg, GradedRank) {
  EXPECT_EQ(linalg::graded_rank(Matrix(normal(4, 2, 1) * normal(2, 6, 2))), 2);
  EXPECT_EQ(linalg::graded_rank(Matrix(Vector{{1e9, 1.0, 1e-30}}.asDiagonal())), 3);
  Matrix columns = normal(6, 4, 3);
  columns.col(2) *= 1e-25;
  EXPECT_EQ(linalg::graded_rank(columns), 4);
  EXPECT_EQ(linalg::graded_rank(columns.transpose()), 4);
  EXPECT_EQ(linalg::graded_rank(Matrix::Zero(3, 2)), 0);
  for (const Matrix& indefinite :
       {Matrix{{1.0, 2.0}, {2.0, 1.0}}, Matrix{{-1.0, 1.0}, {1.0, -1.0}}, Matrix{{0.0, 1.0}, {1.0, 0.0}}}) {
    EXPECT_FALSE(linalg::low_rank_factor(indefinite, 64 * epsilon));
  }
}

}  // namespace
}  // namespace linnet
