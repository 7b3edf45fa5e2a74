#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <string>

#include "command.hpp"
#include "linnet/error.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/network_file.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/numbers.hpp"
#include "linnet/sweeps/earlier.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/run.hpp"
#include "linnet/sweeps/sweep.hpp"
#include "picture.hpp"
#include "progress.hpp"
#include "saved_run.hpp"

namespace linnet::command {

namespace {

volatile std::sig_atomic_t signal_seen = 0;

/// The first signal asks the computation to stop; the next one ends the process at once. Files on disk are always
/// complete.
void note_signal(int signal) {
  if (signal_seen != 0) _exit(interrupted);
  signal_seen = signal;
}

/// The final sign of one neuron's a, if a closed form has computed it; else empty.
std::string fate_of_neuron(const Dataset& data) {
  const std::string sign = data.attribute("end_sign");
  if (sign.empty()) return {};
  const double change = number_in<double>(data.attribute("sign_change")).value_or(std::nan(""));
  return fmt::format(
      "a ends {} 0, {}; basin boundary at alignment {:.6g}\n",
      sign == "0"   ? "at"
      : sign == "1" ? "above"
                    : "below",
      std::isfinite(change) ? fmt::format("its sign changes at t = {:.6g}", change) : "its sign as at the start",
      number_in<double>(data.attribute("critical_alignment")).value_or(std::nan("")));
}

/// When a diagonal network jumps in the limit of a vanishing start, if that is compared; else empty.
std::string jumps_of(const Dataset& data) {
  const std::string times = data.attribute("jump_times");
  return times.empty() ? times : fmt::format("jumps at t = {}, for a vanishing start\n", times);
}

int execute_run(const config::Source& source, const std::filesystem::path& target, const OutputOptions& options) {
  const config::Configuration c = source.resolve();
  SavedRun saved(c, target, options);
  std::optional<Checkpoint> from;
  if (!options.from.empty()) from = storage::read_checkpoint(options.from);
  if (saved.checkpoint() != nullptr) from = *saved.checkpoint();
  ProgressLine line(c.solver.kind->progress(), options.quiet);
  sweeps::RunResult result = sweeps::run(
      c,
      [&](const Progress& p) {
        line.show(p.done, p.total);
        return !was_interrupted();
      },
      from ? &*from : nullptr, saved.saving());
  line.clear();
  storage::write_netcdf(result.data, target);
  if (!options.checkpoint.empty() && result.checkpoint) {
    storage::write_checkpoint(*result.checkpoint, options.checkpoint);
  } else if (!options.checkpoint.empty()) {
    fmt::print(stderr, "linnet: warning: no checkpoint was written, as there is nothing to continue\n");
  }
  const Outcome& o = result.outcome;
  if (o.status != Status::interrupted) saved.remove();  // all of it is in the result now
  if (const std::string warning = result.data.attribute("warning"); !warning.empty()) {
    fmt::print(stderr, "linnet: warning: {}\n", warning);
  }
  if (!options.quiet) {
    fmt::print("{}: {}{} at step {}, t = {:.6g}\n", target.string(), to_string(o.status),
               o.rule.empty() ? "" : " by " + o.rule, o.step, o.time);
    fmt::print("{}{}", fate_of_neuron(result.data), jumps_of(result.data));
    if (o.status == Status::interrupted) fmt::print("{}", saved.words());
  }
  if (o.status == Status::diverged) {
    throw Error(Error::Kind::numerical, {.field = "solver.step",
                                         .expected = "a run that stays bounded",
                                         .got = fmt::format("divergence at step {}, t = {:.6g}", o.step, o.time),
                                         .hint = "take a smaller step; what was recorded is in " + target.string()});
  }
  return o.status == Status::interrupted ? interrupted : done;
}

/// Throws for a run of which nothing is kept along the way: it has no picture.
void require_something_recorded(const config::Configuration& c) {
  if (!c.record.observables.empty() || c.network.compare != "none" || !c.task.then.empty()) return;
  linnet::bad_input({.field = "--plot",
                     .expected = "a run that records something",
                     .got = "record.observables = []",
                     .hint = "leave --plot out, or record what it is to show"});
}

sweeps::Journals earlier_journals(const OutputOptions& options) {
  using sweeps::Journals;
  if (options.mixed) return Journals::mixed;
  if (options.resume) return Journals::resumed;
  return options.force ? Journals::replaced : Journals::refused;
}

int execute_sweep(const config::Source& source, const std::filesystem::path& target, const OutputOptions& options) {
  ProgressLine line("points", options.quiet);
  Index held_back = 0;
  const sweeps::SweepOptions sweep{
      .computing = {.jobs = options.jobs,
                    .report =
                        [&](const sweeps::SweepProgress& p) {
                          line.show(static_cast<double>(p.done), static_cast<double>(p.total),
                                    static_cast<double>(p.resumed));
                          held_back = p.held_back;
                        },
                    .keep_going = [] { return !was_interrupted(); }},
      .journal = sweeps::journal_beside(target),
      .earlier = earlier_journals(options),
      .preview =
          [&](const Dataset& data) {
            if (!options.picture.empty()) require_picture_of(data, options.picture);
          },
      .warn = [](const std::string& what) { fmt::print(stderr, "linnet: warning: {}\n", what); }};
  std::string told;
  if (!options.shard) {
    const Dataset data = sweeps::sweep(source, sweep);
    storage::write_netcdf(data, target);
    sweeps::remove_journals(sweep.journal);  // all of them is in the result now
    told = words_of_sweep(target, data);
  } else {
    const sweeps::Shard shard = sweeps::Shard::from_text(*options.shard);
    const Index points = sweeps::sweep_shard(source, shard, sweep);
    told = fmt::format("{}.{}: {} points; when all {} shards are done: linnet merge {}\n", sweep.journal.string(),
                       shard.name(), points, shard.count, storage::file_word(target));
  }
  line.clear();
  if (held_back > 0) {
    fmt::print(stderr, "linnet: warning: memory: {} points waited, as fewer fit side by side than there are jobs\n",
               held_back);
  }
  if (!options.quiet) fmt::print("{}", told);
  return done;
}

}  // namespace

void catch_signals() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;  // as nohup sets it
    action = {};
    action.sa_handler = note_signal;
    sigaction(signal, &action, nullptr);
  }
}

