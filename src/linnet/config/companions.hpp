#pragma once

#include <string>
#include <vector>

namespace linnet::config {

/// What network.compare may name, in the order of the pages. Defined in sweeps/companions, where they are.
struct CompanionWord {
  std::string word;
  std::string meaning;
  bool uses_rates = false;      ///< of a flow, whatever the solver
  bool uses_tolerance = false;  ///< of a closure
};
const std::vector<CompanionWord>& companion_words();

}  // namespace linnet::config
