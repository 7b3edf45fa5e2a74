#pragma once

#include <string>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::command {

/// Pieces of JSON. A number that is not finite is null, as JSON has none.
std::string json(const std::string& text);
std::string json(double number);
std::string json(std::int64_t number);
std::string json(const Attribute& attribute);  ///< a list of one number is the number
std::string json(const std::vector<std::string>& texts);

/// {"name": value, …} of values that are JSON already, one a line, indented.
std::string json_object(const std::vector<std::pair<std::string, std::string>>& members, int indent);

}  // namespace linnet::command
