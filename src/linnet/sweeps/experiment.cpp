#include "linnet/sweeps/experiment.hpp"

#include <fmt/format.h>
#include <gnu/libc-version.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/vectors.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/networks/deep_starts.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/neuron.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/sweeps/perceptrons.hpp"
#include "linnet/tasks/one_hot.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/tasks/teacher.hpp"
#include "linnet/version.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;
using config::LayerValue;

using storage::Vectors;

Matrix load(const Configuration& c, const std::string& name, const char* field, Vectors vectors = Vectors::refused) {
  if (name.empty()) {
    bad_input({.field = field,
               .expected = "a matrix file (.npy or .csv)",
               .got = "none",
               .hint = "name one in the configuration"});
  }
  return storage::read_matrix(c.folder / name, field, vectors);
}

std::optional<Matrix> load_if(const Configuration& c, const std::string& name, const char* field,
                              Vectors vectors = Vectors::refused) {
  if (name.empty()) return std::nullopt;
  return load(c, name, field, vectors);
}

Shape shape_of_task(const config::TaskSection& t) {
  if (t.shape.size() != 2) {
    bad_input({.field = "task.shape",
               .expected = "[n_2, n_0], outputs and inputs",
               .got = fmt::format("{} numbers", t.shape.size())});
  }
  return {.outputs = whole(t.shape[0], "task.shape"), .inputs = whole(t.shape[1], "task.shape")};
}

Vector numbers_of(const std::vector<double>& list) {
  return Eigen::Map<const Vector>(list.data(), static_cast<Index>(list.size()));
}

Vector modes_of_task(const config::TaskSection& t) { return numbers_of(t.modes); }

Task modes_task(const config::TaskSection& t, std::uint64_t seed) {
  return tasks::modes({.shape = shape_of_task(t), .values = modes_of_task(t), .seed = seed});
}

Normalisation normalisation_of(const config::TaskSection& t) {
  const bool half = t.cost == "half_mean_square";
  return {.half = half, .mean_over_outputs = half};
}

Task make_task(const Configuration& c, std::uint64_t seed) {
  const auto& t = c.task;
  if (t.kind == "modes") return modes_task(t, seed);
  if (t.kind == "hierarchy") return tasks::hierarchy(t.levels);
  if (t.kind == "low_rank_regression") {
    return tasks::low_rank_regression({.shape = shape_of_task(t),
                                       .values = modes_of_task(t),
                                       .samples = t.samples,
                                       .condition = t.condition,
                                       .noise = t.noise,
                                       .seed = seed,
                                       .normalisation = normalisation_of(t)});
  }
  if (t.kind == "teacher") {
    return tasks::teacher({.dim = t.dim,
                           .neurons = t.neurons,
                           .samples = t.samples,
                           .test_samples = t.test_samples,
                           .slope = c.network.slope,
                           .seed = seed,
                           .normalisation = normalisation_of(t)});
  }
  if (t.kind == "random_hierarchy") {
    return tasks::random_hierarchy({.levels = t.levels,
                                    .features = t.features,
                                    .synonyms = t.synonyms,
                                    .branching = t.branching,
                                    .classes = t.classes,
                                    .samples = t.samples,
                                    .test_samples = t.test_samples,
                                    .seed = seed,
                                    .normalisation = normalisation_of(t)});
  }
  if (t.kind == "modular_addition") {
    return tasks::modular_addition(
        {.modulus = t.modulus, .fraction = t.fraction, .seed = seed, .normalisation = normalisation_of(t)});
  }
  if (t.kind == "coefficients") {
    return tasks::coefficients({.values = numbers_of(t.coefficients),
                                .inputs = t.shape.empty() ? 0 : shape_of_task(t).inputs,
                                .samples = t.whiten ? 0 : t.samples,
                                .noise = t.whiten ? 0 : t.noise,
                                .seed = seed});
  }
  if (t.kind == "low_rank_plus_noise") {
    return tasks::low_rank_plus_noise({.dim = t.dim, .rank = t.rank, .noise = t.noise, .seed = seed});
  }
  if (t.kind == "target") {
    return tasks::target(load(c, t.file, "task.file"), load_if(c, t.signal, "task.signal"));
  }
  if (t.kind == "regression") return tasks::regression(regression_data(c));
  tasks::Completion o{.target = {}, .mask = load_if(c, t.mask, "task.mask"), .seed = seed};
  if (t.file.empty() && !t.modes.empty()) {  // all of a target of given modes is known to test against
    o.target = modes_task(t, seed).target();
    o.signal = o.target;
  } else if (t.file.empty()) {  // the Mixed task, seen in part: tested against its signal
    const Task whole = tasks::low_rank_plus_noise({.dim = t.dim, .rank = t.rank, .noise = t.noise, .seed = seed});
    o.target = whole.target();
    o.signal = whole.test->target();
  } else {
    o.target = load(c, t.file, "task.file");
    o.signal = load_if(c, t.signal, "task.signal");
  }
  const bool by_default = t.fraction == config::TaskSection().fraction;
  if (!o.mask && !(by_default && o.target.hasNaN())) o.fraction = t.fraction;
  return tasks::completion(o);
}

