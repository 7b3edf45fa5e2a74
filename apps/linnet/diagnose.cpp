#include <fmt/format.h>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/predict/diagnosis.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/run.hpp"
#include "modes_table.hpp"
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

void print_task(const Diagnosis& d) {
  fmt::print("prediction   {}: {}\n", to_string(d.verdict), d.reason);
  if (d.verdict == Diagnosis::Verdict::approximate) {
    fmt::print("             estimated error of A(t): {:.2g} of |Y|\n", d.error);
  }
  print_prediction(*d.prediction);
}

void draw_prediction(const Diagnosis& d, const std::filesystem::path& target) {
  const Prediction& p = *d.prediction;
  double last = 0;
  for (const double t : p.learning_times(0.5)) {
    if (std::isfinite(t)) last = std::max(last, t);
  }
  if (last == 0) last = p.default_times().back();
  std::vector<double> times;
  constexpr int count = 200;
  for (int k = 0; k <= count; ++k) times.push_back(2.5 * last * k / count);
  Dataset data = sweeps::to_dataset(p.trace(
      times, {.observables = {observables::train_error(), observables::singular_values()}, .threshold = d.threshold}));
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
    if (task) print_task(d);
    if (!a->picture.empty()) {
      catch_signals();
      draw_prediction(d, a->picture);
      fmt::print("{}\n", a->picture);
    }
    exit = done;
  });
}

}  // namespace linnet::command
