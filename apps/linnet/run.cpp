#include <algorithm>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "saved_run.hpp"
#include "sbatch.hpp"

namespace linnet::command {

namespace {

namespace fs = std::filesystem;

struct RunArguments {
  std::string file;
  OutputOptions options;
};

/// The result of a configuration, in the working directory. A number like that of /dev/fd/63 is no name.
fs::path result_of(const fs::path& configuration) {
  const std::string name = configuration.filename().replace_extension().string();
  const bool is_number = std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  return (is_number && storage::is_stream(configuration) ? "stdin" : name) + ".nc";
}

/// `run` and `sweep` differ in the configurations that they accept, and in options for many points.
void add_executing(CLI::App& app, int& exit, const char* name, const char* what, const char* footer, bool sweeps) {
  CLI::App* sub = app.add_subcommand(name, what);
  auto arguments = std::make_shared<RunArguments>();
  sub->add_option("CONFIG", arguments->file,
                  "Configuration (`linnet init` writes one, `linnet info --keys` lists the keys); - is standard input")
      ->type_name("FILE.toml")
      ->required();
  sub->add_option("--out", arguments->options.out, "Result file (default: the configuration's name with .nc, here)")
      ->type_name("FILE.nc");
  sub->add_option("--plot", arguments->options.picture, "Also draw the fitting picture")
      ->type_name("FILE.{png,svg,pdf}");
  add_common(*sub, arguments->options);
  if (sweeps) {
    add_sweep_options(*sub, arguments->options);
    sub->add_option("--shard", arguments->options.shard,
                    "Compute only the points of one shard of N, into a journal that `linnet merge` reads; slurm: that "
                    "of the task of a job array")
        ->type_name("K/N")
        ->excludes("--plot");
    CLI::Option* script =
        sub->add_flag("--print-sbatch", arguments->options.print_sbatch,
                      "Compute nothing but a few points to measure them; print a batch script of Slurm for all")
            ->excludes("--plot", "--shard");
    sub->add_option("--minutes", arguments->options.minutes,
                    "With --print-sbatch: what a task of the script takes at least (default: 10)")
        ->type_name("MINUTES")
        ->check(positive_number("--minutes"))
        ->needs(script);
  } else {
    sub->add_option("--checkpoint", arguments->options.checkpoint,
                    "Also write the whole state at the end, for --continue")
        ->type_name("FILE.nc");
    sub->add_option("--continue", arguments->options.from,
                    "Go on from such a file; solver.max_steps and t_end count from the start of that run")
        ->type_name("FILE.nc");
    sub->add_flag("--resume", arguments->options.resume, "Go on with an interrupted run, from OUT.checkpoint");
    sub->add_option("--checkpoint-every", arguments->options.save_every,
                    "Seconds between saves for --resume (default: 30; 0: never)")
        ->check(seconds("--checkpoint-every"))
        ->type_name("SECONDS");
  }
  sub->footer(footer);
  sub->callback([arguments, &exit, sweeps] {
    catch_signals();
    const std::string file = file_of(arguments->file);
    config::Source source = config::Source::from_file(file);
    for (const std::string& assignment : arguments->options.assignments) source.set(assignment);
    const config::Configuration c = source.resolve();
    if (c.sweep.active() != sweeps) {
      linnet::bad_input({.field = "sweep.axes",
                         .expected = sweeps ? "at least one axis" : "no axes, for a single run",
                         .got = sweeps ? "none" : std::to_string(c.sweep.axes.size()),
                         .hint = sweeps ? "use linnet run for a single run" : "use linnet sweep"});
    }
    const std::filesystem::path target =
        arguments->options.out.empty() ? result_of(file) : std::filesystem::path(arguments->options.out);
    require_apart("--out", target, "CONFIG", file);
    if (!sweeps && arguments->options.resume) {
      require_resumable(c, arguments->options);
      if (!arguments->options.force) require_saved(c, target);
    }
    if (!arguments->options.picture.empty()) require_apart("--plot", arguments->options.picture, "CONFIG", file);
    if (!arguments->options.checkpoint.empty()) {
      require_apart("--checkpoint", arguments->options.checkpoint, "CONFIG", file);
      require_apart("--checkpoint", arguments->options.checkpoint, "the result's", target);
    }
    if (!arguments->options.from.empty()) require_apart("--out", target, "that of --continue", arguments->options.from);
    exit = arguments->options.print_sbatch ? print_batch_script(source, file, target, arguments->options)
                                           : execute(source, target, arguments->options);
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
                "  linnet sweep phase-diagram.toml --out phase.nc --resume\n"
                "  for k in 1 2 3; do linnet sweep grid.toml --out grid.nc --shard $k/3; done; linnet merge grid.nc\n"
                "  linnet sweep phase-diagram.toml --out phase.nc --print-sbatch >phase.sh && sbatch phase.sh",
                true);
}

}  // namespace linnet::command