/// The task after `before`, the `index`-th from 1. Each draws its numbers by a seed of its own.
Task next_task(const Configuration& c, const std::string& how, const Task& before, std::uint64_t index) {
  const std::uint64_t seed = seed_of(c, c.task.seed) + index;
  if (how == "reversed") return tasks::reversed(before);
  if (how == "new_outputs") return tasks::with_new_outputs(before, seed);
  if (how == "low_rank_change") {
    return tasks::with_low_rank_change(before, {.rank = c.task.change_rank, .size = c.task.change_size, .seed = seed});
  }
  const std::string& kind = c.task.kind;
  const bool drawn = kind == "low_rank_plus_noise" || kind == "modes" || kind == "teacher" ||
                     kind == "random_hierarchy" || kind == "modular_addition";
  if (!drawn) {
    bad_input({.field = "task.then",
               .expected = "\"fresh\" after a task that is drawn at random",
               .got = "task.kind = \"" + c.task.kind + "\"",
               .hint = "draw low_rank_plus_noise or modes, or change the task: new_outputs, low_rank_change"});
  }
  return make_task(c, seed);
}

/// d of the exponents: the dimension of a square task, the geometric mean otherwise.
double dimension(Shape shape) {
  return shape.inputs == shape.outputs
             ? static_cast<double>(shape.inputs)
             : std::sqrt(static_cast<double>(shape.inputs) * static_cast<double>(shape.outputs));
}

template <class A, class B>
void require_one(const A& a, const B& b, const char* field, const char* other) {
  if (a.has_value() == b.has_value()) {
    bad_input({.field = field,
               .expected = fmt::format("exactly one of {} and {}", field, other),
               .got = a.has_value() ? "both" : "neither"});
  }
}

struct Width {
  Index whole = 1;
  double real = 1;
};

Width width_of(const Configuration& c, Shape shape) {
  const auto& n = c.network;
  require_one(n.width, n.width_exponent, "network.width", "network.width_exponent");
  if (n.width) return {.whole = *n.width, .real = static_cast<double>(*n.width)};
  const double real = std::pow(dimension(shape), *n.width_exponent);
  if (!(real >= 1) || real > 1e15) {
    bad_input({.field = "network.width_exponent",
               .expected = "a width d^exponent of at least 1 and at most 1e15",
               .got = format_number(real)});
  }
  return {.whole = static_cast<Index>(std::floor(real)), .real = real};
}

PerLayer variance_of(const Configuration& c, Shape shape, Index width) {
  const auto& n = c.network;
  if (n.kind == "gaussian" && n.scale && !n.variance && !n.variance_exponent) {
    const PerLayer scale = std::get<Layerwise>(*n.scale).pair("network.scale");
    return {scale.first / static_cast<double>(width), scale.second / static_cast<double>(width)};
  }
  require_one(n.variance, n.variance_exponent, "network.variance", "network.variance_exponent");
  if (n.variance_exponent) return std::pow(dimension(shape), *n.variance_exponent);
  if (const auto* numbers = std::get_if<Layerwise>(&*n.variance)) return numbers->pair("network.variance");
  const std::string& rule = std::get<std::string>(*n.variance);
  if (rule == "lecun") return networks::lecun_variance(shape, width);
  if (rule == "he") return networks::he_variance(shape, width);
  return networks::glorot_variance(shape, width);
}

double mean(PerLayer p) { return (p.first + p.second) / 2; }

