#include "linnet/plots/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace linnet::plots {

std::string line_colour(std::size_t index) { return std::string(line_colours[index % line_colours.size()]); }

std::string ramp_colour(double part) {
  static constexpr std::array<std::array<double, 3>, 8> stops = {{{0x44, 0x01, 0x54},
                                                                  {0x48, 0x28, 0x78},
                                                                  {0x3E, 0x4A, 0x89},
                                                                  {0x31, 0x68, 0x8E},
                                                                  {0x26, 0x82, 0x8E},
                                                                  {0x1F, 0x9E, 0x89},
                                                                  {0x35, 0xB7, 0x79},
                                                                  {0x6D, 0xCD, 0x59}}};
  const double at = part * (stops.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(at), stops.size() - 2);
  const auto mixed = [&](std::size_t k) {
    const double rest = at - static_cast<double>(below);
    return static_cast<int>(std::lround((1 - rest) * stops[below][k] + rest * stops[below + 1][k]));
  };
  return fmt::format("#{:02X}{:02X}{:02X}", mixed(0), mixed(1), mixed(2));
}

std::string darker(std::string_view colour) {
  const long rgb = std::strtol(std::string(colour.substr(1)).c_str(), nullptr, 16);
  const auto part = [rgb](int shift) { return static_cast<int>(0.55 * static_cast<double>((rgb >> shift) & 0xFF)); };
  return fmt::format("#{:02X}{:02X}{:02X}", part(16), part(8), part(0));
}

namespace {

/// Of what gnuplot reads in double quotes, all that could end the string or be taken for something else by its number.
std::string in_double_quotes(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool harmless = static_cast<unsigned char>(c) >= ' ' && c != 0x7F && c != '"' && c != '\\' && c != '`';
    if (harmless) {
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else {
      result += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    }
  }
  return '"' + result + '"';
}

}  // namespace

std::string literal(std::string_view text) {
  // In single quotes gnuplot interprets nothing, but two apostrophes there are one only between other characters.
  const auto breaks = [](char c) { return c == '\'' || static_cast<unsigned char>(c) < ' ' || c == 0x7F; };
  if (std::any_of(text.begin(), text.end(), breaks)) return in_double_quotes(text);
  return fmt::format("'{}'", text);
}

std::string label_literal(std::string_view markup) {
  std::string result;
  bool after_script = false;
  for (std::size_t i = 0; i < markup.size(); ++i) {
    const char c = markup[i];
    if (c == '\\' && i + 1 < markup.size()) {
      result += {c, markup[++i]};
      after_script = false;
      continue;
    }
    result += c == ' ' && after_script ? "\u200B\u00A0" : std::string(1, c);
    const bool script =
        i > 0 && (markup[i - 1] == '_' || markup[i - 1] == '^') && c != '{' && !(i > 1 && markup[i - 2] == '\\');
    after_script = c == '}' || script;
  }
  return literal(result);
}

std::string lines_literal(const std::vector<std::string>& lines) {
  return in_double_quotes(fmt::format("{}", fmt::join(lines, "\n")));
}

