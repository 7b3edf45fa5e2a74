#include <fmt/format.h>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/diagnosis.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/training/train.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

struct DiagnoseArguments {
  std::string w1, w2;
  std::string inputs, targets, target;
  std::string picture;
  double tolerance = 1e-8;
  bool whiten = false;
  bool force = false;
};

Matrix matrix(const std::string& file, const char* field) {
  return storage::read_matrix(file_of(file), field, storage::Vectors::refused);
}

void require_one_from_input(const DiagnoseArguments& a) {
  std::vector<std::string> names;
  for (const auto& [file, name] : {std::pair{&a.w1, "W1"},
                                   {&a.w2, "W2"},
                                   {&a.inputs, "--inputs"},
                                   {&a.targets, "--targets"},
                                   {&a.target, "--target"}}) {
    if (file_of(*file) == "/dev/stdin") names.emplace_back(name);
  }
  if (names.size() > 1) {
    linnet::bad_input({.field = fmt::format("{}", fmt::join(names, ", ")),
                       .expected = "one file from standard input",
                       .got = std::to_string(names.size())});
  }
}

std::optional<Task> task_of(const DiagnoseArguments& a) {
  if (a.whiten && a.inputs.empty() && a.targets.empty()) {
    linnet::bad_input({.field = "--whiten",
                       .expected = "inputs to make white",
                       .got = a.target.empty() ? "weights alone" : "a target, which stands for white inputs",
                       .hint = "give --inputs and --targets"});
  }
  if (!a.target.empty()) {
    if (!a.inputs.empty() || !a.targets.empty()) {
      linnet::bad_input({.field = "--target", .expected = "either --target or --inputs and --targets", .got = "both"});
    }
    return tasks::target(matrix(a.target, "--target"));
  }
  if (a.inputs.empty() != a.targets.empty()) {
    linnet::bad_input({.field = "--inputs, --targets", .expected = "both of them, or neither", .got = "one"});
  }
  if (a.inputs.empty()) return std::nullopt;
  return tasks::regression({.inputs = storage::read_matrix(file_of(a.inputs), "--inputs"),
                            .targets = storage::read_matrix(file_of(a.targets), "--targets"),
                            .whiten = a.whiten});
}

double without_sign(double zero) { return zero == 0 ? 0.0 : zero; }

void print_weights(const Diagnosis& d) {
  fmt::print("network      {} outputs x {} inputs, width {}\n", d.shape.outputs, d.shape.inputs, d.width);
  fmt::print("balance      lambda = {:.4g}, root mean square of what is beside it {:.4g}\n",
             without_sign(d.balance.balance), d.balance.distance);
  fmt::print("closure      lambda = {:.4g}, c^2 = {:.4g}, residual {:.2g}\n", without_sign(d.closure.balance),
             without_sign(d.closure.scale2), d.closure.residual);
  fmt::print("threshold    kappa = {:.4g}: singular values of A below it are lazy, above it active\n", d.threshold);
}

void print_prediction(const Diagnosis& d, const Vector& half) {
  fmt::print("prediction   {}: {}\n", to_string(d.verdict), d.reason);
  if (!d.prediction) {
    fmt::print("             integrate gradient flow or descent instead{}\n",
               d.condition > 1 ? ", or whiten the inputs (--whiten)" : "");
    return;
  }
  const ExactFlow& flow = *d.prediction;
  if (d.verdict == Diagnosis::Verdict::approximate) {
    fmt::print("             estimated error of A(t): {:.2g} of |Y|\n", d.error);
  }
  if (!flow.warning().empty()) fmt::print("warning      {}\n", flow.warning());
  constexpr double end = std::numeric_limits<double>::infinity();
  fmt::print("train error  {:.4g} at the start, {:.4g} at the end\n", flow.train_error(0), flow.train_error(end));
  fmt::print("kernel       moves by {:.3g} (kernel distance from start to end)\n", flow.kernel_distance(end));
  fmt::print("\n{:>5} {:>12} {:>12} {:>14} {:>14}\n", "mode", "y", "ends", "half at t", "active at t");
  const Vector active = flow.activation_times();
  const auto time = [](double t) { return std::isfinite(t) ? fmt::format("{:.4g}", t) : std::string("never"); };
  std::string never;
  std::string delayed;
  for (Index i = 0; i < flow.target().size(); ++i) {
    const Diagnosis::Regime regime = d.regimes[static_cast<std::size_t>(i)];
    const bool learned = regime != Diagnosis::Regime::never;
    fmt::print("{:>5} {:>12.4g} {:>12} {:>14} {:>14}\n", i + 1, flow.target()(i), to_string(regime),
               learned ? time(half(i)) : "never", time(active(i)));
    const auto add_to = [&](std::string& list) { list += fmt::format("{}{}", list.empty() ? "" : ", ", i + 1); };
    if (!learned) add_to(never);
    if (regime == Diagnosis::Regime::delayed_rich) add_to(delayed);
  }
  if (!delayed.empty()) {
    fmt::print("delayed-rich: {} (below kappa, but the larger layer must turn to them: the kernel moves)\n", delayed);
  }
  if (!never.empty()) {
    fmt::print("never learned: {} (the start has no part growing into it, or all its columns go to larger modes)\n",
               never);
  }
}

