#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Options of `branching`.
struct Branching {
  Index levels = 3;         ///< of the tree; branches^levels leaves
  Index branches = 2;       ///< of each node
  double flip = 0.15;       ///< the probability that a feature changes its sign along an edge
  Index features = 10'000;  ///< outputs
  std::uint64_t seed = 0;
};

/// Items that descend from one another (the branching diffusion of Saxe, McClelland and Ganguli 2019): the items are
/// the leaves of a tree, one-hot; each feature is ±1 at the root, evenly, and changes its sign along each edge with
/// probability `flip`, independently of all others. Y is features x items, C = ½‖A − Y‖²; over features, two leaves
/// with e edges between them have the covariance (1 − 2 flip)^e. Throws for no branches or features, fewer than 0
/// levels, a flip outside [0, 1], and a tree beyond the memory.
Task branching(const Branching& options);

}  // namespace linnet::tasks
