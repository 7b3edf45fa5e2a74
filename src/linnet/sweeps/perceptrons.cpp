#include "linnet/sweeps/perceptrons.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

namespace {

PerceptronRun train_perceptron(const config::Configuration& c, const Perceptron& start, const PerceptronTask& task,
                               const PerceptronRecord& record, const Observer& observer) {
  const config::SolverKind& solver = *c.solver.kind;
  if (solver.closed_form()) {
    bad_input({.field = "solver.kind",
               .expected = "\"descent\" or \"flow\", for network.kind = \"perceptron\"",
               .got = "\"exact\"",
               .hint = "only its linearization is solved exactly: network.compare = \"linearized\""});
  }
  const Layerwise step = solver.step() != nullptr ? perceptron_step(c) : Layerwise(1.0);
  if (solver.by_steps()) return train(start, task, *solver.descent(step, c.seed), record, observer);
  GradientFlow flow = *solver.flow(c.solver.rates, std::nan(""));
  if (solver.matches_descent()) flow.t_end = step.geometric_mean() * static_cast<double>(solver.steps());
  return train(start, task, flow, record, observer);
}

/// Train and test error of the perceptron's tangent model at its start, at the instants of the run; nothing else is
/// known of it.
Trajectory linearized_run(const config::Configuration& c, const Perceptron& start, const PerceptronTask& task,
                          const Trajectory& like) {
  if (const char* beside = c.solver.kind->beside_all_samples()) {
    bad_input({.field = "network.compare",
               .expected = "descent on all samples and no momentum, for \"linearized\"",
               .got = beside});
  }
  const bool descent = c.solver.kind->by_steps();
  const PerceptronLinearized lazy(start, task, descent ? perceptron_step(c) : c.solver.rates);
  Trajectory t{.step = like.step, .time = like.time, .outcome = like.outcome, .shape = like.shape};
  for (const Series& s : like.series) {
    t.series.push_back(s);
    Matrix& values = t.series.back().values;
    values.setConstant(std::nan(""));
    const bool on_train = s.name == "train_error" || s.name == "cost";
    if (!on_train && s.name != "test_error") continue;
    for (Index i = 0; i < values.rows(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (descent) {
        values(i, 0) = on_train ? lazy.train_error_after(t.step[at]) : lazy.test_error_after(t.step[at]);
      } else {
        values(i, 0) = on_train ? lazy.train_error(t.time[at]) : lazy.test_error(t.time[at]);
      }
    }
  }
  return t;
}

}  // namespace

bool is_perceptron(const config::Configuration& c) { return c.network.kind->is_perceptron(); }

PerceptronTask make_perceptron_task(const config::Configuration& c) {
  return c.task.kind->make_for_perceptron(
      {.seed = seed_of(c, c.task.seed), .slope = c.network.kind->slope(), .folder = c.folder});
}

PerceptronRecord make_perceptron_record(const config::Configuration& c) {
  return {.observables = perceptron_observables::by_names(c.record.observables), .schedule = make_schedule(c)};
}

Index length_of(const PerceptronObservable& observable, const config::Configuration& c, Shape shape) {
  if (observable.over == Over::nothing) return 1;
  const Index neurons = c.network.kind->neurons();
  return observable.over == Over::neurons ? neurons : neurons * shape.inputs;
}

Layerwise perceptron_step(const config::Configuration& c) {
  const config::StepSize& step = *c.solver.kind->step();
  if (const Layerwise* numbers = step.numbers()) return *numbers;
  const std::optional<double> of_pairs = c.network.kind->rich_quick_step();
  if (!step.rich_quick() || !of_pairs) {
    bad_input({.field = "solver.step",
               .expected = "numbers, or \"rich_quick\" with network.initialization = \"pairs\"",
               .got = step.rule()});
  }
  return *of_pairs;
}

Execution execute_perceptron(const config::Configuration& c, const PreparedTask& task, const Start& start,
                             const PerceptronRecord& record, const Observer& observer) {
  const std::string& compare = c.network.compare;
  if (compare != "none" && compare != "linearized") {
    bad_input({.field = "network.compare",
               .expected = "none or linearized, for network.kind = \"perceptron\"",
               .got = "\"" + compare + "\""});
  }
  PerceptronRun run = train_perceptron(c, *start.perceptron, *task.perceptron, record, observer);
  Execution e;
  e.perceptron = std::move(run.final);
  e.runs.push_back({.dynamics = name_of_run(c), .phases = {std::move(run.trajectory)}});
  if (compare == "linearized") {
    Trajectory& own = e.runs.front().phases.front();
    try {
      const Interruptible interruptible([&] { return !observer || observer({}); });
      e.runs.push_back(
          {.dynamics = name_of_companion(c), .phases = {linearized_run(c, *start.perceptron, *task.perceptron, own)}});
    } catch (const Error& error) {
      if (!is_interruption(error)) throw;
      own.outcome.status = Status::interrupted;  // it is kept
    }
  }
  return e;
}

void add_teacher(Dataset& data, const PerceptronTask& task) {
  if (!task.teacher || task.teacher->depth() != 2 || task.teacher->outputs() != 1) return;
  const Matrix directions = task.teacher->weights()[0].transpose();  // its columns one after another
  const Matrix& readouts = task.teacher->weights()[1];
  add_dimensions(data, {{"teacher_neuron", readouts.cols()}, {"input", directions.rows()}});
  data.add({.name = "teacher_direction",
            .dims = {"teacher_neuron", "input"},
            .values = std::vector<double>(directions.data(), directions.data() + directions.size()),
            .attributes = {{"long_name", "w of the teacher's neurons"}, {"units", "1"}}});
  data.add({.name = "teacher_readout",
            .dims = {"teacher_neuron"},
            .values = std::vector<double>(readouts.data(), readouts.data() + readouts.size()),
            .attributes = {{"long_name", "a of the teacher's neurons"}, {"units", "1"}}});
}

}  // namespace linnet::sweeps
