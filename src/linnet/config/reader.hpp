#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>

#include "linnet/config/configuration.hpp"

namespace linnet::config {

/// The largest number of dots in a key: nested tables are built and destroyed recursively, which takes stack space.
constexpr int deepest_key = 16;

/// Parses a document. Throws Error (input) with line and column, and the field "configuration".
toml::table parse(const std::string& text);

/// The value of --set as a table with the key "value": TOML, or a word without quotes.
toml::table parse_value(const std::string& text);

/// Converted and checked, with the keys that have an effect and those that have none.
Reading read_table(const toml::table& table, const std::filesystem::path& folder);

}  // namespace linnet::config