/// Weights step in 6 w n_0 n_2 flops, the Gram state in 4 n_0 n_2 (n_0 + n_2) or, simultaneously, half as much again.
bool weights_are_cheaper(const Configuration& c, Shape shape, Index width) {
  const double products = c.solver.order == "sequential" ? 4 : 6;
  return 6 * static_cast<double>(width) < products * static_cast<double>(shape.sum());
}

Start gaussian_start(const Configuration& c, Shape shape) {
  const Width width = width_of(c, shape);
  const networks::Gaussian options{.width = width.whole,
                                   .variance = variance_of(c, shape, width.whole),
                                   .seed = seed_of(c, c.network.seed),
                                   .point = static_cast<std::uint32_t>(c.point)};
  Start start;
  start.scales = networks::gaussian_scales(options);
  start.nominal = mean(options.variance) * width.real;
  start.expected = networks::expected_balance(shape, width.whole, options.variance);
  const std::string& state = c.network.state;
  if (state == "weights" || (state == "auto" && weights_are_cheaper(c, shape, width.whole))) {
    start.network = networks::gaussian_weights(shape, options);
  } else {
    start.network = networks::gaussian_gram(shape, options);
  }
  return start;
}

Start infinite_start(const Configuration& c, Shape shape) {
  const auto& n = c.network;
  Start start;
  const int ways = static_cast<int>(n.scale.has_value()) + static_cast<int>(n.scale_exponent.has_value());
  if (ways == 0) {  // σ²w, with no integer part taken
    const Width width = width_of(c, shape);
    const PerLayer variance = variance_of(c, shape, width.whole);
    start.scales = PerLayer(variance.first * width.real, variance.second * width.real);
  } else if (ways == 1) {
    start.scales = n.scale ? std::get<Layerwise>(*n.scale).pair("network.scale")
                           : PerLayer(std::pow(dimension(shape), *n.scale_exponent));
  } else {
    bad_input({.field = "network.scale",
               .expected = "exactly one of network.scale and network.scale_exponent",
               .got = "both"});
  }
  start.nominal = mean(*start.scales);
  return start;
}

/// A(0) of this rank, by network.start and start_size.
Matrix end_to_end_start(const Configuration& c, const PreparedTask& task, Index rank) {
  const auto& n = c.network;
  const std::uint64_t seed = seed_of(c, n.seed);
  if (n.start == "aligned") {
    const linalg::Svd y = linalg::svd(task.task->target());
    return n.start_size * linalg::product(Matrix(y.u.leftCols(rank)), Matrix(y.v.leftCols(rank)).transpose());
  }
  if (n.start == "random") return networks::random_end_to_end(task.shape, rank, n.start_size, seed);
  return networks::semi_orthogonal(task.shape, rank, n.start_size, seed);
}

Start balanced_start(const Configuration& c, const PreparedTask& task) {
  const auto& n = c.network;
  const Width width = width_of(c, task.shape);
  const Matrix a = end_to_end_start(c, task, std::min(width.whole, task.shape.modes()));
  Start start;
  const PerLayer rates =
      c.solver.kind == "descent" ? PerLayer(1.0) : std::get<Layerwise>(c.solver.rates).pair("solver.rates");
  start.network = networks::balanced(a, n.balance, width.whole, seed_of(c, n.seed), rates);
  if (n.state == "gram") start.network = gram_state(*start.network);
  start.scales = PerLayer(std::max(0.0, -n.balance) * rates.first, std::max(0.0, n.balance) * rates.second);
  return start;
}

