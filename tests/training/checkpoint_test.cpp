#include "linnet/training/checkpoint.hpp"

#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/storage/network_file.hpp"
#include "linnet/training/train.hpp"
#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;
using testing::normal;
using testing::relative;

Task cut_task() {
  return tasks::regression({.inputs = normal(30, 5, 1),
                            .targets = normal(30, 3, 2),
                            .test_inputs = normal(20, 5, 3),
                            .test_targets = normal(20, 3, 4)});
}

Record cut_record() {
  return {.observables = {observables::cost(), observables::test_error()}, .schedule = Schedule::every(3)};
}

/// The whole state of a network, as what a file of it would hold.
Dataset state_of(const Network& network) { return storage::to_dataset(network); }

void expect_same_network(const Network& a, const Network& b, const std::string& what) {
  const Dataset one = state_of(a);
  const Dataset two = state_of(b);
  ASSERT_EQ(one.variables.size(), two.variables.size()) << what;
  for (std::size_t i = 0; i < one.variables.size(); ++i) {
    EXPECT_EQ(one.variables[i].reals(), two.variables[i].reals()) << what << ", " << one.variables[i].name;
  }
}

/// A run that is cut, written to a file's data set and continued is the run that is not, to the last bit.
void expect_continues(const Network& start, const Task& task, GradientDescent solver, const std::string& what) {
  solver.max_steps = 60;
  const Trajectory whole = train(start, task, solver, cut_record());
  solver.max_steps = 24;
  const Trajectory first = train(start, task, solver, cut_record());
  const auto held = storage::held_by(storage::to_dataset(first.checkpoint()));
  solver.max_steps = 60;
  const Trajectory second = train(std::get<Checkpoint>(held), task, solver, cut_record());
  ASSERT_EQ(whole.outcome.status, Status::completed) << what;
  expect_same_network(*second.final, *whole.final, what);
  const auto records = static_cast<Index>(second.time.size());
  ASSERT_EQ(records, 13) << what;  // steps 24, 27, … 60
  for (Index i = 0; i < records; ++i) {
    const auto later = static_cast<std::size_t>(static_cast<Index>(whole.time.size()) - records + i);
    EXPECT_EQ(second.step[static_cast<std::size_t>(i)], whole.step[later]) << what;
    EXPECT_EQ(second.time[static_cast<std::size_t>(i)], whole.time[later]) << what;
    // At the cut itself a cost that came with the last step is found again by another sum.
    for (const char* name : {"cost", "test_error"}) {
      const double right = whole.values(name)(static_cast<Index>(later));
      EXPECT_NEAR(second.values(name)(i), right, i == 0 ? 1e-15 * std::abs(right) : 0) << what << ", " << name;
    }
  }
  EXPECT_EQ(second.best->step, whole.best->step) << what;
  EXPECT_EQ(second.best->test_error, whole.best->test_error) << what;
}

