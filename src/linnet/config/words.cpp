#include "linnet/config/words.hpp"

#include <fmt/format.h>

namespace linnet::config {

std::string list(const std::vector<std::string>& known) {
  std::string text;
  for (const std::string& word : known) text += (text.empty() ? "" : ", ") + word;
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

std::string in_quotes(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string number(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

}  // namespace linnet::config
