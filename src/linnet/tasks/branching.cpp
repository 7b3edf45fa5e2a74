#include "linnet/tasks/branching.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/named_stream.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::tasks {

Task branching(const Branching& o) {
  require_at_least(o.levels, 0, "task.levels");
  require_at_least(o.branches, 1, "task.branches");
  require_at_least(o.features, 1, "task.features");
  if (!(o.flip >= 0 && o.flip <= 1)) {
    bad_input({.field = "task.flip", .expected = "a probability from 0 to 1", .got = format_number(o.flip)});
  }
  const double leaves = std::pow(static_cast<double>(o.branches), static_cast<double>(o.levels));
  require_memory(3 * matrix_bytes(static_cast<double>(o.features), leaves), "task.levels",
                 format_number(leaves) + " items of " + std::to_string(o.features) + " features");
  linalg::Random random({.seed = o.seed, .stream = linalg::named_stream("branching")});
  Matrix level(o.features, 1);  // the nodes of a level, a column each
  for (Index f = 0; f < o.features; ++f) {
    stop_if_asked(f);
    level(f, 0) = random.uniform() < 0.5 ? 1 : -1;
  }
  for (Index l = 0; l < o.levels; ++l) {
    Matrix below(o.features, level.cols() * o.branches);
    for (Index child = 0; child < below.cols(); ++child) {
      for (Index f = 0; f < o.features; ++f) {
        stop_if_asked(f);
        const double parent = level(f, child / o.branches);
        below(f, child) = random.uniform() < o.flip ? -parent : parent;
      }
    }
    level = std::move(below);
  }
  return {.name = "branching", .train = Cost::full_matrix(std::move(level))};
}

}  // namespace linnet::tasks
