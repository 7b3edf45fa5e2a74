#include "linnet/design/design.hpp"

#include <fmt/format.h>

#include "command.hpp"
#include "linnet/config/words.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/designs.hpp"
#include "picture.hpp"

namespace linnet::command {

namespace {

struct DesignArguments {
  std::string file;
  std::string target;
  std::optional<Index> active;
  std::optional<double> kernel_distance;
  std::optional<Index> width;
  std::optional<double> noise;
  std::optional<Index> folds;
  bool from_target = false;
  OutputOptions output;
};

config::Configuration configuration(const DesignArguments& a) {
  if (a.file.empty() == a.target.empty()) {
    linnet::bad_input({.field = "CONFIG, --target",
                       .expected = "one of them",
                       .got = a.file.empty() ? "neither" : "both",
                       .hint = "a configuration, or a file with a matrix of signal and noise"});
  }
  config::Source source = a.target.empty()
                              ? config::Source::from_file(file_of(a.file))
                              : config::Source::from_text("[task]\nkind = \"target\"\n", std::filesystem::path("."));
  if (!a.target.empty()) source.set("task.file=" + config::in_quotes(file_of(a.target)));
  if (source.read().configuration.solver.kind->word() != std::string("design")) source.set("solver.kind=design");
  const auto set = [&](const char* key, const auto& value) {
    if (value) source.set(fmt::format("solver.{}={}", key, *value));
  };
  set("active", a.active);
  set("kernel_distance", a.kernel_distance);
  set("width", a.width);
  set("noise", a.noise);
  set("folds", a.folds);
  if (a.from_target) source.set("solver.from_target=true");
  for (const std::string& assignment : a.output.assignments) source.set(assignment);
  config::Configuration c = source.resolve();
  if (c.sweep.active()) {
    linnet::bad_input({.field = "sweep.axes",
                       .expected = "no axes, for one design",
                       .got = std::to_string(c.sweep.axes.size()),
                       .hint = "use linnet sweep"});
  }
  return c;
}

std::string words_of(Design::Source source) {
  switch (source) {
    case Design::Source::signal:
      return "the test of the task";
    case Design::Source::spectrum:
      return "the signal that the target's singular values show";
    case Design::Source::folds:
      return "folds, whose errors include the noise";
  }
  return {};
}

void print(const Design& d, const DesignOptions& o) {
  fmt::print("test error   {:.4g}", d.test_error);
  if (d.error_bar > 0) fmt::print(" +- {:.2g}", d.error_bar);
  fmt::print(", by {}\n", words_of(d.source));
  if (d.estimate) {
    fmt::print("signal       rank {}, strengths {:.4g} to {:.4g}; noise {:.4g} ({})\n", d.estimate->rank(),
               d.estimate->strengths(0), d.estimate->strengths(d.estimate->rank() - 1), d.estimate->noise,
               d.estimate->noise_known ? "given" : "estimated");
  }
  fmt::print("scale        kappa = {:.4g}: sigma_1^2 w = {:.4g}, sigma_2^2 w = {:.4g}, lambda = {:.4g}\n", d.scale,
             d.scales()[0], d.scales()[1], d.balance);
  if (d.width) {
    fmt::print("width        {}, which adds {:.2g} to the test error of infinite width\n", *d.width, d.width_loss);
  }
  fmt::print("time         t = {:.4g} at rate {:.4g}\n", d.time, o.rate);
  fmt::print("regime       {}: {} active\n", d.regime, d.active == 1 ? "1 mode" : fmt::format("{} modes", d.active));
  if (std::isfinite(d.kernel_distance)) fmt::print("kernel       moves by {:.3g}\n", d.kernel_distance);
  fmt::print("\n{:<44} {:>10}\n", "test error of", "");
  if (std::isfinite(d.bound)) {
    fmt::print("{:<44} {:>10.4g}\n", "the optimal shrinker of singular values", d.bound);
  }
  fmt::print("{:<44} {:>10.4g}\n", "the lazy limit, stopped at its best", d.lazy_error);
  fmt::print("{:<44} {:>10.4g}\n", "the limit of small scale, stopped at its best", d.balanced_error);
  fmt::print("{:<44} {:>10.4g}\n", "no training", d.start_error);
  fmt::print("{:<44} {:>10.4g}\n", "training to the end", d.final_error);
  fmt::print("\n{:<44} {:>10} {:>10}\n", "test error, relative, off by a factor of 2", "half", "twice");
  fmt::print("{:<44} {:>10.4g} {:>10.4g}\n", "scale, at the same time", d.price.half_scale, d.price.twice_scale);
  fmt::print("{:<44} {:>10.4g} {:>10.4g}\n", "scale, at its own best time", d.price.half_scale_retimed,
             d.price.twice_scale_retimed);
  fmt::print("{:<44} {:>10.4g} {:>10.4g}\n", "time", d.price.half_time, d.price.twice_time);
  if (!d.warning.empty()) fmt::print("warning      {}\n", d.warning);
}

}  // namespace

void add_design(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("design", "Which network has the smallest test error, and when to stop it");
  auto a = std::make_shared<DesignArguments>();
  sub->add_option("CONFIG", a->file, "Configuration with the task, and with solver.kind = design also with options")
      ->type_name("FILE.toml");
  sub->add_option("--target", a->target, "Instead: a matrix of signal and noise, outputs x inputs")
      ->type_name("FILE.{npy,csv,txt}");
  sub->add_option("--active", a->active, "The best with so many active modes, the first ones")->type_name("NUMBER");
  sub->add_option("--kernel-distance", a->kernel_distance, "The best whose kernel has moved so far")
      ->type_name("NUMBER");
  sub->add_option("--width", a->width, "The largest width")->type_name("NUMBER");
  sub->add_option("--noise", a->noise, "Standard deviation of the noise of a target without a known signal")
      ->type_name("NUMBER");
  sub->add_option("--folds", a->folds, "Hold out samples or entries, in so many folds")->type_name("NUMBER");
  sub->add_flag("--from-target", a->from_target, "Take the signal for unknown although the task has one");
  sub->add_option("--out", a->output.out, "Also write best time and test error of every scale")->type_name("FILE.nc");
  sub->add_option("--plot", a->output.picture, "Also draw them")->type_name("FILE.{png,svg,pdf}");
  add_common(*sub, a->output);
  sub->footer(
      "Examples:\n"
      "  linnet design mixed.toml\n"
      "  linnet design mixed.toml --active 5 --out design.nc --plot design.png\n"
      "  linnet design --target noisy.npy --noise 0.1");
  sub->callback([a, &exit] {
    catch_signals();
    const config::Configuration c = configuration(*a);
    const DesignOptions o = sweeps::complete(c, *c.solver.kind->design());
    if (!a->output.out.empty()) {
      storage::require_writable(a->output.out, a->output.force);
      require_apart("--out", a->output.out, "CONFIG", file_of(a->file));
    }
    if (!a->output.picture.empty()) {
      require_picture(a->output.picture, a->output.force);
      require_figures(a->output.picture);
    }
    const sweeps::PreparedTask task = sweeps::prepare_task(c);
    const Interruptible interruptible([] { return !was_interrupted(); });
    const Design d = design(*task.task, o);
    if (!a->output.quiet) print(d, o);
    Dataset data = sweeps::to_dataset(d);
    for (auto& [name, value] : sweeps::provenance(c, "design")) data.attributes[name] = value;
    if (!a->output.out.empty()) storage::write_netcdf(data, a->output.out);
    if (!a->output.picture.empty()) draw(data, a->output.picture);
    for (const std::string& written : {a->output.out, a->output.picture}) {
      if (!written.empty() && !a->output.quiet) fmt::print("{}\n", written);
    }
    exit = done;
  });
}

}  // namespace linnet::command
