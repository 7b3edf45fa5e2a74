#pragma once

#include <string>
#include <vector>

#include "linnet/config/fields.hpp"

/// How configurations and messages about them are worded.
namespace linnet::config {

std::string list(const std::vector<std::string>& words);  ///< "a, b, c"
const char* range_text(FieldVisitor::Range range);        ///< "a finite number > 0"
std::string in_quotes(const std::string& text);           ///< as a TOML string

/// The shortest decimal that reads back to the same double, always recognizable as a real.
std::string number(double value);

}  // namespace linnet::config
