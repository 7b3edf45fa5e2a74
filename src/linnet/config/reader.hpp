#pragma once

#include <toml++/toml.h>

#include <filesystem>
#include <map>
#include <string>

#include "linnet/config/configuration.hpp"

namespace linnet::config {

/// The largest number of dots in a key: nested tables are built and destroyed recursively, which takes stack space.
constexpr int deepest_key = 16;

/// Parses a document. Throws Error (input) with line and column, and the field "configuration".
toml::table parse(const std::string& text);

/// The value of --set as a table with the key "value": TOML, or a word without quotes.
toml::table parse_value(const std::string& text);

/// Arrays that stand in for files, by key: "task.file".
using Arrays = std::map<std::string, MatrixInput>;

/// Converted and checked, with the keys that have an effect and those that have none.
Reading read_table(const toml::table& table, const std::filesystem::path& folder, const Arrays& arrays = {});

/// Sets one key of a configuration that was read to another number, converted and checked in the same way. False, and
/// nothing is changed, if that key takes no number.
bool set_number(Configuration& c, const std::string& key, double number);

}  // namespace linnet::config