/// W_1 … W_L of any depth, by the configuration's initialization.
DeepLinear deep_weights(const Configuration& c, const PreparedTask& task) {
  const auto& n = c.network;
  if (n.initialization == "weights") return DeepLinear(weights_from_files(c));
  const Index depth = layers_of(c);
  std::vector<Index> hidden;
  std::optional<Index> width;
  if (n.widths.empty()) {
    const bool none = depth == 1 && !n.width && !n.width_exponent;
    if (!none) width = width_of(c, task.shape).whole;
    hidden.assign(static_cast<std::size_t>(depth - 1), width.value_or(1));
  } else {
    for (const double w : n.widths) hidden.push_back(whole(w, "network.widths"));
    if (static_cast<Index>(hidden.size()) != depth - 1) {
      bad_input({.field = "network.widths",
                 .expected = fmt::format("{} numbers, one a hidden layer", depth - 1),
                 .got = fmt::format("{}", hidden.size())});
    }
  }
  const std::uint64_t seed = seed_of(c, n.seed);
  if (n.initialization == "balanced")
    return networks::balanced_deep(end_to_end_start(c, task, task.shape.modes()), hidden, seed);
  if (n.initialization == "unbalanced") {
    return networks::deep_unbalanced(end_to_end_start(c, task, task.shape.modes()), hidden,
                                     {.imbalance = layer_imbalance(c), .seed = seed});
  }
  if (n.initialization == "escape") {
    const Matrix origin = Matrix::Zero(task.shape.outputs, task.shape.inputs);
    return networks::escape_path(task.task->train.evaluate(origin).gradient, hidden, n.start_size, 0, seed);
  }
  std::vector<Index> sizes{task.shape.inputs};
  sizes.insert(sizes.end(), hidden.begin(), hidden.end());
  sizes.push_back(task.shape.outputs);
  const double scale = n.scale ? std::get<Layerwise>(*n.scale)[0] : 1.0;
  if (n.initialization == "orthogonal") return networks::orthogonal_deep(sizes, scale, seed);
  networks::DeepGaussian options{.variance = 0.0, .seed = seed, .point = static_cast<std::uint32_t>(c.point)};
  if (n.variance && n.gamma) {
    bad_input({.field = "network.variance", .expected = "one of network.variance and network.gamma", .got = "both"});
  }
  if (n.gamma) {
    // One layer has no width of its own; with one given, it starts as the layers of deeper networks of that width do.
    if (!hidden.empty()) width = *std::max_element(hidden.begin(), hidden.end());
    if (!width) {
      bad_input({.field = "network.gamma", .expected = "a network.width, for a network of depth 1", .got = "none"});
    }
    options.variance = networks::saddle_variance(*width, *n.gamma);
  } else if (n.variance) {
    const auto* numbers = std::get_if<Layerwise>(&*n.variance);
    if (numbers == nullptr) {
      bad_input({.field = "network.variance",
                 .expected = "numbers, for a deep network",
                 .got = std::get<std::string>(*n.variance)});
    }
    options.variance = *numbers;
  } else if (n.initialization == "gaussian") {
    bad_input({.field = "network.variance",
               .expected = "exactly one of network.variance and network.gamma",
               .got = "neither"});
  }
  if (n.initialization == "identity") return networks::identity_deep(sizes, scale, options);
  return networks::gaussian_deep(sizes, options);
}

/// β_0 of one hidden neuron, or s_0 of a diagonal network.
Vector start_coefficients(const Configuration& c, const PreparedTask& task) {
  if (c.network.coefficients.empty() && c.network.start == "aligned") {
    return c.network.start_size * task.task->target().row(0).normalized().transpose();
  }
  if (c.network.coefficients.empty()) return Vector::Zero(task.shape.inputs);
  return numbers_of(c.network.coefficients);
}

Network neuron_network(const Configuration& c, const PreparedTask& task) {
  return networks::neuron({.coefficients = start_coefficients(c, task),
                           .balance = c.network.delta.value_or(0),
                           .rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates"),
                           .negative = c.network.negative})
      .weights();
}

Network deep_network(const Configuration& c, const PreparedTask& task) {
  const auto& n = c.network;
  if (n.state == "balanced" && n.initialization == "balanced") {
    return DeepBalanced(end_to_end_start(c, task, task.shape.modes()), n.depth);
  }
  if (n.state == "balanced") {
    bad_input({.field = "network.initialization",
               .expected = "\"balanced\", for network.state = \"balanced\"",
               .got = "\"" + n.initialization + "\""});
  }
  if (n.state == "gram" || n.state == "self_consistent") {
    bad_input({.field = "network.state",
               .expected = "auto, weights, linearized or balanced, for network.kind = \"deep\"",
               .got = "\"" + n.state + "\""});
  }
  DeepLinear weights = deep_weights(c, task);
  if (n.state == "linearized") return DeepLinearized(weights);
  return weights;
}

}  // namespace

std::uint64_t seed_of(const Configuration& c, const std::optional<std::uint64_t>& own) { return own.value_or(c.seed); }

Index whole(double value, const char* field) {
  if (value != std::floor(value) || !(std::abs(value) < 1e9)) {
    bad_input({.field = field, .expected = "whole numbers", .got = format_number(value)});
  }
  return static_cast<Index>(value);
}

