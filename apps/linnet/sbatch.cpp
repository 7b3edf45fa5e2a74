#include "sbatch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/prepared_sweep.hpp"
#include "own_folder.hpp"
#include "progress.hpp"

namespace linnet::command {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr Index most_measured = 32;
constexpr double longest_measurement = 30;  // seconds
constexpr Index most_tasks = 1000;          // of an array, as clusters are configured if nobody changes it

double seconds_since(Clock::time_point moment) { return std::chrono::duration<double>(Clock::now() - moment).count(); }

/// What points of a sweep cost on one core, in seconds.
struct Costs {
  std::vector<double> points;
  bool estimated = false;  ///< the last one, from a part of its run
  double spent = 0;

  [[nodiscard]] double mean() const {
    double sum = 0;
    for (const double cost : points) sum += cost;
    return sum / static_cast<double>(points.size());
  }
  [[nodiscard]] double longest() const { return *std::max_element(points.begin(), points.end()); }
};

/// Points spread over the grid: multiples of the golden ratio have no rhythm in common with its axes.
std::vector<Index> some_points(Index size) {
  constexpr double golden = 0.6180339887498949;
  std::vector<Index> points;
  for (Index k = 0; k < std::min(size, most_measured); ++k) {
    const double place = static_cast<double>(k) * golden;
    points.push_back(
        size <= most_measured ? k : static_cast<Index>((place - std::floor(place)) * static_cast<double>(size)));
  }
  return points;
}

Costs measured(sweeps::PreparedSweep& sweep, bool quiet) {
  const linalg::SerialBlas serial;
  ProgressLine line("points to measure", quiet);
  const auto began = Clock::now();
  Costs costs;
  const std::vector<Index> points = some_points(sweep.size());
  for (const Index point : points) {
    sweep.make_tasks({point});
    const auto before = Clock::now();
    Progress last;
    const std::vector<double> results = sweep.compute(point, [&](const Progress& p) {
      if (p.done > 0) last = p;
      return !was_interrupted() && seconds_since(began) < longest_measurement;
    });
    double cost = seconds_since(before);
    if (was_interrupted()) {
      throw Error(Error::Kind::interrupted,
                  {.field = "--print-sbatch", .expected = "time to measure points", .got = "an interruption"});
    }
    if (results.empty()) {
      costs.estimated = true;
      if (last.done > 0) cost *= std::max(1.0, last.total / last.done);
    }
    costs.points.push_back(cost);
    costs.spent = seconds_since(began);
    line.show(static_cast<double>(costs.points.size()), static_cast<double>(points.size()));
    if (costs.spent > longest_measurement) break;
  }
  return costs;
}

/// Slurm reads % in the name of a log as the beginning of a pattern.
std::string with_percent_doubled(const std::string& name) {
  std::string doubled;
  for (const char c : name) doubled += c == '%' ? "%%" : std::string(1, c);
  return doubled;
}

std::string approximately(double seconds) {
  if (seconds < 60) return fmt::format("{:.3g} s", seconds);
  return seconds < 3600 ? fmt::format("{:.3g} min", seconds / 60) : fmt::format("{:.3g} h", seconds / 3600);
}

/// The command and its folder are those of this process, if it was not found by PATH.
std::string command_here() {
  const fs::path folder = called_by_path() ? fs::path() : own_folder();
  return folder.empty() ? "linnet" : storage::shell_word((folder / "linnet").string());
}

}  // namespace

int print_batch_script(const config::Source& source, const std::string& file, const fs::path& target,
                       const OutputOptions& options) {
  if (storage::is_stream(file)) {
    linnet::bad_input(
        {.field = "--print-sbatch", .expected = "a configuration in a file, which the tasks read", .got = file});
  }
  sweeps::PreparedSweep sweep(source);
  const Costs costs = measured(sweep, options.quiet);
  const auto size = static_cast<double>(sweep.size());
  const int cores = std::max(1, options.jobs);
  const double whole = size * costs.mean() / cores;
  const auto tasks = static_cast<Index>(std::clamp(std::floor(whole / (60 * options.minutes)), 1.0,
                                                   static_cast<double>(std::min(sweep.size(), most_tasks))));
  const double points = std::ceil(size / static_cast<double>(tasks));
  const double expected = std::max(points * costs.mean() / cores, costs.longest());
  const auto limit = static_cast<long>(std::ceil((2 * expected + 2 * costs.longest()) / 60)) + 5;

  std::string arguments = storage::file_word(file) + " --out " + storage::file_word(target);
  for (const std::string& assignment : options.assignments) arguments += " --set " + storage::shell_word(assignment);
  if (options.mixed) arguments += " --mixed";
  const std::string name = target.stem().string();
  fmt::print(R"(#!/bin/bash
# A sweep of {size} points by a job array of {tasks}. {measured} points spread over the grid were measured in {spent}:
# {mean} each on one core, {longest} at most{estimated}. So a task of {points} points takes about {expected}.
# Submit this script with sbatch. After failures submit it again, or some of its tasks (--array=3,17): points that are finished are not computed again.
# When all tasks are done, this makes the result; as a job of its own:
#   sbatch --dependency=afterok:JOB --wrap={merge}
#SBATCH --job-name={name}
#SBATCH --array=1-{tasks}
#SBATCH --cpus-per-task={cores}
#SBATCH --time={hours:02}:{minutes:02}:00
##SBATCH --partition=NAME
##SBATCH --account=NAME
##SBATCH --mem-per-cpu=2G
#SBATCH --chdir={folder}
#SBATCH --output={log}-%A_%a.log
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=TERM@60

srun --cpus-per-task="$SLURM_CPUS_PER_TASK" {linnet} sweep {arguments} --shard "$SLURM_ARRAY_TASK_ID/{tasks}" --resume --jobs "$SLURM_CPUS_PER_TASK"
status=$?
# 130 is an interruption, as by the signal a minute before the end of the time: the task goes on later.
if [[ $status -eq 130 && ${{SLURM_RESTART_COUNT:-0}} -lt 20 ]]; then
  scontrol requeue "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID"
fi
exit "$status"
)",
             fmt::arg("size", sweep.size()), fmt::arg("tasks", tasks), fmt::arg("measured", costs.points.size()),
             fmt::arg("spent", approximately(costs.spent)), fmt::arg("mean", approximately(costs.mean())),
             fmt::arg("longest", approximately(costs.longest())),
             fmt::arg("estimated", costs.estimated ? ", the last by the part of it that was run" : ""),
             fmt::arg("points", points), fmt::arg("expected", approximately(expected)),
             fmt::arg("merge", storage::shell_word(command_here() + " merge " + storage::file_word(target))),
             fmt::arg("name", storage::shell_word(name)),
             fmt::arg("log", storage::shell_word(with_percent_doubled(name))), fmt::arg("cores", cores),
             fmt::arg("hours", limit / 60), fmt::arg("minutes", limit % 60),
             fmt::arg("folder", storage::shell_word(fs::current_path().string())), fmt::arg("linnet", command_here()),
             fmt::arg("arguments", arguments));
  return done;
}

}  // namespace linnet::command
