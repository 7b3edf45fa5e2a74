#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "linnet/linalg/random.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Minibatches, b at a time, of samples or of the observed entries of a matrix that is completed. Each pass takes them
/// in a new random order, without replacement. What does not fill a batch is left for a later pass. With
/// replacement each is drawn alone: a batch is independent of all others, and can have a sample twice. Batch k depends
/// only on the seed and k, so that a run can begin with batch k.
class Minibatches {
 public:
  /// Of samples, which must outlive it. Throws, naming "solver.batch", unless there are samples and 1 <= size <= their
  /// number.
  Minibatches(const Samples* samples, Index size, std::uint64_t seed, Index first = 0);
  /// Of the entries where `mask` is not 0; throws in the same way.
  Minibatches(const Matrix& mask, Index size, std::uint64_t seed, Index first = 0);

  /// Each sample drawn alone, from the next batch on.
  void replace() { replaces_ = true; }

  /// The next batch, which lives until the one after it; allocates nothing. Of entries it has no samples.
  const Samples& draw();
  [[nodiscard]] bool of_entries() const { return samples_ == nullptr; }
  [[nodiscard]] const Samples& batch() const { return batch_; }  ///< the last one drawn: X_B, n_0 x b, and T_B
  [[nodiscard]] std::span<const Index> entries() const { return drawn_; }  ///< or its entries, by index

 private:
  Minibatches(const Samples* samples, std::vector<Index> observed, Index size, std::uint64_t seed, Index first);
  void shuffle();

  const Samples* samples_;
  Index size_;
  std::uint64_t seed_;
  bool replaces_ = false;
  std::uint32_t next_batch_ = 0;
  std::uint32_t pass_ = 0;
  Index next_;
  std::vector<Index> order_;
  Samples batch_;
  std::vector<Index> observed_;
  std::vector<Index> drawn_;
};

}  // namespace linnet
