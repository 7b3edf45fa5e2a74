#include "linnet/storage/matrix_file.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "the .npy reader copies little-endian numbers as they are");

constexpr std::string_view npy_magic = "\x93NUMPY";
constexpr std::string_view blanks = " \t\r";

std::string in_quotes(std::string_view text, char quote = '"') {
  std::string result(1, quote);
  for (const char c : text.substr(0, 24)) result += (c >= ' ' && c <= '~') ? c : '?';
  if (text.size() > 24) result += "...";
  return result + quote;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// What a reader needs to complain: the field to blame and the file's name.
struct Source {
  const fs::path& file;
  const std::string& field;

  [[nodiscard]] std::string name() const { return "\"" + file.string() + "\""; }
  [[noreturn]] void refuse(const std::string& expected, const std::string& got, const std::string& hint = {}) const {
    bad_input({.field = field, .expected = expected, .got = got, .hint = hint});
  }
};

struct NpyHeader {
  std::string dtype;  ///< as the file has it
  bool fortran = false;
  std::vector<Index> shape;
  std::size_t data_begins = 0;
};

/// The text after `'key':` in the header, which NumPy writes as a Python dictionary.
std::string_view header_value(std::string_view header, std::string_view key, const Source& source) {
  for (const char* quote : {"'", "\""}) {
    const auto at = header.find(std::string(quote) + std::string(key) + quote);
    if (at == std::string_view::npos) continue;
    const auto colon = header.find(':', at);
    if (colon == std::string_view::npos) break;
    return trimmed(header.substr(colon + 1));
  }
  source.refuse("a .npy header with " + in_quotes(key), "none in " + source.name());
}

NpyHeader parse_npy_header(std::string_view bytes, const Source& source) {
  const auto truncated = [&] { source.refuse("a whole .npy header", "a truncated one in " + source.name()); };
  if (bytes.size() < npy_magic.size() + 4) truncated();
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) {
    source.refuse(".npy of version 1, 2 or 3", "version " + std::to_string(version) + " in " + source.name());
  }
  std::size_t length = byte(8) | byte(9) << 8;
  std::size_t begin = 10;
  if (version > 1) {
    if (bytes.size() < 12) truncated();
    length |= byte(10) << 16 | byte(11) << 24;
    begin = 12;
  }
  if (bytes.size() - begin < length) truncated();
  const std::string_view header = bytes.substr(begin, length);

  NpyHeader result;
  result.data_begins = begin + length;
  const std::string_view dtype = header_value(header, "descr", source);
  const bool text = !dtype.empty() && (dtype.front() == '\'' || dtype.front() == '"');
  result.dtype = text ? dtype.substr(1, dtype.find(dtype.front(), 1) - 1) : dtype.substr(0, dtype.find(']') + 1);
  result.fortran = header_value(header, "fortran_order", source).starts_with("True");

  std::string_view shape = header_value(header, "shape", source);
  const auto end = shape.find(')');
  if (!shape.starts_with('(') || end == std::string_view::npos) {
    source.refuse("a .npy header with a shape", in_quotes(shape) + " in " + source.name());
  }
  shape = shape.substr(1, end - 1);
  while (!(shape = trimmed(shape)).empty()) {
    Index size = 0;
    const auto [rest, error] = std::from_chars(shape.data(), shape.data() + shape.size(), size);
    if (error != std::errc() || size < 0) {
      source.refuse("a .npy header with a shape", in_quotes(shape) + " in " + source.name());
    }
    result.shape.push_back(size);
    const auto comma = shape.find(',');
    shape = comma == std::string_view::npos ? std::string_view{} : shape.substr(comma + 1);
  }
  return result;
}

template <class Number>
Matrix npy_numbers(const char* data, Index rows, Index columns, bool fortran) {
  Matrix result(rows, columns);
  Number number;
  for (Index k = 0; k < rows * columns; ++k, data += sizeof number) {
    std::memcpy(&number, data, sizeof number);
    const Index row = fortran ? k % rows : k / columns;
    const Index column = fortran ? k / rows : k % columns;
    result(row, column) = static_cast<double>(number);
  }
  return result;
}

Matrix read_npy(std::string_view bytes, const Source& source) {
  const NpyHeader header = parse_npy_header(bytes, source);
  const bool wide = header.dtype == "<f8" || header.dtype == "=f8";
  if (!wide && header.dtype != "<f4" && header.dtype != "=f4") {
    source.refuse("a .npy file of dtype '<f8' or '<f4'", in_quotes(header.dtype, '\'') + " in " + source.name(),
                  "np.save(" + source.name() + ", a.astype(float))");
  }
  if (header.shape.empty() || header.shape.size() > 2) {
    source.refuse("an array of one or two dimensions",
                  std::to_string(header.shape.size()) + " dimensions in " + source.name());
  }
  const Index rows = header.shape[0];
  const Index columns = header.shape.size() == 2 ? header.shape[1] : 1;
  if (rows == 0 || columns == 0) {
    source.refuse("at least one number", "shape " + format_shape(rows, columns) + " in " + source.name());
  }
  const std::size_t width = wide ? 8 : 4;
  const std::size_t got = bytes.size() - header.data_begins;
  // By division: the product of two wrong lengths may overflow.
  const auto whole = static_cast<Index>(got / width);
  if (got % width != 0 || whole % columns != 0 || whole / columns != rows) {
    source.refuse("the " + format_shape(rows, columns) + " numbers of its header",
                  std::to_string(whole) + (got % width != 0 ? " and a part of one" : "") + " in " + source.name(),
                  whole / columns < rows ? "the file is truncated" : "the file goes on after its array");
  }
  const char* data = bytes.data() + header.data_begins;
  return wide ? npy_numbers<double>(data, rows, columns, header.fortran)
              : npy_numbers<float>(data, rows, columns, header.fortran);
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small is zero or nearly; too large is no number of ours.
    value = std::strtod(std::string(text).c_str(), nullptr);
    if (std::isinf(value)) return std::nullopt;
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  return value;
}

