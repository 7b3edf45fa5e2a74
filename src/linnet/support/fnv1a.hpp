#pragma once

#include <cstdint>
#include <string_view>

namespace linnet {

/// FNV-1a, a checksum of 64 bits; `before` is that of what comes before.
constexpr std::uint64_t fnv1a(std::string_view bytes, std::uint64_t before = 14695981039346656037ULL) {
  for (const char byte : bytes) before = (before ^ static_cast<unsigned char>(byte)) * 1099511628211ULL;
  return before;
}

}  // namespace linnet