namespace {

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// How many bytes the character of UTF-8 at the beginning has; 0 for bytes that are none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t size = byte(0) < 0x80   ? 1
                           : byte(0) < 0xC2 ? 0
                           : byte(0) < 0xE0 ? 2
                           : byte(0) < 0xF0 ? 3
                           : byte(0) < 0xF5 ? 4
                                            : 0;
  if (size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Neither longer than needed, nor halves of pairs, nor beyond the last.
  const bool wrong = size > 2 && ((byte(0) == 0xE0 && byte(1) < 0xA0) || (byte(0) == 0xED && byte(1) > 0x9F) ||
                                  (byte(0) == 0xF0 && byte(1) < 0x90) || (byte(0) == 0xF4 && byte(1) > 0x8F));
  return wrong ? 0 : size;
}

std::string valid(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    result += size == 0 ? "\uFFFD" : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return result;
}

std::size_t next_character(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

// The index of a symbol, as in "γ_w", "n_0", "|A|_F" or "γ_σ²": one character (and a square) after one character.
// Returns where it ends, or `underscore` when it is none.
std::size_t end_of_index(std::string_view text, std::size_t underscore) {
  std::size_t base = underscore;
  if (base == 0 || underscore + 1 >= text.size() || !is_word(text[underscore + 1])) return underscore;
  do {
    --base;
  } while (base > 0 && (static_cast<unsigned char>(text[base]) & 0xC0) == 0x80);
  const bool symbol = text[base] == '|' || (is_word(text[base]) && (base == 0 || !is_word(text[base - 1])) &&
                                            (base == 0 || text[base - 1] != '_'));
  std::size_t end = next_character(text, underscore + 1);
  if (text.substr(end, 2) == "²") end += 2;
  const bool alone = end >= text.size() || (!is_word(text[end]) && text[end] != '_');
  return symbol && alone ? end : underscore;
}

}  // namespace

std::string plain(std::string_view bytes) {
  const std::string whole = valid(bytes);
  const std::string_view text = whole;
  static constexpr std::string_view special = "\\{}_^@&~";
  std::string markup;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (const std::size_t end = c == '_' ? end_of_index(text, i) : i; end != i) {
      markup.append("_{").append(text.substr(i + 1, end - i - 1)).append("}");
      i = end - 1;
      continue;
    }
    if (special.find(c) != std::string_view::npos) markup += '\\';
    markup += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return markup;
}

std::string number_markup(double value, int digits) {
  if (!std::isfinite(value)) return fmt::format("{}", value);
  const double size = std::abs(value);
  if (size == 0 || (size >= 1e-3 && size < 1e5)) {
    std::string text = fmt::format("{:.{}g}", value, size >= 1e3 ? 6 : digits);
    if (text.front() == '-') text.replace(0, 1, "−");
    return text;
  }
  const int exponent = static_cast<int>(std::floor(std::log10(size)));
  std::string factor = fmt::format("{:.{}g}", value / std::pow(10, exponent), digits);
  if (factor.front() == '-') factor.replace(0, 1, "−");
  const std::string power = fmt::format("10^{{{}{}}}", exponent < 0 ? "−" : "", std::abs(exponent));
  return factor == "1" ? power : factor + "·" + power;
}

double text_width(std::string_view markup) {
  double width = 0;
  bool command = false;  // inside "{/:Bold ", which does not print
  for (std::size_t i = 0; i < markup.size(); ++i) {
    const auto c = static_cast<unsigned char>(markup[i]);
    if (c == '{' && i + 1 < markup.size() && markup[i + 1] == '/') command = true;
    if (command) {
      command = c != ' ';
      continue;
    }
    if ((c & 0xC0) == 0x80 || c == '{' || c == '}' || c == '_' || c == '^' || c == '\\') continue;
    const bool narrow = std::string_view(" .,:;()|'iIjlt1fr/").find(static_cast<char>(c)) != std::string_view::npos;
    width += narrow ? 0.115 : 0.175;
  }
  return width;
}

std::vector<std::string> wrapped(std::string_view markup, double width) {
  std::vector<std::string> lines;
  std::string line;
  std::string word;
  int depth = 0;
  const auto flush = [&] {
    if (!line.empty() && text_width(line + " " + word) > width) {
      lines.push_back(line);
      line = word;
    } else if (!word.empty()) {
      line += (line.empty() ? "" : " ") + word;
    }
    word.clear();
  };
  for (std::size_t i = 0; i < markup.size(); ++i) {
    const char c = markup[i];
    if (c == '\\' && i + 1 < markup.size()) {
      word += c;
      word += markup[++i];
      continue;
    }
    depth += c == '{' ? 1 : c == '}' ? -1 : 0;
    if (c == ' ' && depth == 0) {
      flush();
    } else {
      word += c;
    }
  }
  flush();
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::string data_block(std::string_view name, const std::vector<std::vector<double>>& rows) {
  std::string text = fmt::format("${} << EOD\n", name);
  for (const auto& row : rows) {
    std::string line;
    for (const double value : row) {
      if (!line.empty()) line += ' ';
      line += std::isfinite(value) ? fmt::format("{:.9g}", value) : "NaN";
    }
    text += line + '\n';
  }
  return text + "EOD\n";
}

}  // namespace linnet::plots
