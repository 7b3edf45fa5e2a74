#pragma once

#include <cstdint>
#include <vector>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

// Tasks of classes that reward features: hierarchical data and modular addition (docs/theory.md, "Hierarchical data and
// modular addition"). Inputs and targets are one-hot; test samples never occur among the training samples.

/// The random hierarchy model (Cagnetta et al. 2024, Phys. Rev. X 14, 031001). A class produces `synonyms` tuples of
/// `branching` symbols, each of these symbols as many tuples of symbols of the level below, and so on down to the
/// leaves: as many levels of rules as `levels`, each with its own. No tuple belongs to two symbols of a level, so
/// that an input has one class and one derivation.
struct RandomHierarchy {
  Index levels = 3;           ///< L
  Index features = 8;         ///< v, symbols at each level below the classes
  Index synonyms = 3;         ///< m, the number of tuples that each symbol produces; n_c m, v m <= v^s
  Index branching = 2;        ///< s, symbols of a tuple
  Index classes = 8;          ///< n_c
  Index samples = 1000;       ///< P
  Index test_samples = 4000;  ///< 0 for none
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
  Normalisation normalisation = {};
  bool cross_entropy = false;  ///< C = −(1/P) Σ_i ln softmax(f(x_i))_{y_i}, errors are C, instead of squares
};

/// What symbols produce, level after level: entry (a, r) of a level is the r-th tuple of its symbol a, as the number
/// Σ_i x_i v^{s−1−i} of its symbols x_0 … x_{s−1}. The first level is that of the classes, n_c x m; the others are v x
/// m.
using Productions = std::vector<Eigen::Matrix<Index, Eigen::Dynamic, Eigen::Dynamic>>;

/// The rules of a hierarchy: the tuples of a level are drawn uniformly without replacement from all v^s, and given out
/// in this order. They depend only on L, v, m, s, n_c, seed and point.
Productions hierarchy_rules(const RandomHierarchy& options);

/// n_c m^{(s^L − 1)/(s − 1)}, the number of inputs that the rules produce. Throws from 2^62 on.
std::uint64_t hierarchy_size(const RandomHierarchy& options);

/// Samples of the hierarchy of `hierarchy_rules`, distinct and drawn uniformly from all that it produces: inputs
/// v s^L x P, entry i v + x_i is 1 for the symbol x_i of leaf i; targets n_c x P. The test samples are drawn first:
/// they are the same for every P, and the training samples of a small P are the first of a large one's.
/// Throws for numbers below 1, too many synonyms, or more samples than there are inputs.
Task random_hierarchy(const RandomHierarchy& options);

struct ModularAddition {
  Index modulus = 53;     ///< p
  double fraction = 0.5;  ///< fraction of the p² pairs to train on; the others are the test samples
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
  Normalisation normalisation = {};
  bool cross_entropy = false;  ///< C = −(1/P) Σ_i ln softmax(f(x_i))_{y_i}, errors are C, instead of squares
};

/// (a, b) ↦ (a + b) mod p: inputs 2p x P with ones at a and p + b, targets p x P with a one at the sum. P =
/// round(fraction p²) pairs, drawn without replacement. Throws unless both P and p² − P are at least 1.
Task modular_addition(const ModularAddition& options);

}  // namespace linnet::tasks
