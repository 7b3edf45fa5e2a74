#pragma once

#include <string_view>

#include "linnet/linalg/random.hpp"

namespace linnet::linalg {

/// A stream by the name of its purpose, so that new random quantities need no number in `Stream`. The number is a hash
/// (FNV-1a) in the upper half of the range, where `Stream` has no numbers.
constexpr Stream named_stream(std::string_view purpose) {
  std::uint32_t hash = 2166136261U;
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return static_cast<Stream>(hash | (std::uint32_t{1} << 31U));
}

}  // namespace linnet::linalg
