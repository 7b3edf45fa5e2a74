#pragma once

#include <cstdint>
#include <vector>

#include "linnet/linalg/random.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Minibatches of samples, b at a time. Each pass over the data takes the samples in a new random order, without
/// replacement. Samples that do not fill a batch are left for a later pass. Batch k depends only on the seed and k, so
/// that a run can begin with batch k.
class Minibatches {
 public:
  /// Throws, naming "solver.batch", unless there are samples and 1 <= size <= their number; they must outlive it.
  Minibatches(const Samples* samples, Index size, std::uint64_t seed, Index first = 0);

  const Samples& draw();  ///< the next batch, which lives until the one after it; allocates nothing
  [[nodiscard]] const Samples& batch() const { return batch_; }  ///< the last one drawn: X_B, n_0 x b, and T_B

 private:
  void shuffle();

  const Samples* samples_;
  Index size_;
  std::uint64_t seed_;
  std::uint32_t pass_ = 0;
  Index next_;
  std::vector<Index> order_;
  Samples batch_;
};

}  // namespace linnet
