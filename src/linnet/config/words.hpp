#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/config/fields.hpp"

/// How configurations and messages about them are worded.
namespace linnet::config {

std::string list(const std::vector<std::string>& words);                           ///< "a, b, c"
std::string list(const std::vector<std::string>& words, const std::string& last);  ///< "a, b or c"
std::string list_in_quotes(const std::vector<std::string>& words);                 ///< "\"a\", \"b\" or \"c\""
const char* range_text(FieldVisitor::Range range);                                 ///< "a finite number > 0"

/// Of a value for all layers, one for each, or the name of a rule.
std::string layers_text(const std::vector<std::string>& rules, FieldVisitor::Range range);
std::string in_quotes(const std::string& text);  ///< as a TOML string

/// A seed as TOML, and what it may be.
std::string seed_text(std::uint64_t seed);
constexpr const char* seed_range = "a whole number from 0 to 2^64 - 1, in quotes from 2^63 on";

/// The shortest decimal that reads back to the same double, always recognizable as a real.
std::string number(double value);

}  // namespace linnet::config
