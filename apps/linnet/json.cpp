#include "json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "summary.hpp"

namespace linnet::command {

std::string json(const std::string& text) {
  std::string result = "\"";
  std::string_view line = text;
  for (bool more = true; more;) {
    const std::size_t end = line.find_first_of("\n\t");
    more = end != std::string_view::npos;
    for (const char c : harmless(std::string(line.substr(0, end)))) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    if (!more) break;
    result += line[end] == '\n' ? "\\n" : "\\t";
    line.remove_prefix(end + 1);
  }
  return result + '"';
}

std::string json(double number) { return std::isfinite(number) ? fmt::format("{}", number) : "null"; }

std::string json(std::int64_t number) { return fmt::format("{}", number); }

std::string json(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value())) return json(*text);
  const auto listed = [](const auto& numbers) {
    if (numbers.size() == 1) return json(numbers.front());
    std::string all;
    for (const auto number : numbers) all += (all.empty() ? "" : ", ") + json(number);
    return "[" + all + "]";
  };
  if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&attribute.value())) return listed(*whole);
  return listed(std::get<std::vector<double>>(attribute.value()));
}

std::string json(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + json(text);
  return "[" + all + "]";
}

std::string json_object(const std::vector<std::pair<std::string, std::string>>& members, int indent) {
  if (members.empty()) return "{}";
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  std::string all;
  for (const auto& [name, value] : members) {
    all += fmt::format("{}\n{}  {}: {}", all.empty() ? "" : ",", margin, json(name), value);
  }
  return "{" + all + "\n" + margin + "}";
}

}  // namespace linnet::command
