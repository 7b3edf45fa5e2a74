#include "linnet/sweeps/experiment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <sstream>
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#else
#include <sys/utsname.h>
#endif

#include "linnet/error.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/vectors.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/networks/neuron.hpp"
#include "linnet/observables/new_property.hpp"
#include "linnet/observables/noise.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/support/fnv1a.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/structured.hpp"
#include "linnet/version.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

config::TaskSetting task_setting(const Configuration& c, std::uint64_t seed) {
  return {.seed = seed, .slope = c.network.kind->slope(), .folder = c.folder};
}

Task make_task(const Configuration& c, std::uint64_t seed) { return c.task.kind->make(task_setting(c, seed)); }

/// The task after `before`, the `index`-th from 1. Each draws its numbers with its own seed.
Task next_task(const Configuration& c, const std::string& how, const Task& before, std::uint64_t index) {
  const std::uint64_t seed = seed_of(c, c.task.seed) + index;
  if (how == "reversed") return tasks::reversed(before);
  if (how == "new_outputs") return tasks::with_new_outputs(before, seed);
  if (how == "low_rank_change") {
    return tasks::with_low_rank_change(before, {.rank = c.task.change_rank, .size = c.task.change_size, .seed = seed});
  }
  if (!c.task.kind->drawn_anew()) {
    bad_input({.field = "task.then",
               .expected = "\"fresh\" after a task that is drawn at random",
               .got = fmt::format("task.kind = \"{}\"", c.task.kind->word()),
               .hint = "draw low_rank_plus_noise or modes, or change the task: new_outputs, low_rank_change"});
  }
  return make_task(c, seed);
}

double mean(const Layerwise& p) { return (p[0] + p[1]) / 2; }

config::StartSetting start_setting(const Configuration& c, const PreparedTask& task) {
  return {.shape = task.shape,
          .task = task.task ? &*task.task : nullptr,
          .rates = c.solver.rates,
          .descent = c.solver.kind->by_steps(),
          .sequential = c.solver.kind->sequential(),
          .scales_alone = c.solver.kind->closed_form() && modes_suffice(c),
          .seed = seed_of(c, c.network.seed),
          .point = static_cast<std::uint32_t>(c.point.value_or(0)),
          .folder = c.folder};
}

}  // namespace

std::uint64_t seed_of(const Configuration& c, const std::optional<std::uint64_t>& own) { return own.value_or(c.seed); }

