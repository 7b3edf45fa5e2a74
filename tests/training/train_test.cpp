#include "linnet/training/train.hpp"

#include <algorithm>
#include <limits>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/gaussian.hpp"
#include "tests/support/core.hpp"

extern "C" {
int openblas_get_num_threads();
void openblas_set_num_threads(int threads);
}

namespace linnet {
namespace {

using testing::caught;
using testing::error_of;
using testing::normal;
using testing::relative;

constexpr Shape shape{.outputs = 4, .inputs = 6};

Task task_with_signal() { return tasks::target(normal(4, 6, 1), normal(4, 6, 2, 0.5)); }

DeepLinear small_weights(double deviation = 0.3) { return {normal(5, 6, 3, deviation), normal(4, 5, 4, deviation)}; }

/// A few steps of descent on the weights, written out.
struct ByHand {
  Matrix w1;
  Matrix w2;
  const Matrix& y;

  void step(const Layerwise& eta, Order order) {
    const Matrix r = w2 * w1 - y;
    const Matrix d1 = w2.transpose() * r;
    const Matrix before = w1;
    w1 -= eta[0] * d1;
    w2 -= eta[1] * r * (order == Order::sequential ? w1 : before).transpose();
  }
};

TEST(Train, DescendsAsTheWeightsDo) {
  const Task task = task_with_signal();
  const DeepLinear start = small_weights();
  for (const Order order : {Order::simultaneous, Order::sequential}) {
    for (const Layerwise& step : {Layerwise(0.02), Layerwise{0.01, 0.03}}) {
      ByHand hand{.w1 = start.w1(), .w2 = start.w2(), .y = task.target()};
      for (int i = 0; i < 50; ++i) hand.step(step, order);
      const GradientDescent solver{.step = step, .max_steps = 50, .order = order};
      const Matrix right = hand.w2 * hand.w1;
      for (const Network& network : {Network(start), Network(GramState::from_weights(start))}) {
        const Trajectory run = train(network, task, solver);
        EXPECT_LT(relative(end_to_end(*run.final), right), 1e-13);
        EXPECT_LT(relative(gram_state(*run.final).output_representation(), Matrix(hand.w2 * hand.w2.transpose())),
                  1e-13);
        EXPECT_NEAR(run.values("train_error")(50), (right - task.target()).squaredNorm() / 24, 1e-13);
        EXPECT_EQ(run.outcome.status, Status::completed);
        EXPECT_EQ(run.outcome.step, 50);
        EXPECT_NEAR(run.outcome.time, 50 * std::sqrt(step[0] * step[1]), 1e-14);
        EXPECT_EQ(run.outcome.rule, "");
      }
    }
  }
}

TEST(Train, RecordsErrorsBeforeEachUpdate) {
  const Task task = task_with_signal();
  const DeepLinear start = small_weights();
  const Trajectory run = train(
      start, task, GradientDescent{.step = 0.02, .max_steps = 10},
      {.observables = {observables::train_error(), observables::singular_values()}, .schedule = Schedule::every(4)});
  EXPECT_EQ(run.step, (std::vector<Index>{0, 4, 8, 10}));
  ASSERT_EQ(run.time.size(), 4U);
  EXPECT_NEAR(run.time[1], 0.08, 1e-15);
  EXPECT_EQ(run["singular_values"].values.rows(), 4);
  EXPECT_EQ(run["singular_values"].values.cols(), 4);
  ByHand hand{.w1 = start.w1(), .w2 = start.w2(), .y = task.target()};
  for (int k = 0; k <= 10; ++k) {
    const double error = (hand.w2 * hand.w1 - task.target()).squaredNorm() / 24;
    if (k % 4 == 0 || k == 10) {
      EXPECT_NEAR(run.values("train_error")(k == 10 ? 3 : k / 4), error, 1e-14) << k;
    }
    hand.step(0.02, Order::simultaneous);
  }
  EXPECT_EQ(error_of([&] { static_cast<void>(run["train_eror"]); }),
            "trajectory: expected the name of a recorded observable, got \"train_eror\"\n"
            "  hint: did you mean \"train_error\"?");
  EXPECT_EQ(error_of([&] { static_cast<void>(run.values("singular_values")); }),
            "trajectory: expected a scalar observable, got \"singular_values\", one a mode");
}

TEST(Train, ZeroStepsIsTheStart) {
  const Task task = task_with_signal();
  const Trajectory run = train(small_weights(), task, GradientDescent{.max_steps = 0});
  EXPECT_EQ(run.step, (std::vector<Index>{0}));
  EXPECT_EQ(run.outcome.status, Status::completed);
  EXPECT_EQ(end_to_end(*run.final), small_weights().end_to_end());
}

TEST(Train, RestartedIsTheSameRun) {
  const Task task = task_with_signal();
  const GramState gram = networks::gaussian_gram(shape, {.width = 40, .variance = 0.02, .seed = 1});
  for (const Network& start :
       {Network(small_weights()), Network(gram), Network(networks::self_consistent(gram, 0.8))}) {
    for (const Order order : {Order::simultaneous, Order::sequential}) {
      const auto steps = [&](Index n) { return GradientDescent{.step = 0.01, .max_steps = n, .order = order}; };
      const Trajectory straight = train(start, task, steps(60));
      const Trajectory half = train(start, task, steps(25));
      const Trajectory rest = train(*half.final, task, steps(35));
      EXPECT_EQ(end_to_end(*rest.final), end_to_end(*straight.final)) << "to the bit";
      EXPECT_EQ(gram_state(*rest.final).gram(), gram_state(*straight.final).gram());
      EXPECT_EQ(rest.values("train_error").tail(1), straight.values("train_error").tail(1));
    }
  }
}

TEST(Train, GivesTheSameBitsWhateverTheThreadsOfBlas) {
  const Task task = tasks::low_rank_plus_noise({.dim = 120, .rank = 3, .seed = 1});
  const GramState start = networks::gaussian_gram(task.shape(), {.width = 5000, .variance = 1e-3, .seed = 2});
  const int before = openblas_get_num_threads();
  std::vector<Trajectory> runs;
  for (const int threads : {1, 2}) {
    openblas_set_num_threads(threads);
    runs.push_back(train(start, task, GradientDescent{.step = 1e-3, .max_steps = 20},
                         {.observables = {observables::singular_values(), observables::kernel_distance()}}));
    EXPECT_EQ(openblas_get_num_threads(), threads) << "given back";
  }
  openblas_set_num_threads(before);
  EXPECT_EQ(gram_state(*runs[0].final).gram(), gram_state(*runs[1].final).gram());
  EXPECT_EQ(runs[0]["singular_values"].values, runs[1]["singular_values"].values);
  EXPECT_EQ(runs[0].values("kernel_distance"), runs[1].values("kernel_distance"));
}

TEST(Train, BestIsTheSmallestTestErrorOfAllSteps) {
  const Task task = task_with_signal();
  const GradientDescent solver{.step = 0.02, .max_steps = 200};
  const std::vector<Observable> errors{observables::train_error(), observables::test_error(),
                                       observables::stable_rank()};
  const Trajectory every = train(small_weights(0.1), task, solver, {.observables = errors});
  Index at = 0;
  const double least = every.values("test_error").minCoeff(&at);
  ASSERT_GT(at, 0);
  ASSERT_LT(at, 200) << "the test error must turn for this test";
  const Trajectory ends =
      train(small_weights(0.1), task, solver,
            {.observables = {}, .schedule = Schedule::ends(), .at_best = {observables::stable_rank()}});
  ASSERT_TRUE(ends.best.has_value());
  EXPECT_EQ(ends.best->step, at);
  EXPECT_NEAR(ends.best->time, 0.02 * static_cast<double>(at), 1e-14);
  EXPECT_EQ(ends.best->test_error, least);
  EXPECT_EQ(ends.best->train_error, every.values("train_error")(at));
  EXPECT_NEAR(ends.best->values.at("stable_rank"), every.values("stable_rank")(at), 1e-12);
  EXPECT_EQ(ends.step, (std::vector<Index>{0, 200}));
  EXPECT_FALSE(train(small_weights(), tasks::target(normal(4, 6, 1)), solver).best.has_value());
  EXPECT_EQ(error_of([&] { train(small_weights(), task, solver, {.at_best = {observables::alignment()}}); }),
            "record.at_best: expected a scalar observable of the end-to-end matrix, got \"alignment\"");
}

/// A rule that stores every history, and never fires.
StopRule witness(std::vector<ErrorHistory>& seen) {
  return {.name = "witness", .fires = [&seen](const ErrorHistory& h) {
            seen.push_back(h);
            return false;
          }};
}

TEST(Stop, RulesFireAtTheFirstStepTheirConditionHolds) {
  const Task task = task_with_signal();
  const auto run = [&](std::vector<StopRule> rules) {
    return train(small_weights(0.1), task, GradientDescent{.step = 0.02, .max_steps = 400, .stop = std::move(rules)},
                 {.observables = {observables::train_error(), observables::test_error(), observables::gradient_norm(),
                                  observables::cost()}});
  };
  const Trajectory all = run({});
  const Vector train_error = all.values("train_error");
  const Vector test_error = all.values("test_error");
  const auto first = [&](const std::function<bool(Index)>& holds) {
    Index k = 0;
    while (k <= 400 && !holds(k)) ++k;
    return k;
  };
  struct Case {
    StopRule rule;
    std::function<bool(Index)> holds;
  };
  const std::vector<Case> cases{
      {stop::train_error_below(0.3), [&](Index k) { return train_error(k) < 0.3; }},
      {stop::test_error_rose(2, 4),
       [&](Index k) { return k >= 4 && test_error(k) > test_error(k - 1) && test_error(k - 1) > test_error(k - 2); }},
      {stop::test_error_rose(5, 150),
       [&](Index k) {
         if (k < 150) return false;
         for (Index i = 0; i < 5; ++i) {
           if (!(test_error(k - i) > test_error(k - i - 1))) return false;
         }
         return true;
       }},
      {stop::train_error_stalled(1e-3, 0.1, 4),
       [&](Index k) {
         return k >= 4 && std::abs(train_error(k) - train_error(k - 1)) < 1e-3 && train_error(k) < train_error(0) - 0.1;
       }},
      {stop::gradient_below(1.0), [&](Index k) { return all.values("gradient_norm")(k) < 1.0; }},
      {stop::cost_below(2.0), [&](Index k) { return all.values("cost")(k) < 2.0; }}};
  for (const Case& c : cases) {
    const Index step = first(c.holds);
    ASSERT_GT(step, 0) << c.rule.name;
    ASSERT_LT(step, 400) << c.rule.name;
    const Trajectory stopped = run({c.rule});
    EXPECT_EQ(stopped.outcome.step, step) << c.rule.name;
    EXPECT_EQ(stopped.outcome.status, Status::stopped) << c.rule.name;
    EXPECT_EQ(stopped.outcome.rule, c.rule.name);
    EXPECT_EQ(stopped.step.back(), step) << "the last instant is recorded";
    EXPECT_EQ(stopped.values("train_error"), train_error.head(step + 1)) << c.rule.name;
  }
}

TEST(Stop, AStallNearTheStartDoesNotCount) {
  // From tiny weights the error hardly changes at first; a stall rule does not fire at this saddle.
  const Task task = task_with_signal();
  const Trajectory run =
      train(small_weights(1e-4), task,
            GradientDescent{.step = 0.02, .max_steps = 2000, .stop = {stop::train_error_stalled(2e-4)}});
  EXPECT_LT(std::abs(run.values("train_error")(5) - run.values("train_error")(4)), 2e-4);
  EXPECT_EQ(run.outcome.status, Status::stopped);
  EXPECT_LT(run.values("train_error").tail(1)(0), run.values("train_error")(0) - 1e-2);
}

TEST(Stop, TheFirstRuleThatFiresIsNamed) {
  const Task task = task_with_signal();
  const GradientDescent solver{
      .step = 0.02,
      .max_steps = 9,
      .stop = {stop::train_error_below(0), stop::cost_below(1e9), stop::train_error_below(1e9)}};
  const Trajectory run = train(small_weights(), task, solver);
  EXPECT_EQ(run.outcome.rule, "cost_below");
  EXPECT_EQ(run.outcome.step, 0);
  std::vector<std::string> names;
  for (const StopRule& rule : stop::mixed_authors()) names.push_back(rule.name);
  EXPECT_EQ(names, (std::vector<std::string>{"train_error_below", "test_error_rose", "train_error_stalled"}));
}

TEST(Stop, HistoriesAreTheRunsErrors) {
  std::vector<ErrorHistory> seen;
  const Task task = task_with_signal();
  const Trajectory run =
      train(small_weights(), task, GradientDescent{.step = 0.02, .max_steps = 30, .stop = {witness(seen)}},
            {.observables = {observables::train_error(), observables::test_error()}});
  ASSERT_EQ(seen.size(), 31U);
  for (std::size_t k = 0; k < seen.size(); ++k) {
    const auto i = static_cast<Index>(k);
    EXPECT_EQ(seen[k].step, i);
    EXPECT_EQ(seen[k].train, run.values("train_error")(i));
    EXPECT_EQ(seen[k].test, run.values("test_error")(i));
    EXPECT_EQ(seen[k].train_before, run.values("train_error")(std::max<Index>(0, i - 1)));
    EXPECT_EQ(seen[k].train_start, run.values("train_error")(0));
  }
}

// Near the largest stable step the errors oscillate about their limit: a fall between two rises resets the count.
TEST(Stop, RisesAreCountedOnlyWhenTheyFollowEachOther) {
  std::vector<ErrorHistory> seen;
  const Task task = task_with_signal();
  const double step = 0.9 / linalg::operator_norm(task.target());
  train(small_weights(), task, GradientDescent{.step = step, .max_steps = 30, .stop = {witness(seen)}});
  Index rises = 0;
  Index anew = 0;
  for (std::size_t k = 1; k < seen.size(); ++k) {
    const bool rose = seen[k].test > seen[k - 1].test;
    if (!rose && rises > 0) ++anew;
    rises = rose ? rises + 1 : 0;
    EXPECT_EQ(seen[k].test_rises, rises) << k;
  }
  EXPECT_GT(anew, 3) << "the error must swing for this test";
}

TEST(Train, RefusesBadInput) {
  const Task task = task_with_signal();
  const auto with = [&](const GradientDescent& solver) {
    return error_of([&] { train(small_weights(), task, solver); });
  };
  EXPECT_EQ(with({.step = 0.0}), "solver.step: expected a finite number > 0, got 0");
  EXPECT_EQ(with({.step = {1e-3, -1}}), "solver.step: expected a finite number > 0, got -1");
  EXPECT_EQ(with({.step = std::nan("")}), "solver.step: expected a finite number > 0, got nan");
  EXPECT_EQ(with({.max_steps = -1}), "solver.max_steps: expected a whole number >= 0, got -1");
  EXPECT_EQ(error_of([&] { train(DeepLinear(normal(5, 4, 3), normal(4, 5, 4)), task, GradientDescent{}); }),
            "network: expected a network of 4 x 6, the shape of the task, got 4 x 4\n"
            "  hint: shapes are outputs x inputs");
  const Task bare = tasks::target(normal(4, 6, 1));
  EXPECT_EQ(error_of([&] { train(small_weights(), bare, GradientDescent{.stop = {stop::test_error_rose()}}); }),
            "solver.stop: expected rules that need no test error, got test_error_rose\n"
            "  hint: give the task a signal or held-out data, or drop the rule");
  EXPECT_EQ(error_of([] { stop::train_error_below(-1); }),
            "stop.train_error_below: expected a finite number >= 0, got -1");
  EXPECT_EQ(error_of([] { stop::test_error_rose(0); }),
            "stop.test_error_rose.times: expected a whole number >= 1, got 0");
}

TEST(Train, DivergenceIsCaughtAtItsStep) {
  const Task task = task_with_signal();
  for (const Network& start : {Network(small_weights()), Network(GramState::from_weights(small_weights()))}) {
    const Trajectory run = train(start, task, GradientDescent{.step = 2.0, .max_steps = 1000},
                                 {.observables = {observables::cost(), observables::imbalance_drift()}});
    EXPECT_EQ(run.outcome.status, Status::diverged);
    EXPECT_LT(run.outcome.step, 20);
    EXPECT_EQ(run.step.back(), run.outcome.step);
    const Vector cost = run.values("cost");
    const double limit = 1e6 * std::max(cost(0), task.target().squaredNorm() / 2);
    for (Index k = 0; k + 1 < cost.size(); ++k) EXPECT_LE(cost(k), limit);
    EXPECT_FALSE(cost(cost.size() - 1) <= limit);
    EXPECT_LE(run.best->step, run.outcome.step);
  }
}

// One step of this size makes the state non-finite; earlier records are kept.
TEST(Train, ARunThatEndsInNanKeepsWhatItHad) {
  const Task task = task_with_signal();
  for (const Network& start : {Network(small_weights()), Network(GramState::from_weights(small_weights())),
                               Network(SelfConsistent(Matrix::Zero(4, 6), 1.0))}) {
    const Trajectory run = train(
        start, task, GradientDescent{.step = 1e300, .max_steps = 10},
        {.observables = {observables::train_error(), observables::kernel_distance(), observables::singular_values()}});
    EXPECT_EQ(run.outcome.status, Status::diverged);
    EXPECT_LE(run.outcome.step, 2);
    EXPECT_GT(run.values("train_error")(0), 0);
    EXPECT_TRUE(std::isfinite(run.values("kernel_distance")(0)));
    EXPECT_TRUE(run["singular_values"].values.row(0).allFinite());
    EXPECT_FALSE(std::isfinite(run.values("kernel_distance").tail(1)(0)));
    if (run.final) {
      EXPECT_TRUE(end_to_end(*run.final).allFinite());
    }
    EXPECT_EQ(run.best->step, 0);
  }
}

TEST(Train, TheObserverInterrupts) {
  const Task task = task_with_signal();
  std::vector<double> done;
  const Trajectory run =
      train(small_weights(), task, GradientDescent{.step = 0.01, .max_steps = 100}, {}, [&](const Progress& p) {
        EXPECT_EQ(p.total, 100);
        done.push_back(p.done);
        return p.done < 7;
      });
  EXPECT_EQ(run.outcome.status, Status::interrupted);
  EXPECT_EQ(run.outcome.step, 7);
  EXPECT_EQ(run.step.size(), 8U);
  EXPECT_EQ(done.size(), 8U);
  EXPECT_EQ(end_to_end(*run.final),
            end_to_end(*train(small_weights(), task, GradientDescent{.step = 0.01, .max_steps = 7}).final))
      << "what was computed is what a run of 7 steps gives";
}

TEST(Status, HasItsWords) {
  EXPECT_STREQ(to_string(Status::completed), "completed");
  EXPECT_STREQ(to_string(Status::stopped), "stopped");
  EXPECT_STREQ(to_string(Status::diverged), "diverged");
  EXPECT_STREQ(to_string(Status::interrupted), "interrupted");
}

TEST(Compare, RunsTwoNetworksInLockstep) {
  const Task task = task_with_signal();
  const GramState gram = networks::gaussian_gram(shape, {.width = 50, .variance = 0.02, .seed = 3});
  const SelfConsistent closed = networks::self_consistent(gram, 1.0);
  const GradientDescent solver{
      .step = 0.01, .max_steps = 40, .order = Order::sequential, .stop = {stop::cost_below(3)}};
  const Record record{.observables = {observables::train_error(), observables::active()},
                      .schedule = Schedule::every(5)};
  const Comparison both = compare(gram, closed, task, solver, record);
  const Trajectory one = train(gram, task, solver, record);
  EXPECT_EQ(both.first.values("train_error"), one.values("train_error"));
  EXPECT_EQ(both.first.outcome.step, one.outcome.step);
  EXPECT_EQ(both.first.outcome.rule, one.outcome.rule);
  GradientDescent as_long = solver;
  as_long.stop = {};
  as_long.max_steps = one.outcome.step;
  const Trajectory two = train(closed, task, as_long, record);
  EXPECT_EQ(both.second.values("train_error"), two.values("train_error"));
  EXPECT_EQ(both.second.step, both.first.step);
  EXPECT_EQ(both.first.threshold, both.second.threshold) << "one κ for both";
  ASSERT_EQ(both.distance.size(), static_cast<Index>(both.first.step.size()));
  EXPECT_EQ(both.distance(0), 0);
  double largest = 0;
  for (Index k = 0; k <= one.outcome.step; ++k) {
    as_long.max_steps = k;
    const double distance =
        (end_to_end(*train(gram, task, as_long).final) - end_to_end(*train(closed, task, as_long).final)).norm();
    largest = std::max(largest, distance);
    const auto at = std::find(both.first.step.begin(), both.first.step.end(), k);
    if (at != both.first.step.end()) {
      EXPECT_NEAR(both.distance(at - both.first.step.begin()), distance, 1e-13);
    }
  }
  EXPECT_NEAR(both.largest_distance, largest, 1e-13);
  EXPECT_GT(largest, 0);
}

TEST(Compare, OfTheSameNetworkIsZero) {
  const Task task = task_with_signal();
  const Comparison both =
      compare(small_weights(), small_weights(), task, GradientDescent{.step = 0.01, .max_steps = 20});
  EXPECT_EQ(both.largest_distance, 0);
  EXPECT_EQ(both.first.best->test_error, both.second.best->test_error);
}

TEST(Trace, FollowsTheModes) {
  const Task task = task_with_signal();
  const ModeFlow exact(sample_spectrum(task), {.scales = {0.3, 0.8}});
  const Trajectory run =
      trace(exact, task, 2.0,
            {.observables = {observables::singular_values(), observables::train_error(), observables::test_error(),
                             observables::imbalance_drift(), observables::closure_residual()},
             .schedule = Schedule::linear(9)});
  ASSERT_EQ(run.time.size(), 9U);
  for (Index k = 0; k < 9; ++k) {
    const double t = 0.25 * static_cast<double>(k);
    EXPECT_EQ(run.time[static_cast<std::size_t>(k)], t);
    Vector modes = exact.modes(t);
    std::sort(modes.data(), modes.data() + modes.size(), std::greater<>());
    EXPECT_LT((run["singular_values"].values.row(k).transpose() - modes).norm(), 1e-13);
    EXPECT_NEAR(run.values("train_error")(k), exact.train_error(t), 1e-13);
    EXPECT_NEAR(run.values("test_error")(k), exact.test_error(t), 1e-13);
    EXPECT_LT(run.values("imbalance_drift")(k), 1e-13) << "conserved by the exact flow";
    EXPECT_LT(run.values("closure_residual")(k), 1e-14);
  }
  EXPECT_EQ(run.threshold, exact.threshold());
  EXPECT_NEAR(run.best->test_error, exact.best().test_error, 1e-15);
  EXPECT_EQ(run.outcome.status, Status::completed);
  EXPECT_EQ(run.outcome.time, 2.0);
  EXPECT_LT(relative(end_to_end(*run.final), exact.end_to_end(2.0)), 1e-14);
  EXPECT_EQ(error_of([&] { trace(exact, task, -1); }), "solver.t_end: expected a time >= 0, got -1");
}

// Earlier records are kept, bit for bit; the last record is the end.
TEST(Trace, InterruptedKeepsItsRecords) {
  const Task task = task_with_signal();
  const Record record{.observables = {observables::test_error(), observables::closure_residual()},
                      .schedule = Schedule::linear(9)};
  const ModeFlow modes(sample_spectrum(task), {.scales = 0.5});
  const ExactFlow exact(networks::infinite_width(shape, 0.5), task);
  const auto follow = [&](const auto& traced) {
    const Trajectory all = traced(Observer());
    std::vector<double> seen;
    const Trajectory part = traced([&](const Progress& p) {
      seen.push_back(p.done);
      EXPECT_EQ(p.total, 9);
      return p.done < 4;
    });
    EXPECT_EQ(seen, (std::vector<double>{1, 2, 3, 4}));
    EXPECT_EQ(part.outcome.status, Status::interrupted);
    EXPECT_EQ(part.outcome.time, 0.75);
    EXPECT_EQ(part.time, (std::vector<double>{0, 0.25, 0.5, 0.75}));
    for (const Series& s : part.series) EXPECT_EQ(s.values, all[s.name].values.topRows(4));
    EXPECT_FALSE(part.best.has_value());
    EXPECT_LT(relative(end_to_end(*part.final), modes.end_to_end(0.75)), 1e-13);
    EXPECT_TRUE(all.best.has_value());
  };
  follow([&](const Observer& o) { return trace(modes, task, 2.0, record, o); });
  follow([&](const Observer& o) { return trace(exact, 2.0, record, o); });
  // Interrupted during the search for the optimum: all records, and no optimum.
  int asked = 0;
  const Trajectory no_best = trace(exact, 2.0, record, [&](const Progress&) { return ++asked < 20; });
  EXPECT_EQ(no_best.outcome.status, Status::interrupted);
  EXPECT_EQ(no_best.time.size(), 9U);
  EXPECT_FALSE(no_best.best.has_value());
}

// Descent with a small step follows the flow: the error is of first order in the step.
TEST(Trace, IsTheLimitOfDescent) {
  const Task task = task_with_signal();
  const Layerwise scales{0.3, 0.8};
  const ModeFlow exact(sample_spectrum(task), {.scales = scales, .rates = {2.0, 0.5}});
  const Network start = networks::infinite_width(shape, scales);
  const auto miss = [&](Index steps) {
    const double step = 1.0 / static_cast<double>(steps);
    const Trajectory run = train(start, task, GradientDescent{.step = {2 * step, 0.5 * step}, .max_steps = steps},
                                 {.schedule = Schedule::ends()});
    EXPECT_NEAR(run.time.back(), 1, 1e-12);
    return relative(gram_state(*run.final).gram(), exact.gram_state(1).gram());
  };
  const double coarse = miss(2000);
  EXPECT_LT(coarse, 2e-3);
  EXPECT_NEAR(coarse / miss(4000), 2, 0.02);
}

}  // namespace
}  // namespace linnet
