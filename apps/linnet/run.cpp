#include "command.hpp"
#include "linnet/error.hpp"
#include "saved_run.hpp"

namespace linnet::command {

namespace {

struct RunArguments {
  std::string file;
  OutputOptions options;
};

/// `run` and `sweep` differ in the configurations that they accept, and in options for many points.
void add_executing(CLI::App& app, int& exit, const char* name, const char* what, const char* footer, bool sweeps) {
  CLI::App* sub = app.add_subcommand(name, what);
  auto arguments = std::make_shared<RunArguments>();
  sub->add_option("CONFIG", arguments->file, "Configuration file (TOML; docs/configuration.md lists the keys)")
      ->required();
  sub->add_option("--out", arguments->options.out, "Result file (default: the configuration's name with .nc, here)");
  sub->add_option("--plot", arguments->options.picture, "Also draw the fitting picture: a .svg, .pdf or .png file");
  add_common(*sub, arguments->options);
  if (sweeps) {
    add_sweep_options(*sub, arguments->options);
  } else {
    sub->add_option("--checkpoint", arguments->options.checkpoint,
                    "Also write the whole state at the end: a .nc file, for --continue")
        ->type_name("FILE");
    sub->add_option("--continue", arguments->options.from,
                    "Go on from such a file; solver.max_steps and t_end count from the start of that run")
        ->type_name("FILE");
    sub->add_flag("--resume", arguments->options.resume, "Go on with an interrupted run, from OUT.checkpoint");
    sub->add_option("--checkpoint-every", arguments->options.save_every,
                    "Seconds between saves for --resume (default: 30; 0: never)")
        ->check(seconds("--checkpoint-every"))
        ->type_name("SECONDS");
  }
  sub->footer(footer);
  sub->callback([arguments, &exit, sweeps] {
    catch_signals();
    config::Source source = config::Source::from_file(arguments->file);
    for (const std::string& assignment : arguments->options.assignments) source.set(assignment);
    const config::Configuration c = source.resolve();
    if (c.sweep.active() != sweeps) {
      linnet::bad_input({.field = "sweep.axes",
                         .expected = sweeps ? "at least one axis" : "no axes, for a single run",
                         .got = sweeps ? "none" : std::to_string(c.sweep.axes.size()),
                         .hint = sweeps ? "use linnet run for a single run" : "use linnet sweep"});
    }
    const std::filesystem::path target =
        arguments->options.out.empty() ? std::filesystem::path(arguments->file).filename().replace_extension(".nc")
                                       : std::filesystem::path(arguments->options.out);
    require_apart("--out", target, "CONFIG", arguments->file);
    if (!sweeps && arguments->options.resume) {
      require_resumable(c, arguments->options);
      if (!arguments->options.force) require_saved(c, target);
    }
    if (!arguments->options.picture.empty()) {
      require_apart("--plot", arguments->options.picture, "CONFIG", arguments->file);
    }
    if (!arguments->options.checkpoint.empty()) {
      require_apart("--checkpoint", arguments->options.checkpoint, "CONFIG", arguments->file);
      require_apart("--checkpoint", arguments->options.checkpoint, "the result's", target);
    }
    if (!arguments->options.from.empty()) require_apart("--out", target, "that of --continue", arguments->options.from);
    exit = execute(source, target, arguments->options);
  });
}

}  // namespace

void add_run(CLI::App& app, int& exit) {
  add_executing(
      app, exit, "run", "Train one network and record it",
      "A run that can be resumed is saved in OUT.checkpoint on its way, until its result is written.\n"
      "Examples:\n"
      "  linnet run lazy.toml\n"
      "  linnet run lazy.toml --resume\n"
      "  linnet run lazy.toml --set network.width=4096 --set solver.max_steps=200 --out wide.nc --plot wide.png\n"
      "  linnet run lazy.toml --checkpoint half.nc && linnet run lazy.toml --set solver.max_steps=2000 --continue "
      "half.nc "
      "--out whole.nc",
      false);
}

void add_sweep(CLI::App& app, int& exit) {
  add_executing(app, exit, "sweep", "Run every point of a grid, in parallel, resumably",
                "Each finished point is kept in OUT.journal until the result is written.\n"
                "Examples:\n"
                "  linnet sweep phase-diagram.toml --jobs 2 --out phase.nc\n"
                "  linnet sweep phase-diagram.toml --out phase.nc --resume",
                true);
}

}  // namespace linnet::command
