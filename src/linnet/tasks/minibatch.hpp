#pragma once

#include <cstdint>
#include <vector>

#include "linnet/linalg/random.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Minibatches of regression data: gradients of (1/2b)‖A X_B − T_B‖² over b samples at a time. Each pass over the data
/// takes the samples in a new random order, without replacement. Samples that do not fill a batch are left for a later
/// pass. Batch k depends only on the seed and k, so that a run can begin with batch k.
class Minibatches {
 public:
  /// Throws, naming "solver.batch", unless the cost has samples and 1 <= size <= their number. `cost` must outlive it.
  Minibatches(const Cost& cost, Index size, std::uint64_t seed, Index first = 0);
  Minibatches(const Samples& samples, Index size, std::uint64_t seed, Index first = 0);  ///< they must outlive it

  void draw();                                                      ///< the next batch; allocates nothing
  [[nodiscard]] const Matrix& inputs() const { return inputs_; }    ///< X_B, n_0 x b
  [[nodiscard]] const Matrix& targets() const { return targets_; }  ///< T_B, n_2 x b
  const Matrix& gradient(const Matrix& a);                          ///< (1/b)(A X_B − T_B) X_Bᵀ, n_2 x n_0

 private:
  void shuffle();

  const Samples* samples_;
  Index size_;
  std::uint64_t seed_;
  std::uint32_t pass_ = 0;
  Index next_;
  std::vector<Index> order_;
  Matrix inputs_;
  Matrix targets_;
  Matrix difference_;
  Matrix gradient_;
};

}  // namespace linnet
