#include "linnet/sweeps/perceptrons.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/networks/perceptron_starts.hpp"
#include "linnet/perceptron/linearized.hpp"
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

Perceptron pairs(const config::Configuration& c, Shape shape) {
  const auto& n = c.network;
  if (shape.outputs != 1 || n.depth != 2 || n.activation != "relu") {
    bad_input({.field = "network.initialization",
               .expected = "\"pairs\" for two layers of ReLU and one output",
               .got = fmt::format("depth {}, {}, {} outputs", n.depth, n.activation, shape.outputs)});
  }
  return networks::spherical_pairs(shape.inputs, {.width = hidden_widths(c).front(),
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

}  // namespace

bool is_perceptron(const config::Configuration& c) { return c.network.kind == "perceptron"; }

void require_of_perceptrons(const config::Configuration& c) {
  if (c.solver.kind == "exact") {
    bad_input({.field = "solver.kind",
               .expected = "\"descent\" or \"flow\", for network.kind = \"perceptron\"",
               .got = "\"exact\"",
               .hint = "only its linearization is solved exactly: network.compare = \"linearized\""});
  }
  const std::string& compare = c.network.compare;
  if (compare != "none" && compare != "linearized") {
    bad_input({.field = "network.compare",
               .expected = "none or linearized, for network.kind = \"perceptron\"",
               .got = "\"" + compare + "\""});
  }
}

Perceptron make_perceptron(const config::Configuration& c, Shape shape) {
  const auto& n = c.network;
  if (n.initialization == "pairs") return pairs(c, shape);
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
  sizes.insert(sizes.begin(), shape.inputs);
  sizes.push_back(shape.outputs);
  return networks::gaussian_perceptron(sizes, {.variance = variances(n),
                                               .first_scale = n.alpha.value_or(1),
                                               .last_scale = n.last_scale,
                                               .activation = activation,
                                               .slope = n.slope,
                                               .seed = seed_of(c, n.seed)});
}

Index hidden_neurons(const config::Configuration& c) {
  if (c.network.kind == "neuron") return 1;
  if (is_perceptron(c) || c.network.kind == "deep") {
    const std::vector<Index> widths = hidden_widths(c);
    return widths.empty() ? 0 : widths.front();
  }
  if (c.network.width) return *c.network.width;
  bad_input({.field = "record.observables",
             .expected = "a network.width, for numbers of each hidden neuron in a sweep",
             .got = "none"});
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

Trajectory linearized_run(const config::Configuration& c, const Perceptron& start, const Task& task,
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

void add_teacher(Dataset& data, const Task& task) {
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
