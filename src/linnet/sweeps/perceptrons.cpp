#include "linnet/sweeps/perceptrons.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/perceptron/linearized.hpp"
#include "linnet/perceptron/starts.hpp"
#include "linnet/perceptron/structured_tasks.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

namespace {

/// Of the hidden layers.
std::vector<Index> hidden_widths(const config::Configuration& c) {
  const auto& n = c.network;
  const Index depth = layers_of(c);
  std::vector<Index> hidden;
  for (const double w : n.widths) hidden.push_back(whole(w, "network.widths"));
  if (n.widths.empty()) {
    if (!n.width && depth > 1) {
      bad_input({.field = "network.width", .expected = "a number of hidden neurons", .got = "none"});
    }
    hidden.assign(static_cast<std::size_t>(depth - 1), n.width.value_or(1));
  }
  if (static_cast<Index>(hidden.size()) != depth - 1) {
    bad_input({.field = "network.widths",
               .expected = fmt::format("{} numbers, one a hidden layer", depth - 1),
               .got = fmt::format("{}", hidden.size())});
  }
  return hidden;
}

Perceptron pairs(const config::Configuration& c, const PerceptronTask& task) {
  const auto& n = c.network;
  if (task.shape().outputs != 1 || n.depth != 2 || n.activation != "relu") {
    bad_input({.field = "network.initialization",
               .expected = "\"pairs\" for two layers of ReLU and one output",
               .got = fmt::format("depth {}, {}, {} outputs", n.depth, n.activation, task.shape().outputs)});
  }
  return networks::spherical_pairs(task.shape().inputs, {.width = hidden_widths(c).front(),
                                                         .tau = n.tau,
                                                         .alpha = n.alpha,
                                                         .delta = n.delta,
                                                         .antisymmetric = n.antisymmetric,
                                                         .slope = n.slope,
                                                         .seed = seed_of(c, n.seed)});
}

std::optional<Layerwise> variances(const config::NetworkSection& n) {
  if (!n.variance) return std::nullopt;
  if (const auto* numbers = std::get_if<Layerwise>(&*n.variance)) return *numbers;
  if (std::get<std::string>(*n.variance) == "he") return std::nullopt;
  bad_input({.field = "network.variance",
             .expected = "numbers or \"he\", for a perceptron",
             .got = "\"" + std::get<std::string>(*n.variance) + "\""});
}

PerceptronRun train_perceptron(const config::Configuration& c, const Perceptron& start, const PerceptronTask& task,
                               const PerceptronRecord& record, const Observer& observer) {
  if (c.solver.kind == "exact") {
    bad_input({.field = "solver.kind",
               .expected = "\"descent\" or \"flow\", for network.kind = \"perceptron\"",
               .got = "\"exact\"",
               .hint = "only its linearization is solved exactly: network.compare = \"linearized\""});
  }
  const Layerwise step = c.solver.kind == "descent" || c.solver.match_descent ? perceptron_step(c) : Layerwise(1.0);
  if (c.solver.kind == "descent") return train(start, task, make_descent(c, step), record, observer);
  GradientFlow flow = make_flow(c, std::nan(""));
  if (c.solver.match_descent) flow.t_end = step.geometric_mean() * static_cast<double>(c.solver.max_steps);
  return train(start, task, flow, record, observer);
}

/// Train and test error of the perceptron's tangent model at its start, at the instants of the run; nothing else is
/// known of it.
Trajectory linearized_run(const config::Configuration& c, const Perceptron& start, const PerceptronTask& task,
                          const Trajectory& like) {
  if (c.solver.momentum != 0 || c.solver.batch != 0) {
    bad_input({.field = "network.compare",
               .expected = "descent on all samples and no momentum, for \"linearized\"",
               .got = c.solver.momentum != 0 ? "momentum" : "batches"});
  }
  const bool descent = c.solver.kind == "descent";
  const PerceptronLinearized lazy(start, task, descent ? perceptron_step(c) : std::get<Layerwise>(c.solver.rates));
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

bool is_perceptron(const config::Configuration& c) { return c.network.kind == "perceptron"; }

PerceptronTask make_perceptron_task(const config::Configuration& c) {
  const auto& t = c.task;
  if (t.kind == "teacher") {
    return tasks::teacher({.dim = t.dim,
                           .neurons = t.neurons,
                           .samples = t.samples,
                           .test_samples = t.test_samples,
                           .slope = c.network.slope,
                           .seed = seed_of(c, t.seed)});
  }
  if (t.kind == "random_hierarchy") {
    return tasks::random_hierarchy({.levels = t.levels,
                                    .features = t.features,
                                    .synonyms = t.synonyms,
                                    .branching = t.branching,
                                    .classes = t.classes,
                                    .samples = t.samples,
                                    .test_samples = t.test_samples,
                                    .seed = seed_of(c, t.seed)});
  }
  if (t.kind == "modular_addition") {
    return tasks::modular_addition({.modulus = t.modulus, .fraction = t.fraction, .seed = seed_of(c, t.seed)});
  }
  if (t.kind == "regression") return tasks::perceptron_regression(regression_data(c));
  bad_input({.field = "task.kind",
             .expected = "teacher, random_hierarchy, modular_addition or regression, for network.kind = \"perceptron\"",
             .got = "\"" + t.kind + "\""});
}

Perceptron make_perceptron(const config::Configuration& c, const PerceptronTask& task) {
  const auto& n = c.network;
  if (n.initialization == "pairs") return pairs(c, task);
  const Activation activation = n.activation == "relu" ? Activation::relu : Activation::quadratic;
  if (n.initialization == "weights") {
    return Perceptron(weights_from_files(c), {.activation = activation, .slope = n.slope});
  }
  if (n.initialization != "gaussian") {
    bad_input({.field = "network.initialization",
               .expected = "pairs, gaussian or weights, for network.kind = \"perceptron\"",
               .got = "\"" + n.initialization + "\""});
  }
  std::vector<Index> sizes = hidden_widths(c);
  sizes.insert(sizes.begin(), task.shape().inputs);
  sizes.push_back(task.shape().outputs);
  return networks::gaussian_perceptron(sizes, {.variance = variances(n),
                                               .first_scale = n.alpha.value_or(1),
                                               .last_scale = n.last_scale,
                                               .activation = activation,
                                               .slope = n.slope,
                                               .seed = seed_of(c, n.seed)});
}

PerceptronRecord make_perceptron_record(const config::Configuration& c) {
  return {.observables = perceptron_observables::by_names(c.record.observables), .schedule = make_schedule(c)};
}

Index length_of(const PerceptronObservable& observable, const config::Configuration& c, Shape shape) {
  if (observable.over == Over::nothing) return 1;
  const Index neurons = hidden_widths(c).front();
  return observable.over == Over::neurons ? neurons : neurons * shape.inputs;
}

Layerwise perceptron_step(const config::Configuration& c) {
  if (const auto* numbers = std::get_if<Layerwise>(&c.solver.step)) return *numbers;
  if (std::get<std::string>(c.solver.step) != "rich_quick" || c.network.initialization != "pairs") {
    bad_input({.field = "solver.step",
               .expected = "numbers, or \"rich_quick\" with network.initialization = \"pairs\"",
               .got = "\"" + std::get<std::string>(c.solver.step) + "\""});
  }
  return 5e-3 / (c.network.tau * c.network.tau);
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