PreparedTask prepare_task(const Configuration& c) {
  PreparedTask p;
  const bool exact = c.solver.kind->closed_form();
  if (std::optional<config::LimitTask> limit = c.task.kind->limit()) {
    if (!exact) {
      bad_input(
          {.field = "task.spectrum", .expected = "\"sample\", except for solver.kind = \"exact\"", .got = "\"limit\""});
    }
    if (!c.network.kind->mode_by_mode()) {
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
    p.spectrum = std::make_shared<const TaskSpectrum>(std::move(limit->spectrum));
    p.shape = limit->shape;
    p.signal_norm = limit->signal_norm;
    return p;
  }
  p.task = make_task(c, seed_of(c, c.task.seed));
  p.shape = p.task->shape();
  for (std::size_t i = 0; i < c.task.then.size(); ++i) {
    const Task& before = i == 0 ? *p.task : p.then.back();
    p.then.push_back(next_task(c, c.task.then[i], before, i + 1));
  }
  const std::optional<DesignOptions> design = c.solver.kind->design();
  const bool designs_from_test = design && p.task->test && !design->from_target && !design->noise && design->folds == 0;
  if ((exact && c.network.kind->mode_by_mode()) || designs_from_test)
    p.spectrum = std::make_shared<const TaskSpectrum>(sample_spectrum(*p.task));
  if (const config::StepSize* step = c.solver.kind->step(); step != nullptr && step->mixed()) {
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
  const config::StepSize* step = c.solver.kind->step();
  const bool needs_norm = step != nullptr && step->mixed();
  return fmt::format("{} {} {} {}\n{}", c.seed, c.network.kind->slope(),
                     c.solver.kind->closed_form() && c.network.kind->mode_by_mode(), needs_norm,
                     section_to_toml(c, "task"));
}

Start make_start(const Configuration& c, const PreparedTask& task) {
  const auto& n = c.network;
  if (n.kind->is_perceptron() && c.solver.kind->closed_form()) {
    bad_input({.field = "solver.kind",
               .expected = "\"descent\" or \"flow\", for network.kind = \"perceptron\"",
               .got = "\"exact\"",
               .hint = "only its linearization is solved exactly: network.compare = \"linearized\""});
  }
  Start start = n.kind->make(start_setting(c, task));
  const DeepLinear* weights = start.network ? weights_of(*start.network) : nullptr;
  if (c.solver.kind->closed_form() && weights != nullptr && weights->cone() != nullptr) {
    bad_input({.field = "solver.kind",
               .expected = "\"descent\" or \"flow\", for a light cone",
               .got = "\"exact\"",
               .hint =
                   "network.scales is solved mode by mode where only A is recorded, in single runs and in sweeps of "
                   "errors"});
  }
  if (!start.network || !n.kind->self_consistent()) return start;
  start.drawn = start.network;
  start.network = as_if_wide(*start.drawn, start);
  return start;
}

Network as_if_wide(const Network& network, const Start& start) {
  return SelfConsistent(end_to_end(network), start.scales ? *start.scales : fit_closure(network).scales());
}

namespace {

Layerwise given_step(const Configuration& c, const PreparedTask& task, const Start& start) {
  const config::StepSize& step = *c.solver.kind->step();
  if (const Layerwise* numbers = step.numbers()) return *numbers;
  if (step.rich_quick()) {
    if (const std::optional<double> of_pairs = c.network.kind->rich_quick_step()) return *of_pairs;
    bad_input({.field = "solver.step",
               .expected = "numbers, or \"rich_quick\" with network.initialization = \"pairs\"",
               .got = step.rule()});
  }
  if (!start.nominal) {
    bad_input({.field = "solver.step",
               .expected = "numbers, for a start without a variance",
               .got = "\"mixed\"",
               .hint = "the rule needs σ²w"});
  }
  const bool lazy = *start.nominal > config::dimension(task.shape);  // γ_w + γ_σ² > 1
  return 1 / (step.divisor * (lazy ? *start.nominal : task.signal_norm));
}

}  // namespace

Layerwise descent_step(const Configuration& c, const PreparedTask& task, const Start& start) {
  const Layerwise given = given_step(c, task, start);
  if (!c.solver.kind->outer_scale()) return given;
  const std::optional<double> scale = c.network.kind->output_scale();
  if (!scale) {
    bad_input({.field = "solver.outer_scale",
               .expected = "false, without network.last_scale",
               .got = "true",
               .hint = "network.initialization = \"gaussian\" has it"});
  }
  const Index depth = std::get<Perceptron>(*start.network).depth();
  given.require_depth(depth, "solver.step");
  std::vector<double> layers;
  for (Index l = 0; l < depth; ++l) {
    layers.push_back(given[static_cast<std::size_t>(l)] / (l + 1 < depth ? *scale * *scale : 1));
  }
  return Layerwise(std::move(layers));
}

config::SolverSetting solver_setting(const Configuration& c, const PreparedTask& task, const Record& record,
                                     const Start& start) {
  config::SolverSetting setting{
      .rates = c.solver.rates, .threshold = record.threshold.value_or(std::nan("")), .seed = c.seed};
  if (c.solver.kind->step() != nullptr) setting.step = descent_step(c, task, start);
  if (!c.solver.kind->finds_threshold() || record.threshold) return setting;
  if (!has_threshold(*start.network)) {
    bad_input({.field = "record.threshold",
               .expected = "a threshold, for events of a network that is not of two layers",
               .got = "none",
               .hint = "only two layers have one of their own"});
  }
  setting.threshold = Threshold(std::make_shared<const Network>(*start.network), c.solver.rates);
  return setting;
}

ModeFlow make_mode_flow(const Configuration& c, const PreparedTask& task, const Start& start) {
  return {task.spectrum, {.scales = *start.scales, .rates = c.solver.rates.pair("solver.rates"), .start = {}}};
}

WideFlow make_wide_flow(const Configuration& c, const PreparedTask& task, const Start& start) {
  const config::WideStart& wide = *start.wide;
  return {task.spectrum,
          {.depth = wide.depth, .scales = wide.scales, .rates = c.solver.rates, .tolerance = wide.tolerance}};
}

NeuronFlow make_neuron_flow(const Configuration& c, const Network& start, const Task& task) {
  const auto* weights = two_layers_of(start);
  if (weights == nullptr) {
    bad_input({.field = "network.state",
               .expected = "\"auto\" or \"weights\", for one neuron in closed form",
               .got = "\"self_consistent\""});
  }
  return {neuron_of(*weights), task, c.solver.rates.pair("solver.rates")};
}

ExactFlow make_exact_flow(const Configuration& c, const Network& start, const Task& task) {
  return {start, task, {.rates = c.solver.rates.pair("solver.rates"), .tolerance = c.solver.closure_tolerance}};
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
  using Instants = config::RecordSection::Instants;
  switch (r.schedule) {
    case Instants::automatic:
      return c.solver.kind->by_steps() ? Schedule::every(r.every) : Schedule::automatic();
    case Instants::every:
      return Schedule::every(r.every);
    case Instants::linear:
      return Schedule::linear(r.count);
    case Instants::logarithmic:
      return Schedule::logarithmic(r.first, r.count);
    case Instants::at:
      return Schedule::at(r.at);
    case Instants::ends:
      break;
  }
  return Schedule::ends();
}

Record make_record(const Configuration& c, const Start& start) {
  const auto& r = c.record;
  const Index known = start.network ? hidden_neurons(*start.network) : 0;
  const observables::Noise noise{.deviation = r.noise,
                                 .draws = r.noise_draws,
                                 .width = known > 0 ? known : start.width,
                                 .seed = c.seed,
                                 .point = static_cast<std::uint32_t>(c.point.value_or(0))};
  const auto observable = [&](const std::string& name) {
    if (name == "rank") return observables::rank(r.rank_fraction);
    if (name == "new_property") return observables::new_property(r.item);
    if (name == "input_noise_error") return observables::input_noise_error(noise);
    if (name == "parameter_noise_error") return observables::parameter_noise_error(noise);
    if (name == "new_property_all_layers") return observables::new_property_all_layers(r.item);
    return landscape::observable_by_name(name);
  };
  Record record{
      .observables = {}, .schedule = make_schedule(c), .threshold = r.threshold, .at_best = {}, .best_of = r.best};
  for (const std::string& name : r.observables) record.observables.push_back(observable(name));
  for (const std::string& name : r.at_best) record.at_best.push_back(observable(name));
  if (!record.threshold && start.scales) record.threshold = mean(*start.scales);
  return record;
}

std::string file_digests(const Configuration& c) {
  std::string lines;
  for (const config::InputFile& file : input_files(c)) {
    std::optional<Interruptible> to_the_end;  // the result of a run that was interrupted has digests too
    if (!storage::is_stream(file.path)) to_the_end.emplace(KeepGoing());
    lines += fmt::format("{} fnv1a-{:016x}\n", file.field, fnv1a(storage::file_bytes(file.path, file.field)));
  }
  return lines;
}

std::string math_library() {
#ifdef __GLIBC__
  return fmt::format("glibc {}", gnu_get_libc_version());
#else
  utsname system{};  // whose C library has no version of its own
  return uname(&system) < 0 ? "unknown" : fmt::format("{} {}", system.sysname, system.release);
#endif
}

namespace {

/// The attributes of a file that say on which machine it was computed, with their words in `machine`.
struct MachineAttribute {
  const char* name;
  const char* word;
  std::string value;
};

std::vector<MachineAttribute> machine_attributes() {
  return {{"linnet_version", "linnet", version},
          {"backend", "backend", linalg::backend()},
          {"vectors", "vectors", to_string(linalg::vector_units().back())},
          {"math_library", "math library", math_library()}};
}

}  // namespace

std::string machine() {
  std::string text;
  for (const MachineAttribute& a : machine_attributes()) text += fmt::format("{} {}\n", a.word, a.value);
  return text;
}

std::map<std::string, std::string> attributes_of_machine(const std::string& machine) {
  std::map<std::string, std::string> found;
  std::istringstream lines(machine);
  for (std::string line; std::getline(lines, line);) {
    for (const MachineAttribute& a : machine_attributes()) {
      const std::string begin = std::string(a.word) + " ";
      if (line.starts_with(begin)) found[a.name] = line.substr(begin.size());
    }
  }
  return found;
}

std::map<std::string, std::string> provenance(const Configuration& c, const std::string& kind) {
  std::map<std::string, std::string> a{
      {"title", c.title.empty() ? "linnet " + kind : c.title},
      {"kind", kind},
      {"configuration", to_toml(c)},
      {"seed", std::to_string(c.seed)},
      {"solver", c.solver.kind->word()},
      {"time_convention",
       "gradient-flow time t of dW_l/dt = -eta_l dC/dW_l; step k of descent is t = k (eta_1 ... eta_L)^(1/L)/(1 - "
       "momentum), with a schedule the sum of the steps"},
      {"cost_normalisation", c.task.kind->cost()},
      {"Conventions", "CF-1.10"}};
  for (MachineAttribute& attribute : machine_attributes()) a[attribute.name] = std::move(attribute.value);
  if (const std::string digests = file_digests(c); !digests.empty()) a["files"] = digests;
  for (const auto& [name, value] : c.task.kind->attributes()) a[name] = value;
  for (const auto& [name, value] : c.network.kind->attributes()) a[name] = value;
  if (c.network.kind->is_neuron()) {
    const Layerwise& rates = c.solver.rates.pair("solver.rates");
    a["neuron_rates"] = fmt::format("{} {}", rates[0], rates[1]);
  }
  if (c.figure.kind != "auto") a["figure"] = c.figure.kind;
  if (!c.figure.panels.empty()) a["panels"] = fmt::format("{}", fmt::join(c.figure.panels, " "));
  if (!c.figure.x_axis.empty()) a["x_axis"] = c.figure.x_axis;
  if (!c.figure.missing.empty()) a["missing"] = c.figure.missing;
  if (c.figure.regime_lines != "none") a["regime_lines"] = c.figure.regime_lines;
  return a;
}

}  // namespace linnet::sweeps
