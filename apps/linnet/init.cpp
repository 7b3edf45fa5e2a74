#include <fmt/format.h>

#include <algorithm>

#include "command.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::command {

namespace {

/// An experiment to begin with: only what is not the default. The meaning of each key is that of its description.
struct Beginning {
  const char* kind;
  const char* about;
  const char* command;  ///< what runs it
  const char* toml;
};

constexpr Beginning beginnings[] = {
    {"run", "A wide two-layer network learns a low-rank matrix from noisy entries, by gradient descent.", "run", R"(
title = "A wide network between lazy and active"
seed = 1
[task]
kind = "low_rank_plus_noise"
dim = 60
rank = 3
[network]
kind = "gaussian"
width = 2000
variance = 3e-4
[solver]
kind = "descent"
step = 2e-3
max_steps = 400
[record]
observables = ["train_error", "test_error", "singular_values"]
every = 5
)"},
    {"exact", "Gradient flow of a two-layer network in closed form, from balanced weights.", "run", R"(
title = "Modes are learned one after the other"
seed = 1
[task]
kind = "modes"
shape = [5, 5]
modes = [4.0, 2.0, 1.0]
[network]
kind = "balanced"
width = 5
balance = 0.0
start_size = 0.01
[solver]
kind = "exact"
t_end = 8.0
[record]
observables = ["train_error", "singular_values", "kernel_distance"]
schedule = "linear"
count = 161
)"},
    {"sweep", "Test error over the width and the variance of the weights, four seeds at each point.", "sweep", R"(
title = "Test error over width and variance"
seed = 1
[task]
kind = "low_rank_plus_noise"
dim = 30
rank = 2
[network]
kind = "gaussian"
[solver]
kind = "descent"
step = "mixed"
step_divisor = 50
max_steps = 400
[record]
observables = ["train_error", "test_error"]
[sweep]
seeds = 4
axes = [
  {field = "network.variance_exponent", linear = [-3.0, 0.0, 7]},
  {field = "network.width_exponent", values = [0.5, 1.5, 2.5]},
]
)"},
    {"deep", "A deep network from a small start: gradient flow waits at saddles of growing rank.", "run", R"(
title = "A deep network goes from saddle to saddle"
seed = 1
[task]
kind = "modes"
shape = [10, 10]
modes = [3.0, 2.0, 1.0]
[network]
kind = "deep"
initialization = "gaussian"
depth = 3
width = 20
variance = 5e-4
[solver]
kind = "flow"
method = "bdf"
t_end = 20.0
[record]
observables = ["cost", "singular_values", "rank"]
schedule = "linear"
count = 201
)"},
    {"perceptron", "A two-layer ReLU network learns a teacher with three neurons, by gradient descent.", "run", R"(
title = "Two-layer ReLU: a student and its teacher"
seed = 1
[task]
kind = "teacher"
dim = 20
neurons = 3
samples = 200
test_samples = 1000
[network]
kind = "perceptron"
initialization = "pairs"
width = 50
tau = 0.3
alpha = 1.0
[solver]
kind = "descent"
step = 0.2
max_steps = 2000
[record]
observables = ["train_error", "test_error", "kernel_distance"]
every = 20
)"},
    {"continual", "One network learns two tasks in turn, from rich to lazy: what of the first is forgotten.", "sweep",
     R"(
title = "Two tasks in turn, from rich to lazy"
seed = 1
[task]
kind = "modes"
shape = [5, 5]
modes = [3.0, 2.0, 1.0]
then = ["fresh"]
[network]
kind = "balanced"
width = 5
start_size = 0.1
[solver]
kind = "flow"
t_end = 3.0
[record]
observables = ["train_error", "singular_values"]
schedule = "linear"
count = 61
[sweep]
curves = true
axes = [{field = "network.balance", values = [0.0, 2.0, 5.0]}]
[figure]
panels = ["task_error"]
)"},
};

std::string text_of(const Beginning& b) {
  const config::Reading reading = config::Source::from_text(b.toml).read();
  return fmt::format("# {}\n# Run it:  linnet {} {}.toml --plot {}.png\n", b.about, b.command, b.kind, b.kind) +
         config::explained(reading);
}

}  // namespace

void add_init(CLI::App& app, int& exit) {
  struct Arguments {
    std::string kind;
    std::string out;
    bool force = false;
  };
  CLI::App* sub = app.add_subcommand("init", "Write a configuration to begin with, each key below its meaning");
  auto a = std::make_shared<Arguments>();
  std::vector<std::string> kinds;
  std::string about = "Kinds:\n";
  for (const Beginning& b : beginnings) {
    kinds.emplace_back(b.kind);
    about += fmt::format("  {:<11} {}\n", b.kind, b.about);
  }
  add_choice(*sub, "KIND", a->kind, kinds, "What to begin with")->required();
  sub->add_option("--out", a->out, "The file (default: -, standard output)")->type_name("FILE.toml");
  sub->add_flag("--force", a->force, "Replace an existing file");
  sub->footer(about +
              "Examples:\n"
              "  linnet init sweep --out sweep.toml\n"
              "  linnet init run | linnet run - --set network.width=100 --out narrow.nc");
  sub->callback([a, &exit] {
    const auto* chosen = std::find_if(std::begin(beginnings), std::end(beginnings),
                                      [&](const Beginning& b) { return a->kind == b.kind; });
    const std::string text = text_of(*chosen);
    if (a->out.empty() || a->out == "-") {
      fmt::print("{}", text);
    } else {
      storage::require_writable(a->out, a->force);
      storage::write_text(a->out, text);
      fmt::print("{}\n", a->out);
    }
    exit = done;
  });
}

}  // namespace linnet::command
