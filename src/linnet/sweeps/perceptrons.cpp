#include "linnet/sweeps/perceptrons.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"
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
  if (neurons == 0) {
    bad_input({.field = "record.observables",
               .expected = "none over neurons, in a sweep whose networks have no width of their own",
               .got = "\"" + observable.name + "\""});
  }
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
  const std::unique_ptr<Companion> companion = make_companion(c, task, start);
  PerceptronRun run = train_perceptron(c, *start.perceptron, *task.perceptron, record, observer);
  Execution e;
  e.perceptron = std::move(run.final);
  e.runs.push_back({.dynamics = name_of_run(c), .phases = {std::move(run.trajectory)}});
  if (companion) companion->finish(e, observer);
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
