#pragma once

#include <cstdint>
#include <optional>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// The target of quadratic word2vec (Karkada et al. 2025) from the counts of pairs of words within a window, n x n:
/// with P_ij their frequencies, symmetrized, and P_i = Σ_j P_ij those of the words,
///
///     M*_ij = 2 (P_ij − P_iP_j) / (P_ij + P_iP_j),
///
/// between −2 (never together) and 2: near its middle it is the pointwise mutual information log(P_ij/(P_iP_j)). A word
/// that never occurs has a row of zeros. Throws for counts that are not square, negative or all 0.
Matrix word_associations(const Matrix& counts);

/// Options of `word_pairs`.
struct WordPairs {
  Index vocabulary = 200;  ///< n
  Index topics = 20;       ///< the number of topics, of weight 1/k for the k-th
  double exponent = 1;     ///< of Zipf's law, P_i ∝ 1/i^exponent but for the topics
  double contrast = 1;     ///< a word of a topic is e^{contrast N(0, 1)} times as frequent as Zipf's law has it
  Index pairs = 0;         ///< how many pairs are drawn; 0: their probabilities instead of counts
  std::uint64_t seed = 0;
};

/// A corpus that is drawn: both words of a pair are drawn independently from the words of one topic. The counts of
/// pairs, n x n and symmetric, or their probabilities. Memory n², time n² topics or log(n) pairs.
Matrix word_pairs(const WordPairs& options);

/// Embeddings of words, with the target `word_associations`: two layers W_2W_1 with C = ½‖W_2W_1 − M*‖², or with a
/// width those of `tied`.
Task words(const Matrix& counts, std::optional<Index> tied_width = std::nullopt);

}  // namespace linnet::tasks
