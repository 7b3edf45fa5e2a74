#include <fmt/format.h>

#include "command.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/sweep.hpp"

namespace linnet::command {

namespace {

struct MergeArguments {
  std::string target;
  bool force = false;
  bool keep = false;
  bool quiet = false;
};

int merge(const MergeArguments& a) {
  storage::require_writable(a.target, a.force);
  const std::filesystem::path journal = sweeps::journal_beside(a.target);
  const sweeps::Merged merged = sweeps::merge(journal);
  storage::write_netcdf(merged.data, a.target);
  if (!a.keep) sweeps::remove_journals(journal);
  if (!merged.warning.empty()) fmt::print(stderr, "linnet: warning: {}\n", merged.warning);
  if (merged.machines.size() > 1) {
    fmt::print(stderr, "linnet: warning: machines: the points come from different ones, whose last bits may differ\n");
    for (const auto& [machine, points] : merged.machines) fmt::print(stderr, "{} points by\n{}", points, machine);
  }
  if (!a.quiet) {
    fmt::print("{}{} journals merged{}\n", words_of_sweep(a.target, merged.data), merged.journals.size(),
               a.keep ? "" : " and removed");
  }
  return done;
}

}  // namespace

void add_merge(CLI::App& app, int& exit) {
  CLI::App* sub = app.add_subcommand("merge", "Make the result of a sweep from the journals of its shards");
  auto a = std::make_shared<MergeArguments>();
  sub->add_option("FILE", a->target, "The result, the --out of the shards; their journals are beside it")
      ->type_name("FILE.nc")
      ->required();
  sub->add_flag("--keep", a->keep, "Leave the journals");
  sub->add_flag("--force", a->force, "Replace an existing result");
  sub->add_flag("--quiet", a->quiet, "Print nothing but errors and warnings");
  sub->footer(
      "The result has the bits that one process would have written. Missing points are listed; `linnet sweep --resume` "
      "computes them.\n"
      "Examples:\n"
      "  for k in 1 2 3; do linnet sweep grid.toml --out grid.nc --shard $k/3; done\n"
      "  linnet merge grid.nc");
  sub->callback([a, &exit] { exit = merge(*a); });
}

}  // namespace linnet::command
