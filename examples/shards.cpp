// A sweep in parts. Processes that know nothing of each other compute shards of it, here one after another, and their
// journals are merged; or one process collects what the others send it.

#include <cstdio>
#include <filesystem>
#include <vector>

#include "linnet/sweeps/sweep.hpp"

int main() {
  using namespace linnet;
  const auto grid = config::Source::from_text(R"(
[task]
dim = 20
rank = 2
[network]
kind = "infinite_width"
[solver]
kind = "exact"
[sweep]
seeds = 3
axes = [{field = "network.scale", logarithmic = [1e-3, 10, 5]}]
)");
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / "linnet-example-shards";
  std::filesystem::create_directory(folder);
  const std::filesystem::path journal = sweeps::journal_beside(folder / "grid.nc");

  // In three processes, or on three machines:
  for (const Index which : {1, 2, 3}) {
    const Index points = sweeps::sweep_shard(grid, {.which = which, .count = 3},
                                             {.journal = journal, .earlier = sweeps::Journals::replaced});
    std::printf("shard %d of 3: %d points\n", static_cast<int>(which), static_cast<int>(points));
  }
  const Dataset merged = sweeps::merge(journal).data;
  sweeps::remove_journals(journal);

  // The same by messages: a worker sends its points as bytes to the process that collects them.
  sweeps::PreparedSweep worker(grid);
  sweeps::Collector collector(grid, {}, {});
  collector.add(sweeps::computed_blocks(worker, collector.missing(), {.jobs = 1}));

  const std::vector<double> errors = merged["best_test_error"].as_reals();
  const bool same = errors == collector.dataset()["best_test_error"].as_reals() &&
                    errors == sweeps::sweep(grid)["best_test_error"].as_reals();
  std::printf("the same numbers in all three ways: %s\n", same ? "yes" : "no");
}

// Output:
//   shard 1 of 3: 5 points
//   shard 2 of 3: 5 points
//   shard 3 of 3: 5 points
//   the same numbers in all three ways: yes
