#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <string>

#include "linnet/config/configuration.hpp"

namespace linnet::config {

/// Dots in a key, at most: tables in tables are built and taken down by recursion, which exhausts the stack.
constexpr int deepest_key = 16;

/// A document. Throws Error (input) naming line and column, with the field "configuration".
toml::table parse(const std::string& text);

/// What a value of --set stands for, by the key "value": TOML, or else a bare word.
toml::table parse_value(const std::string& text);

/// Typed and checked, with the keys that have an effect and those that have none.
Reading read_table(const toml::table& table, const std::filesystem::path& folder);

}  // namespace linnet::config
