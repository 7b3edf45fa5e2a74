#pragma once

#include <string>
#include <vector>

namespace linnet::config {

/// The words for network.compare, in the order of the pages. Defined in sweeps/companions.
struct CompanionWord {
  std::string word;
  std::string meaning;
  bool uses_rates = false;      ///< whether it uses the rates of a flow with every solver
  bool uses_tolerance = false;  ///< whether it uses the tolerance of the closure
};
const std::vector<CompanionWord>& companion_words();

}  // namespace linnet::config