/// ';' before ',': with both, the comma is a decimal one, which is then refused rather than misread.
char separator_of(std::string_view line) {
  for (const char candidate : {';', ',', '\t'}) {
    if (line.find(candidate) != std::string_view::npos) return candidate;
  }
  return ' ';
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    const auto at = separator == ' ' ? line.find_first_of(blanks) : line.find(separator);
    fields.push_back(trimmed(line.substr(0, at)));
    if (at == std::string_view::npos) return fields;
    line = separator == ' ' ? trimmed(line.substr(at)) : line.substr(at + 1);
  }
}

/// Names, none of which is a number or looks like the beginning of one.
bool is_header(const std::vector<std::string_view>& fields) {
  return std::none_of(fields.begin(), fields.end(), [](std::string_view text) {
    return parse_number(text) || text.find_first_of("0123456789+-.") == 0;
  });
}

Matrix read_csv(std::string_view bytes, const Source& source) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::vector<double> numbers;
  std::size_t columns = 0;
  char separator = 0;
  int first_line = 0;
  bool may_be_header = true;
  for (int line_number = 1; !bytes.empty(); ++line_number) {
    const auto end = bytes.find('\n');
    std::string_view line = bytes.substr(0, end);
    bytes = end == std::string_view::npos ? std::string_view{} : bytes.substr(end + 1);
    line = line.substr(0, line.find('#'));
    if (trimmed(line).empty()) continue;
    if (first_line == 0) separator = separator_of(line);
    if (separator == ' ') line = trimmed(line);
    const auto fields = split(line, separator);
    if (may_be_header && is_header(fields)) {
      may_be_header = false;
      continue;
    }
    may_be_header = false;
    if (first_line == 0) {
      first_line = line_number;
      columns = fields.size();
    }
    const std::string where = "in line " + std::to_string(line_number);
    if (fields.size() != columns) {
      source.refuse(std::to_string(columns) + " numbers " + where + " as in line " + std::to_string(first_line),
                    std::to_string(fields.size()) + " in " + source.name());
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto number = parse_number(fields[i]);
      if (!number) {
        const bool missing = fields[i].empty();
        const bool decimal_comma = fields[i].find(',') != std::string_view::npos;
        source.refuse("a number " + where + ", column " + std::to_string(i + 1),
                      (missing ? "nothing" : in_quotes(fields[i])) + " in " + source.name(),
                      missing         ? "write nan for an entry that is missing"
                      : decimal_comma ? "write decimals with a point"
                                      : "");
      }
      numbers.push_back(*number);
    }
  }
  if (numbers.empty()) source.refuse("numbers", "a file with none, " + source.name());
  const auto width = static_cast<Index>(columns);
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(numbers.data(), static_cast<Index>(numbers.size()) / width, width);
}

}  // namespace

Matrix read_matrix(const fs::path& file, const std::string& field) {
  const Source source{.file = file, .field = field};
  const std::string bytes = file_bytes(file, field);
  if (bytes.empty()) source.refuse("a matrix", "an empty file, " + source.name());
  if (bytes.starts_with(npy_magic)) return read_npy(bytes, source);
  const std::string extension = file.extension().string();
  if (extension == ".npy") {
    const bool truncated = npy_magic.starts_with(bytes);
    source.refuse("a .npy file", (truncated ? "a truncated one, " : "a file of another kind, ") + source.name(),
                  "np.save(" + source.name() + ", a) writes one");
  }
  if (extension != ".csv" && extension != ".txt") {
    source.refuse("a .npy, .csv or .txt file", source.name(),
                  "np.save(\"" + fs::path(file).replace_extension(".npy").filename().string() + "\", a) writes one");
  }
  return read_csv(bytes, source);
}

void write_npy(const Matrix& matrix, const fs::path& target) {
  std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (" + std::to_string(matrix.rows()) + ", " +
                       std::to_string(matrix.cols()) + "), }";
  // NumPy starts its data at a multiple of 64, the header ending in a new line.
  constexpr std::size_t preamble = 10;
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes(npy_magic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(matrix.data()), static_cast<std::size_t>(matrix.size()) * sizeof(double));
  write_text(target, bytes);
}

}  // namespace linnet::storage