Index layers_of(const Configuration& c) {
  const Index depth = whole(c.network.depth, "network.depth");
  require_memory(static_cast<double>(depth) * (sizeof(Matrix) + sizeof(Index)), "network.depth",
                 fmt::format("{} layers", depth));
  return depth;
}

tasks::Regression regression_data(const Configuration& c) {
  const auto& t = c.task;
  return {.inputs = load(c, t.inputs, "task.inputs", Vectors::columns),
          .targets = load(c, t.targets, "task.targets", Vectors::columns),
          .test_inputs = load_if(c, t.test_inputs, "task.test_inputs", Vectors::columns),
          .test_targets = load_if(c, t.test_targets, "task.test_targets", Vectors::columns),
          .whiten = t.whiten,
          .normalisation = normalisation_of(t)};
}

std::vector<Matrix> weights_from_files(const Configuration& c) {
  std::vector<Matrix> layers;
  for (const std::string& name : c.network.weights) layers.push_back(load(c, name, "network.weights"));
  return layers;
}

LayerImbalance layer_imbalance(const Configuration& c) {
  return {.balance = c.network.balance,
          .layer = c.network.unbalanced == "first" ? UnbalancedLayer::first : UnbalancedLayer::last};
}

PreparedTask prepare_task(const Configuration& c) {
  PreparedTask p;
  const bool exact = c.solver.kind == "exact";
  if (c.task.spectrum == "limit") {
    if (!exact || c.task.kind != "low_rank_plus_noise") {
      bad_input({.field = "task.spectrum",
                 .expected = "\"sample\", except for solver.kind = \"exact\" and task.kind = \"low_rank_plus_noise\"",
                 .got = "\"limit\""});
    }
    if (c.network.kind != "infinite_width") {
      bad_input({.field = "network.kind",
                 .expected = "a start that needs no sampled task, for task.spectrum = \"limit\"",
                 .got = "one that does",
                 .hint = "use network.kind = \"infinite_width\""});
    }
    if (!modes_suffice(c)) {
      bad_input({.field = "task.spectrum",
                 .expected = "\"sample\", for observables along the run or of its representations",
                 .got = "\"limit\"",
                 .hint = "a limit spectrum yields errors at the end and at the best time"});
    }
    p.spectrum = std::make_shared<const TaskSpectrum>(limit_spectrum(c.task.dim, c.task.rank, c.task.noise));
    p.shape = {.outputs = c.task.dim, .inputs = c.task.dim};
    p.signal_norm = static_cast<double>(c.task.dim) / std::sqrt(static_cast<double>(c.task.rank));
    return p;
  }
  p.task = make_task(c, seed_of(c, c.task.seed));
  p.shape = p.task->shape();
  for (std::size_t i = 0; i < c.task.then.size(); ++i) {
    const Task& before = i == 0 ? *p.task : p.then.back();
    p.then.push_back(next_task(c, c.task.then[i], before, i + 1));
  }
  if (exact && c.network.kind == "infinite_width")
    p.spectrum = std::make_shared<const TaskSpectrum>(sample_spectrum(*p.task));
  if (std::holds_alternative<std::string>(c.solver.step) && !is_perceptron(c)) {
    if (!p.task->test || !p.task->test->is_full_matrix()) {
      bad_input({.field = "solver.step",
                 .expected = "numbers, as the task has no signal",
                 .got = "\"mixed\"",
                 .hint = "the rule needs |A*|_op: give task.signal, or a step"});
    }
    p.signal_norm = linalg::operator_norm(p.task->test->target());
  }
  return p;
}

std::string task_key(const Configuration& c) {
  Configuration only;
  only.seed = c.seed;
  only.task = c.task;
  only.solver.kind = c.solver.kind;
  only.solver.step = c.solver.step;
  only.network.kind = c.network.kind;
  only.network.slope = c.network.slope;  // a teacher's too
  only.sweep.seeds = 2;                  // of a sweep every value that is not the default is written
  return to_toml(only);
}

