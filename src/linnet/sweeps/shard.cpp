#include "linnet/sweeps/shard.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/support/numbers.hpp"

namespace linnet::sweeps {

namespace {

constexpr Index most_shards = 1'000'000'000;

Shard checked(Shard shard, const std::string& given) {
  if (shard.count >= 1 && shard.count <= most_shards && shard.which >= 1 && shard.which <= shard.count) return shard;
  bad_input({.field = "--shard",
             .expected = fmt::format("K/N with 1 <= K <= N <= {}", most_shards),
             .got = given,
             .hint = "shards count from 1: of 200, the first is 1/200 and the last 200/200"});
}

Index number_of_slurm(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) {
    bad_input({.field = "--shard slurm",
               .expected = fmt::format("a task of a job array, with {}", name),
               .got = "none",
               .hint = "sbatch --array=1-200, or --shard 3/200"});
  }
  if (const std::optional<Index> number = number_in<Index>(text)) return *number;
  bad_input({.field = name, .expected = "a whole number", .got = fmt::format("\"{}\"", text)});
}

/// The tasks of an array may have any first number, and any step between their numbers.
Shard of_slurm() {
  const Index id = number_of_slurm("SLURM_ARRAY_TASK_ID");
  const Index first = number_of_slurm("SLURM_ARRAY_TASK_MIN");
  const Index count = number_of_slurm("SLURM_ARRAY_TASK_COUNT");
  const Index step = std::getenv("SLURM_ARRAY_TASK_STEP") == nullptr ? 1 : number_of_slurm("SLURM_ARRAY_TASK_STEP");
  if (step >= 1 && (id - first) % step == 0 && (id - first) / step < count && id >= first) {
    return checked({.which = (id - first) / step + 1, .count = count}, "slurm");
  }
  bad_input({.field = "--shard slurm",
             .expected = "a job array with one distance between its tasks, as --array=1-200",
             .got = fmt::format("task {} of {} tasks from {} on", id, count, first),
             .hint = "the tasks of a list with gaps have no common count: give --shard $SLURM_ARRAY_TASK_ID/N"});
}

}  // namespace

Shard Shard::from_text(const std::string& text) {
  if (text == "slurm") return of_slurm();
  const auto slash = text.find('/');
  const auto which = number_in<Index>(text.substr(0, slash));
  const auto count = slash == std::string::npos ? std::nullopt : number_in<Index>(text.substr(slash + 1));
  return checked({.which = which.value_or(0), .count = count.value_or(0)}, "\"" + text + "\"");
}

std::string Shard::name() const { return fmt::format("{}-of-{}", which, count); }

}  // namespace linnet::sweeps
