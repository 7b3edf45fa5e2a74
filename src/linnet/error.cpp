#include "linnet/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <iterator>

namespace linnet {

namespace {

/// Names of files may have any characters. Control characters, which could act on a terminal, are replaced.
std::string in_one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = '?';
  }
  return text;
}

std::string message(const Error::Parts& p) {
  std::string text = in_one_line(p.field + ": expected " + p.expected + ", got " + p.got);
  if (!p.hint.empty()) text += "\n  hint: " + in_one_line(p.hint);
  return text;
}

}  // namespace

Error::Error(Kind kind, Parts parts) : std::runtime_error(message(parts)), kind_(kind), parts_(std::move(parts)) {}

void bad_input(Error::Parts parts) { throw Error(Error::Kind::input, std::move(parts)); }

void numerical_failure(Error::Parts parts) { throw Error(Error::Kind::numerical, std::move(parts)); }

std::string format_number(double value, int digits) {
  std::array<char, 32> text{};
#ifdef __cpp_lib_to_chars  // with a decimal point, whatever the locale
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits);
  return {text.data(), end.ptr};
#else  // libc++ of the browser build, where there is one locale
  const int length = std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
#endif
}

std::string format_shape(long long rows, long long columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

double require_positive(double value, const char* field) {
  if (!(value > 0) || !std::isfinite(value)) {
    bad_input({.field = field, .expected = "a finite number > 0", .got = format_number(value)});
  }
  return value;
}

double require_non_negative(double value, const char* field) {
  if (!(value >= 0) || !std::isfinite(value)) {
    bad_input({.field = field, .expected = "a finite number >= 0", .got = format_number(value)});
  }
  return value;
}

double require_fraction(double value, const char* field) {
  if (!(value > 0 && value < 1)) {
    bad_input({.field = field, .expected = "a number above 0 and below 1", .got = format_number(value)});
  }
  return value;
}

double require_finite(double value, const char* field) {
  if (!std::isfinite(value)) {
    bad_input({.field = field, .expected = "a finite number", .got = format_number(value)});
  }
  return value;
}

long long require_at_least(long long value, long long least, const char* field) {
  if (value < least) {
    bad_input({.field = field, .expected = "a whole number >= " + std::to_string(least), .got = std::to_string(value)});
  }
  return value;
}

namespace {

/// Letters to be changed, put in, left out, or exchanged with the next.
std::size_t edits(std::string_view from, std::string_view to) {
  std::vector<std::vector<std::size_t>> least(from.size() + 1, std::vector<std::size_t>(to.size() + 1));
  for (std::size_t i = 0; i <= from.size(); ++i) {
    for (std::size_t j = 0; j <= to.size(); ++j) {
      if (i == 0 || j == 0) {
        least[i][j] = i + j;
        continue;
      }
      const std::size_t change = from[i - 1] == to[j - 1] ? 0 : 1;
      least[i][j] = std::min({least[i - 1][j - 1] + change, least[i - 1][j] + 1, least[i][j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        least[i][j] = std::min(least[i][j], least[i - 2][j - 2] + 1);
      }
    }
  }
  return least[from.size()][to.size()];
}

/// Whether `part` begins a word of `name`: "test" or "error" of "test_error".
bool begins_a_word(std::string_view part, std::string_view name) {
  for (std::size_t at = name.find(part); at != std::string_view::npos; at = name.find(part, at + 1)) {
    if (at == 0 || std::string_view("_-/.").find(name[at - 1]) != std::string_view::npos) return true;
  }
  return false;
}

bool is_near(std::string_view wrong, std::string_view right) {
  constexpr std::size_t telling = 3;  // letters: fewer begin many names
  if (wrong.size() >= telling && begins_a_word(wrong, right)) return true;
  if (right.size() > telling && wrong.starts_with(right)) return true;
  const std::size_t longer = std::max(wrong.size(), right.size());
  return longer >= telling && edits(wrong, right) <= std::max<std::size_t>(1, longer / 3);
}

}  // namespace

std::string nearest_name(std::string_view wrong, const std::vector<std::string>& known) {
  return *std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
    return edits(wrong, a) < edits(wrong, b);
  });
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& known) {
  std::vector<std::string> near;
  std::copy_if(known.begin(), known.end(), std::back_inserter(near),
               [&](const std::string& name) { return is_near(wrong, name); });
  return near.empty() ? std::string() : "did you mean \"" + nearest_name(wrong, near) + "\"?";
}

}  // namespace linnet
