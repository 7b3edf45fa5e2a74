#pragma once

#include <string>

#include "linnet/config/configuration.hpp"

namespace linnet::testing {

/// What a resolved configuration has at a key of a section; "unset" where it has none.
inline std::string value_of(const config::Configuration& c, const std::string& section, const std::string& key) {
  const std::string text = section_to_toml(c, section);
  const auto at = text.find("\n" + key + " = ");
  if (at == std::string::npos) return "unset";
  const auto begin = at + key.size() + 4;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace linnet::testing