TEST(Checkpoint, DescentContinuesBitForBit) {
  const Task task = cut_task();
  const DeepLinear two(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const DeepLinear three({normal(4, 5, 5, 0.4), normal(6, 4, 6, 0.4), normal(3, 6, 7, 0.4)});
  const Perceptron relu({normal(7, 5, 8, 0.4), normal(3, 7, 9, 0.4)});
  const GradientDescent plain{.step = 0.03};
  const GradientDescent heavy{.step = 0.01, .momentum = 0.8};
  const GradientDescent batches{.step = 0.01, .momentum = 0.5, .batch = 7, .seed = 3};
  for (const GradientDescent& solver : {plain, heavy, batches}) {
    expect_continues(two, task, solver, "two layers");
    expect_continues(three, task, solver, "three layers");
    expect_continues(relu, task, solver, "relu");
  }
  expect_continues(GramState::from_weights(two), task, plain, "narrow Gram state");
  expect_continues(networks::gaussian_gram(task.shape(), {.width = 100, .variance = 0.01}), task, plain, "Gram state");
  expect_continues(SelfConsistent(normal(3, 5, 1, 0.1), {0.5, 0.7}), task, plain, "self-consistent");
  expect_continues(DeepLinearized(three), task, plain, "linearized");
  expect_continues(DeepBalanced(normal(3, 5, 1, 0.1), 3), task, plain, "balanced");
}

TEST(Checkpoint, ContinuesStopRulesAndWhatObservablesCompareWith) {
  const Task task = cut_task();
  const DeepLinear start(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const Record what{.observables = {observables::parameter_distance(), observables::kernel_distance()}};
  for (const StopRule& rule : {stop::train_error_stalled(1e-3, 1e-2, 4), stop::test_error_rose(3, 4)}) {
    GradientDescent solver{.step = 0.03, .max_steps = 400, .stop = {rule}};
    const Trajectory whole = train(start, task, solver, what);
    ASSERT_EQ(whole.outcome.status, Status::stopped) << rule.name;
    // One step before the end both rules already count on steps before the cut.
    for (const Index cut : {whole.outcome.step / 2, whole.outcome.step - 1}) {
      solver.max_steps = cut;
      const Trajectory first = train(start, task, solver, what);
      ASSERT_EQ(first.outcome.status, Status::completed) << rule.name;
      solver.max_steps = 400;
      const Trajectory rest = train(first.checkpoint(), task, solver, what);
      EXPECT_EQ(rest.outcome.step, whole.outcome.step) << rule.name;
      EXPECT_EQ(rest.outcome.rule, rule.name);
      for (const char* name : {"parameter_distance", "kernel_distance"}) {
        EXPECT_EQ(rest.values(name).tail(1), whole.values(name).tail(1)) << name;
      }
    }
    // A run that a rule ended goes on beyond it when asked to.
    EXPECT_GT(train(whole.checkpoint(), task, solver).outcome.step, whole.outcome.step) << rule.name;
  }
}

TEST(Checkpoint, FlowContinuesToItsTolerance) {
  const Task task = cut_task();
  const DeepLinear start(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  for (const auto method : {GradientFlow::Method::adams, GradientFlow::Method::explicit_runge_kutta}) {
    GradientFlow solver{.t_end = 2, .rtol = 1e-10, .method = method};
    const Record what{.observables = {observables::cost()}, .schedule = Schedule::linear(9)};
    const Trajectory whole = train(start, task, solver, what);
    solver.t_end = 1;
    const Trajectory first = train(start, task, solver, {.observables = {}});
    solver.t_end = 2;
    const Trajectory second = train(first.checkpoint(), task, solver, what);
    ASSERT_EQ(second.time, (std::vector<double>{1, 1.25, 1.5, 1.75, 2}));
    EXPECT_LT(relative(Vector(second.values("cost")), Vector(whole.values("cost").tail(5))), 1e-8);
    EXPECT_LT(relative(end_to_end(*second.final), end_to_end(*whole.final)), 1e-8);
  }
}

/// Saved wherever it can be, and resumed from each save through what a file holds, a run is the run that was not cut.
template <class Solver>
void expect_resumes(const Network& start, const Task& task, const Solver& solver, Record record, std::size_t saves,
                    const std::string& what) {
  const Trajectory whole = train(start, task, solver, record);
  std::vector<Unfinished> saved;
  record.saving = {.due = [] { return true; }, .save = [&](const Unfinished& run) { saved.push_back(run); }};
  EXPECT_EQ(train(start, task, solver, record).time, whole.time) << what;
  ASSERT_GE(saved.size(), saves) << what;
  for (const Unfinished& run : saved) {
    record.saving = {.before = std::make_shared<const Recorded>(run.recorded)};
    const auto held = storage::held_by(storage::to_dataset(run.checkpoint));
    const Trajectory resumed = train(std::get<Checkpoint>(held), task, solver, record);
    EXPECT_EQ(resumed.step, whole.step) << what;
    EXPECT_EQ(resumed.time, whole.time) << what;
    for (const char* name : {"cost", "test_error"}) EXPECT_EQ(resumed.values(name), whole.values(name)) << what;
    EXPECT_EQ(resumed.best->step, whole.best->step) << what;
    EXPECT_EQ(resumed.best->test_error, whole.best->test_error) << what;
    EXPECT_EQ(resumed.outcome.step, whole.outcome.step) << what;
    ASSERT_EQ(resumed.outcome.events.size(), whole.outcome.events.size()) << what;
    for (std::size_t i = 0; i < whole.outcome.events.size(); ++i) {
      EXPECT_EQ(resumed.outcome.events[i].time, whole.outcome.events[i].time) << what;
    }
    expect_same_network(*resumed.final, *whole.final, what);
  }
}

TEST(Unfinished, DescentIsResumedBitForBitAtEachStep) {
  const Task task = cut_task();
  const DeepLinear two(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const Perceptron relu({normal(7, 5, 8, 0.4), normal(3, 7, 9, 0.4)});
  const GradientDescent plain{.step = 0.03, .max_steps = 40};
  const GradientDescent batches{.step = 0.01, .momentum = 0.5, .batch = 7, .seed = 3, .max_steps = 40};
  const GradientDescent stops{.step = 0.03, .max_steps = 40, .stop = {stop::train_error_stalled(1e-12, 1e-2, 4)}};
  for (const GradientDescent& solver : {plain, batches, stops}) {
    expect_resumes(two, task, solver, cut_record(), 40, "two layers");
    expect_resumes(relu, task, solver, cut_record(), 40, "relu");
  }
  expect_resumes(networks::gaussian_gram(task.shape(), {.width = 100, .variance = 0.01}), task, plain, cut_record(), 40,
                 "Gram state");
}

TEST(Unfinished, FlowIsResumedBitForBitWhereItsIntegratorBeginsAnew) {
  const Task task = cut_task();
  const DeepLinear two(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const Perceptron relu({normal(7, 5, 8, 0.4), normal(3, 7, 9, 0.4)});
  Record record = cut_record();
  record.schedule = Schedule::linear(15);
  using Method = GradientFlow::Method;
  for (const Method method : {Method::adams, Method::bdf, Method::explicit_runge_kutta}) {
    const GradientFlow solver{.t_end = 4, .rtol = 1e-7, .method = method, .restart_every = 25};
    expect_resumes(two, task, solver, record, 2, "two layers");
  }
  const GradientFlow implicit{.t_end = 4, .rtol = 1e-5, .method = Method::bdf, .restart_every = 25};
  expect_resumes(relu, task, implicit, record, 3, "relu");
  const double half = train(two, task, GradientFlow{.t_end = 4}, record).values("cost")(7);
  const GradientFlow events{
      .t_end = 4, .events = {{.kind = FlowEvent::Kind::cost_below, .value = half}}, .restart_every = 25};
  expect_resumes(two, task, events, record, 3, "events");
  EXPECT_EQ(train(two, task, events, record).outcome.events.size(), 1U);
}

TEST(Unfinished, AFlowThatBeginsAnewStaysWithinItsTolerance) {
  const Task task = cut_task();
  const DeepLinear start(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  GradientFlow solver{.t_end = 4, .rtol = 1e-10};
  const Trajectory whole = train(start, task, solver);
  solver.restart_every = 25;
  const Trajectory anew = train(start, task, solver);
  EXPECT_GT(anew.outcome.step, whole.outcome.step);
  EXPECT_LT(relative(end_to_end(*anew.final), end_to_end(*whole.final)), 1e-8);
}

TEST(Checkpoint, RefusesWhatHasNothingToContinue) {
  const Task task = cut_task();
  const DeepLinear start(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const Trajectory diverged = train(start, task, GradientDescent{.step = 100});
  EXPECT_NE(error_of([&] { (void)diverged.checkpoint(); }).find("diverged"), std::string::npos);
  const Trajectory run = train(start, task, GradientDescent{.max_steps = 10});
  const auto fewer = [&] { (void)train(run.checkpoint(), task, GradientDescent{.max_steps = 9}); };
  EXPECT_NE(error_of(fewer).find("solver.max_steps"), std::string::npos);
  const Trajectory flowed = train(start, task, GradientFlow{.t_end = 1});
  const auto earlier = [&] { (void)train(flowed.checkpoint(), task, GradientFlow{.t_end = 0.5}); };
  EXPECT_NE(error_of(earlier).find("solver.t_end"), std::string::npos);
}

TEST(Checkpoint, RefusesPartsThatDoNotFit) {
  const Task task = cut_task();
  const DeepLinear start(normal(4, 5, 5, 0.4), normal(3, 4, 6, 0.4));
  const Checkpoint good = train(start, task, GradientDescent{.momentum = 0.5, .max_steps = 5}).checkpoint();
  const auto error_with = [&](const auto& change) {
    Checkpoint c = good;
    change(c);
    return error_of([&] { (void)train(c, task, GradientDescent{.momentum = 0.5, .max_steps = 9}); });
  };
  const auto momentum = [](Checkpoint& c) { c.continuation.carried.momentum.front().resize(3, 3); };
  EXPECT_NE(error_with(momentum).find("momentum of the sizes"), std::string::npos);
  const auto kind = [](Checkpoint& c) {
    c.continuation.start = std::make_shared<const Network>(SelfConsistent(normal(3, 5, 1), 1.0));
  };
  EXPECT_NE(error_with(kind).find("a start like the network"), std::string::npos);
  const auto best = [](Checkpoint& c) { c.continuation.best_end_to_end = normal(2, 2, 1); };
  EXPECT_NE(error_with(best).find("best A"), std::string::npos);
  const auto step = [](Checkpoint& c) { c.continuation.carried.step = -1; };
  EXPECT_NE(error_with(step).find(">= 0"), std::string::npos);
}

}  // namespace
}  // namespace linnet