bool was_interrupted() { return signal_seen != 0; }

std::string words_of_sweep(const std::filesystem::path& target, const Dataset& data) {
  const std::vector<std::int64_t>& status = data["status"].integers();
  const auto diverged = std::count(status.begin(), status.end(), static_cast<int>(Status::diverged));
  return fmt::format("{}: {} points{}\n", target.string(), status.size(),
                     diverged == 0 ? "" : fmt::format(", {} of them diverged", diverged));
}

void require_picture(const std::filesystem::path& picture, bool force) {
  (void)picture_format(picture, "--plot");
  storage::require_writable(picture, force);
}

bool is_drawn(const std::filesystem::path& picture, const std::filesystem::path& data) {
  std::error_code error;
  const auto drawn = last_write_time(picture, error);
  return !error && drawn >= last_write_time(data, error) && !error;
}

void require_apart(const std::string& option, const std::filesystem::path& written, const std::string& what,
                   const std::filesystem::path& read) {
  // A file without a path in the file system, such as a pipe, is compared by its name.
  const auto whole = [](const std::filesystem::path& file) {
    std::error_code error;
    const std::filesystem::path here = absolute(file, error);
    const std::filesystem::path real = weakly_canonical(here, error);
    return error ? file.lexically_normal() : real;
  };
  if (whole(written) != whole(read)) return;
  linnet::bad_input({.field = option, .expected = "another file than " + what, .got = written.string()});
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) {
    throw linnet::Error(linnet::Error::Kind::output,
                        {.field = folder.string(), .expected = "a folder that can be made", .got = failure.message()});
  }
}

void add_common(CLI::App& sub, OutputOptions& options) {
  sub.add_option("--set", options.assignments, "Override a field: --set network.width=4096 (may be repeated)")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->take_all();
  sub.add_flag("--force", options.force, "Replace an existing result");
  sub.add_flag("--quiet", options.quiet, "Print nothing but errors");
}

void add_sweep_options(CLI::App& sub, OutputOptions& options) {
  sub.add_option("--jobs", options.jobs, "Points side by side (default: one a core)")
      ->type_name("NUMBER")
      ->check(whole_number("--jobs", 1, 4096));
  CLI::Option* resume = sub.add_flag("--resume", options.resume, "Go on with an interrupted sweep");
  sub.add_flag("--mixed", options.mixed, "With --resume: also where another machine, BLAS or version began")
      ->needs(resume);
}

int execute(const config::Source& source, const std::filesystem::path& target, const OutputOptions& options) {
  const config::Configuration c = source.resolve();
  const bool is_sweep = c.sweep.active();
  const auto earlier = options.resume && !options.force ? sweeps::earlier_result(c, target, options.shard.has_value())
                                                        : sweeps::Earlier::missing;
  const bool complete = earlier == sweeps::Earlier::complete;
  const bool drawn = complete && is_drawn(options.picture, target);
  storage::require_writable(target, options.force || earlier != sweeps::Earlier::missing);
  const bool goes_on_in_place = !options.checkpoint.empty() && options.checkpoint == options.from;
  if (!options.checkpoint.empty()) storage::require_writable(options.checkpoint, options.force || goes_on_in_place);
  const std::vector<config::InputFile> inputs = config::input_files(c);
  for (const auto& [field, file] : inputs) require_apart("--out", target, "that of " + field, file);
  if (!options.picture.empty()) {
    for (const auto& [field, file] : inputs) require_apart("--plot", options.picture, "that of " + field, file);
    require_apart("--plot", options.picture, "the result's", target);
    if (!drawn) require_picture(options.picture, options.force);
    if (!is_sweep) {
      require_something_recorded(c);
      require_figures(options.picture);
    }
  }
  int exit = done;
  if (complete) {
    is_sweep ? sweeps::remove_journals(sweeps::journal_beside(target)) : SavedRun::remove_beside(target);
    if (!options.quiet) fmt::print("{}: complete, not computed again\n", target.string());
  } else {
    exit = is_sweep ? execute_sweep(source, target, options) : execute_run(source, target, options);
  }
  if (exit == done && !options.picture.empty()) {
    if (!drawn) draw(target, options.picture);
    if (!options.quiet) fmt::print("{}\n", options.picture);
  }
  return exit;
}

}  // namespace linnet::command