void draw_prediction(const Diagnosis& d, const Vector& half, const std::filesystem::path& target) {
  const ExactFlow& flow = *d.prediction;
  double last = 0;
  for (const double t : half) {
    if (std::isfinite(t)) last = std::max(last, t);
  }
  if (last == 0) last = 1 / std::max(1e-300, std::hypot(flow.target().maxCoeff(), flow.threshold()));
  Dataset data =
      sweeps::to_dataset(linnet::trace(flow, 2.5 * last,
                                       {.observables = {observables::train_error(), observables::singular_values()},
                                        .schedule = Schedule::linear(201),
                                        .threshold = d.threshold}));
  data.attributes["title"] = fmt::format("Predicted learning ({})", to_string(d.verdict));
  draw(data, target);
}

}  // namespace

void add_diagnose(CLI::App& app, int& exit) {
  constexpr const char* matrix_file = "FILE.{npy,csv,txt}";
  CLI::App* sub = app.add_subcommand("diagnose", "What theory says of your own weights before they are trained");
  auto a = std::make_shared<DiagnoseArguments>();
  sub->add_option("W1", a->w1, "First layer, width x inputs; - is standard input")->type_name(matrix_file)->required();
  sub->add_option("W2", a->w2, "Second layer, outputs x width")->type_name(matrix_file)->required();
  sub->add_option("--inputs", a->inputs, "X, samples in rows")->type_name(matrix_file);
  sub->add_option("--targets", a->targets, "T, samples in rows")->type_name(matrix_file);
  sub->add_option("--target", a->target, "Instead of data: Y, outputs x inputs, what A is to become")
      ->type_name(matrix_file);
  sub->add_flag("--whiten", a->whiten, "Train on inputs made white");
  sub->add_option("--tolerance", a->tolerance, "Closure residual that still counts as exact")
      ->type_name("NUMBER")
      ->check(positive_number("--tolerance"));
  sub->add_option("--plot", a->picture, "Draw the predicted learning curve")->type_name("FILE.{png,svg,pdf}");
  sub->add_flag("--force", a->force, "Replace an existing picture");
  sub->footer(
      "Examples:\n"
      "  linnet diagnose w1.npy w2.npy\n"
      "  linnet diagnose w1.npy w2.npy --inputs x.npy --targets t.npy --whiten --plot learning.png");
  sub->callback([a, &exit] {
    require_one_from_input(*a);
    const DeepLinear weights(matrix(a->w1, "W1"), matrix(a->w2, "W2"));
    const std::optional<Task> task = task_of(*a);
    if (!a->picture.empty()) {
      if (!task) {
        linnet::bad_input({.field = "--plot",
                           .expected = "something to learn",
                           .got = "weights alone",
                           .hint = "give --inputs and --targets, or --target"});
      }
      require_picture(a->picture, a->force);
      require_figures(a->picture);
    }
    const Diagnosis d = task ? diagnose(weights, *task, a->tolerance) : diagnose(weights);
    print_weights(d);
    const Vector half = d.prediction ? d.prediction->learning_times(0.5) : Vector();
    if (task) print_prediction(d, half);
    if (!a->picture.empty()) {
      if (!d.prediction) {
        linnet::bad_input(
            {.field = "--plot", .expected = "a task with a closed form", .got = d.reason, .hint = "try --whiten"});
      }
      catch_signals();
      draw_prediction(d, half, a->picture);
      fmt::print("{}\n", a->picture);
    }
    exit = done;
  });
}

}  // namespace linnet::command