Start make_start(const Configuration& c, const PreparedTask& task) {
  const auto& n = c.network;
  Start start;
  if (is_perceptron(c)) {
    require_of_perceptrons(c);
    require_samples(*task.task);
    start.network = make_perceptron(c, task.shape);
    return start;
  }
  if (n.compare == "linearized") {
    bad_input({.field = "network.compare",
               .expected = "\"linearized\" for network.kind = \"perceptron\" alone",
               .got = "network.kind = \"" + n.kind + "\"",
               .hint = "a deep network is held so by network.state = \"linearized\""});
  }
  if (n.kind == "weights") {
    start.network = Weights(load(c, n.w1, "network.w1"), load(c, n.w2, "network.w2"));
    if (n.state == "gram") start.network = gram_state(*start.network);
  } else if (n.kind == "balanced") {
    start = balanced_start(c, task);
  } else if (n.kind == "deep") {
    start.network = deep_network(c, task);
  } else if (n.kind == "neuron") {
    start.network = neuron_network(c, task);
  } else if (n.kind == "diagonal") {
    start.network = Diagonal(start_coefficients(c, task), n.kappa);
  } else {
    start = n.kind == "gaussian" ? gaussian_start(c, task.shape) : infinite_start(c, task.shape);
  }
  if (c.solver.kind == "exact" && n.kind == "infinite_width" && modes_suffice(c)) return start;
  if (!start.network) {
    if (n.state == "weights") {
      start.network = networks::infinite_width_weights(task.shape, *start.scales);
    } else {
      start.network = networks::infinite_width(task.shape, *start.scales);
    }
  }
  const auto closed = [&] {
    const GramState g = gram_state(*start.network);
    return networks::self_consistent(g, start.scales ? *start.scales : fit_closure(g).scales());
  };
  if (n.compare == "self_consistent") {
    if (c.solver.kind != "descent") {
      bad_input({.field = "network.compare",
                 .expected = "\"none\", except for solver.kind = \"descent\"",
                 .got = "\"self_consistent\"",
                 .hint = "run the flow twice, with network.state = \"gram\" and \"self_consistent\""});
    }
    start.companion = closed();
  }
  if (n.compare == "exact") {
    if (c.solver.kind == "exact") {
      bad_input({.field = "network.compare",
                 .expected = "\"none\" or \"one_layer\", for solver.kind = \"exact\"",
                 .got = "\"exact\"",
                 .hint = "solver.kind = \"flow\" trains what is compared with the closed form"});
    }
    // Gaussian weights are near the infinitely wide network, unless they satisfy the closure themselves (w = 1).
    const bool wide =
        n.kind == "gaussian" && fit_balance(gram_state(*start.network)).residual > c.solver.closure_tolerance;
    start.companion = wide ? Network(networks::infinite_width(task.shape, *start.scales)) : *start.network;
  }
  if (n.compare == "expected" && !start.expected) {
    bad_input({.field = "network.compare",
               .expected = "\"expected\" for Gaussian weights alone",
               .got = "network.kind = \"" + n.kind + "\""});
  }
  if (n.state == "self_consistent") start.network = closed();
  return start;
}

Layerwise descent_step(const Configuration& c, const PreparedTask& task, const Start& start) {
  if (is_perceptron(c)) return perceptron_step(c);
  if (const auto* numbers = std::get_if<Layerwise>(&c.solver.step)) return *numbers;
  if (!start.nominal) {
    bad_input({.field = "solver.step",
               .expected = "numbers, for weights from files",
               .got = "\"mixed\"",
               .hint = "the rule needs σ²w"});
  }
  const bool lazy = *start.nominal > dimension(task.shape);  // γ_w + γ_σ² > 1
  return 1 / (c.solver.step_divisor * (lazy ? *start.nominal : task.signal_norm));
}

GradientDescent make_descent(const Configuration& c, const PreparedTask& task, const Start& start) {
  const auto& s = c.solver;
  GradientDescent d{.step = descent_step(c, task, start),
                    .momentum = s.momentum,
                    .batch = s.batch,
                    .seed = seed_of(c, s.seed),
                    .first_batch = s.first_batch,
                    .max_steps = s.max_steps,
                    .order = s.order == "sequential" ? Order::sequential : Order::simultaneous,
                    .stop = {},
                    .divergence_factor = s.divergence_factor};
  for (const std::string& name : s.stop) {
    const bool all = name == "mixed_authors";
    if (all || name == "train_error_below") d.stop.push_back(stop::train_error_below(s.train_error_below));
    if (all || name == "test_error_rose") d.stop.push_back(stop::test_error_rose(s.rise_times, s.from_step));
    if (all || name == "train_error_stalled") {
      d.stop.push_back(stop::train_error_stalled(s.stall_change, s.stall_drop, s.from_step));
    }
    if (name == "cost_below") d.stop.push_back(stop::cost_below(s.cost_below));
    if (name == "gradient_below") d.stop.push_back(stop::gradient_below(s.gradient_below));
    if (name == "test_accuracy_above") d.stop.push_back(stop::test_accuracy_above(s.test_accuracy_above));
  }
  return d;
}

