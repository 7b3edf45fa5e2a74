#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "linnet/config/fields.hpp"

/// The wording of configurations and of messages about them.
namespace linnet::config {

std::string list(const std::vector<std::string>& words);                           ///< "a, b, c"
std::string list(const std::vector<std::string>& words, const std::string& last);  ///< "a, b or c"
std::string list_in_quotes(const std::vector<std::string>& words);                 ///< "\"a\", \"b\" or \"c\""
const char* range_text(FieldVisitor::Range range);                                 ///< "a finite number > 0"

/// The type of a value for all layers, for each layer, or by the name of a rule.
std::string layers_text(const std::vector<std::string>& rules, FieldVisitor::Range range);
std::string in_quotes(const std::string& text);  ///< quoted, as a TOML string

/// A seed in TOML, and the type of seeds.
std::string seed_text(std::uint64_t seed);
constexpr const char* seed_range = "a whole number from 0 to 2^64 - 1, in quotes from 2^63 on";

/// The shortest decimal number that reads back as the same double, always with a point or an exponent.
std::string number(double value);

}  // namespace linnet::config
