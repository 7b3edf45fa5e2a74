#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace linnet {

/// The number that the whole text represents. The decimal sign is a point, whatever the locale of the process, as in
/// everything that linnet writes.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace linnet