namespace {

GradientFlow flow_with(const Configuration& c, double threshold) {
  const auto& s = c.solver;
  GradientFlow f{.t_end = s.t_end,
                 .rates = std::get<Layerwise>(s.rates),
                 .rtol = s.rtol,
                 .atol = s.atol,
                 .method = s.method == "adams" ? GradientFlow::Method::adams
                           : s.method == "bdf" ? GradientFlow::Method::bdf
                                               : GradientFlow::Method::explicit_runge_kutta,
                 .events = {},
                 .max_steps = std::max<Index>(s.max_steps, 1'000'000),
                 .divergence_factor = s.divergence_factor};
  for (const std::string& name : s.events) {
    FlowEvent event{.kind = FlowEvent::Kind::threshold_crossing, .value = threshold, .terminal = s.terminal_events};
    if (name == "cost_below")
      event = {.kind = FlowEvent::Kind::cost_below, .value = s.cost_below, .terminal = s.terminal_events};
    if (name == "gradient_below") {
      event = {.kind = FlowEvent::Kind::gradient_below, .value = s.gradient_below, .terminal = s.terminal_events};
    }
    f.events.push_back(event);
  }
  if (s.match_descent) f.t_end = perceptron_step(c).geometric_mean() * static_cast<double>(s.max_steps);
  return f;
}

}  // namespace

GradientFlow make_flow(const Configuration& c, const Record& record, const Start& start) {
  const auto& events = c.solver.events;
  const bool crossing = std::find(events.begin(), events.end(), "threshold_crossing") != events.end();
  if (!crossing || record.threshold) return flow_with(c, record.threshold.value_or(std::nan("")));
  if (!has_threshold(*start.network)) {
    bad_input({.field = "record.threshold",
               .expected = "a threshold, for events of a network that is not of two layers",
               .got = "none",
               .hint = "only two layers have one of their own"});
  }
  return flow_with(c, Threshold(std::make_shared<const Network>(*start.network), std::get<Layerwise>(c.solver.rates)));
}

