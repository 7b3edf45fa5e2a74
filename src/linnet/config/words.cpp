#include "linnet/config/words.hpp"

#include <fmt/format.h>

#include <limits>

namespace linnet::config {

std::string list(const std::vector<std::string>& known) {
  std::string text;
  for (const std::string& word : known) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string list(const std::vector<std::string>& words, const std::string& last) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    text += (i == 0 ? "" : i + 1 < words.size() ? ", " : " " + last + " ") + words[i];
  }
  return text;
}

const char* range_text(FieldVisitor::Range range) {
  switch (range) {
    case FieldVisitor::Range::positive:
      return "a finite number > 0";
    case FieldVisitor::Range::non_negative:
      return "a finite number >= 0";
    case FieldVisitor::Range::any:
      break;
  }
  return "a finite number";
}

std::string layers_text(const std::vector<std::string>& rules, FieldVisitor::Range range) {
  return std::string(range_text(range)) + ", or a list of one a layer" + (rules.empty() ? "" : ", or " + list(rules));
}

std::string list_in_quotes(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(in_quotes(word));
  return list(quoted, "or");
}

std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string seed_text(std::uint64_t seed) {
  constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return seed <= largest ? std::to_string(seed) : in_quotes(std::to_string(seed));
}

std::string number(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

}  // namespace linnet::config
