#include "linnet/config/companions.hpp"

namespace linnet::config {

const std::vector<CompanionWord>& companion_words() {
  static const std::vector<CompanionWord> words{
      {.word = "none", .meaning = "nothing"},
      {.word = "self_consistent", .meaning = "those dynamics from the same A(0), in lockstep (descent)"},
      {.word = "exact",
       .meaning =
           "the closed form of this start, of the infinitely wide network for a Gaussian one, of each mode for a "
           "deep balanced or unbalanced aligned one",
       .uses_rates = true,
       .uses_tolerance = true},
      {.word = "one_layer", .meaning = "the shallow model at rate 2κ", .uses_rates = true},
      {.word = "expected", .meaning = "the mean balance of Gaussian weights"},
      {.word = "escape",
       .meaning = "|θ| on the fastest way out of the origin, by its law near 0, and its strength beside that of an "
                  "escape found numerically"},
      {.word = "greedy",
       .meaning = "at every record the nearest saddle of the greedy low-rank algorithm, tables of these saddles, with "
                  "their escapes, and of the run's plateaus"},
      {.word = "interpolator",
       .meaning = "where a neuron or a diagonal network ends, as its potential says",
       .uses_rates = true},
      {.word = "linearized", .meaning = "the perceptron's tangent model at its start"},
  };
  return words;
}

}  // namespace linnet::config