ModeFlow make_mode_flow(const Configuration& c, const PreparedTask& task, const Start& start) {
  return {task.spectrum,
          {.scales = *start.scales, .rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates"), .start = {}}};
}

NeuronFlow make_neuron_flow(const Configuration& c, const Network& start, const Task& task) {
  const auto* weights = std::get_if<Weights>(&start);
  if (weights == nullptr) {
    bad_input({.field = "network.state",
               .expected = "\"auto\" or \"weights\", for one neuron in closed form",
               .got = "\"" + c.network.state + "\""});
  }
  return {neuron_of(*weights), task, std::get<Layerwise>(c.solver.rates).pair("solver.rates")};
}

ExactFlow make_exact_flow(const Configuration& c, const Network& start, const Task& task) {
  return {start,
          task,
          {.rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates"), .tolerance = c.solver.closure_tolerance}};
}

bool modes_suffice(const Configuration& c) {
  const auto& o = c.record.observables;
  return c.task.then.empty() && c.network.compare == "none" && !c.sweep.curves && c.record.learned.empty() &&
         (!c.sweep.active() || std::all_of(o.begin(), o.end(), [](const std::string& name) {
           return name == "train_error" || name == "test_error";
         }));
}

Schedule make_schedule(const Configuration& c) {
  const auto& r = c.record;
  const bool steps = r.schedule == "every" || (r.schedule == "auto" && c.solver.kind == "descent");
  if (steps) return Schedule::every(r.every);
  if (r.schedule == "auto") return Schedule::automatic();
  if (r.schedule == "linear") return Schedule::linear(r.count);
  if (r.schedule == "logarithmic") return Schedule::logarithmic(r.first, r.count);
  if (r.schedule == "at") return Schedule::at(r.at);
  return Schedule::ends();
}

Record make_record(const Configuration& c, const Start& start) {
  const auto& r = c.record;
  const auto observable = [&](const std::string& name) {
    return name == "rank" ? observables::rank(r.rank_fraction) : landscape::observable_by_name(name);
  };
  Record record{.observables = {},
                .schedule = make_schedule(c),
                .threshold = r.threshold,
                .at_best = {},
                .best_of = r.best == "records" ? BestOf::records : BestOf::steps};
  for (const std::string& name : r.observables) record.observables.push_back(observable(name));
  for (const std::string& name : r.at_best) record.at_best.push_back(observable(name));
  if (!record.threshold && start.scales) record.threshold = mean(*start.scales);
  return record;
}

std::vector<InputFile> input_files(const Configuration& c) {
  std::vector<InputFile> files;
  const auto add = [&](const char* field, const std::string& name) {
    if (!name.empty()) files.push_back({.field = field, .path = c.folder / name});
  };
  add("task.file", c.task.file);
  add("task.signal", c.task.signal);
  add("task.inputs", c.task.inputs);
  add("task.targets", c.task.targets);
  add("task.test_inputs", c.task.test_inputs);
  add("task.test_targets", c.task.test_targets);
  add("task.mask", c.task.mask);
  add("network.w1", c.network.w1);
  add("network.w2", c.network.w2);
  for (const std::string& name : c.network.weights) add("network.weights", name);
  return files;
}

std::string file_digests(const Configuration& c) {
  std::string lines;
  for (const InputFile& file : input_files(c)) {
    std::uint64_t hash = 14695981039346656037ULL;
    for (const char byte : storage::file_bytes(file.path, file.field)) {
      hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
    }
    lines += fmt::format("{} fnv1a-{:016x}\n", file.field, hash);
  }
  return lines;
}

std::string math_library() { return fmt::format("glibc {}", gnu_get_libc_version()); }

std::string machine() {
  return fmt::format("linnet {}\nbackend {}\nvectors {}\nmath library {}\n", version, linalg::backend(),
                     to_string(linalg::vector_units().back()), math_library());
}

namespace {

/// What cost and errors are, in the words of a cost of that kind.
std::string cost_words(const config::TaskSection& t) {
  const Matrix one = Matrix::Ones(1, 1);
  if (t.kind == "completion") return Cost::masked(one, one).words();
  const bool on_samples = t.kind == "regression" || t.kind == "teacher" || t.kind == "random_hierarchy" ||
                          t.kind == "modular_addition" || t.kind == "low_rank_regression" ||
                          (t.kind == "coefficients" && !t.whiten);
  if (!on_samples) return Cost::full_matrix(one).words();
  return Cost::on_samples({.inputs = one, .targets = one}, normalisation_of(t)).words();
}

}  // namespace

std::map<std::string, std::string> provenance(const Configuration& c, const std::string& kind) {
  std::map<std::string, std::string> a{
      {"title", c.title.empty() ? "linnet " + kind : c.title},
      {"kind", kind},
      {"linnet_version", version},
      {"configuration", to_toml(c)},
      {"seed", std::to_string(c.seed)},
      {"solver", c.solver.kind},
      {"time_convention",
       "gradient-flow time t of dW_l/dt = -eta_l dC/dW_l; step k of descent is t = k (eta_1 ... eta_L)^(1/L)/(1 - "
       "momentum)"},
      {"cost_normalisation", cost_words(c.task)},
      {"math_library", math_library()},
      {"backend", linalg::backend()},
      {"vectors", to_string(linalg::vector_units().back())},
      {"Conventions", "CF-1.10"}};
  if (const std::string digests = file_digests(c); !digests.empty()) a["files"] = digests;
  if (c.task.kind == "low_rank_plus_noise") {
    a["dim"] = std::to_string(c.task.dim);
    a["task_rank"] = std::to_string(c.task.rank);
  }
  if (c.network.kind == "neuron") {
    const PerLayer rates = std::get<Layerwise>(c.solver.rates).pair("solver.rates");
    a["neuron_rates"] = fmt::format("{} {}", rates.first, rates.second);
  }
  if (c.figure.kind != "auto") a["figure"] = c.figure.kind;
  if (!c.figure.panels.empty()) a["panels"] = fmt::format("{}", fmt::join(c.figure.panels, " "));
  if (!c.figure.x_axis.empty()) a["x_axis"] = c.figure.x_axis;
  if (!c.figure.missing.empty()) a["missing"] = c.figure.missing;
  if (c.figure.regime_lines != "none") a["regime_lines"] = c.figure.regime_lines;
  return a;
}

}  // namespace linnet::sweeps
