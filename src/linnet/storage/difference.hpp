#pragma once

#include <cstddef>
#include <string>

namespace linnet::storage {

/// The first lines in which two texts differ, in quotes, or "nothing more".
struct Difference {
  std::string ours;
  std::string theirs;
  std::size_t line;  ///< from 1
};

Difference first_difference(const std::string& ours, const std::string& theirs);

}  // namespace linnet::storage
