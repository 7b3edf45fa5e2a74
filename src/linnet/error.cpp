#include "linnet/error.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace linnet {

namespace {

/// A name of a file may hold anything, but a line of text is one, and tells a terminal nothing else.
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

std::string format_number(double value) {
  std::array<char, 32> digits{};  // with a decimal point, whatever the locale
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 6);
  return {digits.data(), end.ptr};
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

}  // namespace linnet
