#include "summary.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace linnet::command {

namespace {

/// The length of the UTF-8 character that begins here, 0 if it is none.
std::size_t length_of_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : byte(0) >= 0xC2 ? 2 : 0;
  if (length == 0 || length > text.size() || byte(0) > 0xF4) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (byte(i) >> 6 != 2) return 0;
  }
  if (length == 3 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F))) return 0;
  if (length == 4 && ((byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F))) return 0;
  return length;
}

/// Characters that move the cursor or the direction of text.
bool controls(std::string_view c) {
  const auto first = static_cast<unsigned char>(c[0]);
  if (c.size() == 1) return first < 0x20 || first == 0x7F;
  if (c.size() == 2) return first == 0xC2 && static_cast<unsigned char>(c[1]) < 0xA0;
  return c >= "\u202A" && c <= "\u202E";
}

}  // namespace

std::string harmless(const std::string& text, bool lines) {
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t length = length_of_character(rest);
    const std::string_view c = rest.substr(0, std::max<std::size_t>(1, length));
    const bool kept = length > 0 && (!controls(c) || (lines && c == "\n"));
    result += kept ? c : c == "\n" ? " " : "?";
    rest.remove_prefix(c.size());
  }
  return result;
}

Summary summary_of(const std::vector<double>& values) {
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  Summary s{.count = static_cast<Index>(values.size()), .first = none, .last = none, .least = none, .most = none};
  if (values.empty()) return s;
  s.first = values.front();
  s.last = values.back();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      ++s.not_finite;
      continue;
    }
    const auto at = static_cast<Index>(i);
    if (!(values[i] >= s.least)) s.least = values[i], s.least_at = at;
    if (!(values[i] <= s.most)) s.most = values[i], s.most_at = at;
  }
  return s;
}

Sparkline sparkline(const std::vector<double>& values, std::size_t width) {
  static constexpr std::array blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const Summary s = summary_of(values);
  const std::size_t columns = std::min(width, values.size());
  if (columns < 2 || std::isnan(s.least)) return {};
  Sparkline line{.text = {}, .logarithmic = s.least > 0 && s.most > 100 * s.least};
  const auto scaled = [&](double x) { return line.logarithmic ? std::log(x) : x; };
  const double low = scaled(s.least);
  const double range = scaled(s.most) - low;
  for (std::size_t k = 0; k < columns; ++k) {
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = k * values.size() / columns; i < (k + 1) * values.size() / columns; ++i) {
      if (!std::isfinite(values[i])) continue;
      sum += range > 0 ? (scaled(values[i]) - low) / range : 0;
      ++count;
    }
    const double height = count == 0 ? 0 : sum / static_cast<double>(count);
    line.text += count == 0 ? " " : blocks[std::min<std::size_t>(7, static_cast<std::size_t>(height * 8))];
  }
  return line;
}

std::vector<std::vector<double>> rows_along(const Dataset& data, const Variable& variable, const std::string& along) {
  const std::vector<double> values = variable.as_reals();
  std::size_t before = 1;
  std::size_t length = 1;
  std::size_t after = 1;
  bool passed = false;
  for (const std::string& dimension : variable.dims) {
    const auto n = static_cast<std::size_t>(data.length(dimension));
    if (dimension == along) {
      length = n;
      passed = true;
    } else {
      (passed ? after : before) *= n;
    }
  }
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < before; ++i) {
    for (std::size_t k = 0; k < after; ++k) {
      std::vector<double> row(length);
      for (std::size_t j = 0; j < length; ++j) row[j] = values[(i * length + j) * after + k];
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace linnet::command
