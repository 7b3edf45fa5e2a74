#include "linnet/storage/matrix_file.hpp"

#include <locale.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/interruption.hpp"

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

/// The context of error messages: the field and the file's name.
struct NamedFile {
  const fs::path& file;
  const std::string& field;

  [[nodiscard]] std::string name() const { return "\"" + file.string() + "\""; }
  [[noreturn]] void refuse(const std::string& expected, const std::string& got, const std::string& hint = {}) const {
    bad_input({.field = field, .expected = expected, .got = got, .hint = hint});
  }
};

struct NpyHeader {
  std::string dtype;  ///< as in the file
  bool fortran = false;
  std::vector<Index> shape;
  std::size_t data_begins = 0;
};

/// The header as NumPy writes it: a Python dictionary of three keys and nothing after it. Headers that NumPy would
/// refuse, or never writes, are refused.
class NpyDictionary {
 public:
  NpyDictionary(std::string_view text, const NamedFile& source) : rest_(text), source_(source) { read(); }

  [[nodiscard]] std::string dtype() const {
    const std::string_view value = values_.at("descr");
    const bool text = value.front() == '\'' || value.front() == '"';
    return std::string(text ? value.substr(1, value.size() - 2) : value);
  }

  [[nodiscard]] bool fortran() const {
    const std::string_view value = values_.at("fortran_order");
    if (value != "True" && value != "False") refuse("fortran_order True or False", value);
    return value == "True";
  }

  [[nodiscard]] std::vector<Index> shape() const {
    const std::string_view value = values_.at("shape");
    if (!value.starts_with('(')) refuse("a shape", value);
    const std::string_view inside = value.substr(1, value.size() - 2);
    std::vector<Index> sizes;
    bool comma = true;
    for (std::string_view rest = trimmed(inside); !rest.empty();) {
      Index size = 0;
      const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
      const bool odd = rest.size() > 1 && rest[0] == '0' && rest[1] >= '0' && rest[1] <= '9';  // no number of Python
      if (!comma || error != std::errc() || size < 0 || odd) refuse("a shape", inside);
      sizes.push_back(size);
      rest = trimmed(rest.substr(static_cast<std::size_t>(end - rest.data())));
      comma = rest.starts_with(',');
      if (comma) rest = trimmed(rest.substr(1));
      if (!comma && !rest.empty()) refuse("a shape", inside);
    }
    if (sizes.size() == 1 && !comma) refuse("a shape", value);  // "(3)" is a number
    return sizes;
  }

 private:
  [[noreturn]] void refuse(const std::string& expected, std::string_view got) const {
    source_.refuse("a .npy header with " + expected, in_quotes(got) + " in " + source_.name());
  }

  bool take(char c) {
    rest_ = trimmed(rest_);
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A text, a word, or a tuple or list with its contents.
  std::string_view value() {
    rest_ = trimmed(rest_);
    std::size_t end = 0;
    int depth = 0;
    do {
      if (end >= rest_.size()) refuse("a dictionary", rest_);
      const char c = rest_[end++];
      if (c == '\'' || c == '"') {
        end = rest_.find(c, end);
        if (end++ == std::string_view::npos) refuse("a dictionary", rest_);
      } else if (c == '(' || c == '[') {
        ++depth;
      } else if (c == ')' || c == ']') {
        --depth;
      } else if (depth == 0) {
        while (end < rest_.size() && ((rest_[end] | 0x20) >= 'a' && (rest_[end] | 0x20) <= 'z')) ++end;
      }
    } while (depth > 0);
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  void read() {
    const std::string_view whole = rest_;
    bool sound = take('{');
    while (sound && !take('}')) {
      const std::string_view key = value();
      sound = key.size() > 2 && (key.front() == '\'' || key.front() == '"') && take(':');
      if (!sound) break;
      sound = values_.emplace(key.substr(1, key.size() - 2), value()).second;
      if (take(',')) continue;
      sound = sound && take('}');
      break;
    }
    if (!sound || rest_.find_first_not_of(" \t\r\n") != std::string_view::npos) refuse("a dictionary", whole);
    for (const char* key : {"descr", "fortran_order", "shape"}) {
      if (!values_.contains(key)) source_.refuse("a .npy header with " + in_quotes(key), "none in " + source_.name());
    }
    if (values_.size() > 3) refuse("descr, fortran_order and shape alone", whole);
  }

  std::string_view rest_;
  const NamedFile& source_;
  std::map<std::string, std::string_view, std::less<>> values_;
};

NpyHeader parse_npy_header(std::string_view bytes, const NamedFile& source) {
  const auto truncated = [&] { source.refuse("a whole .npy header", "a truncated one in " + source.name()); };
  if (bytes.size() < npy_magic.size() + 4) truncated();
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0) {
    const std::string minor = byte(7) == 0 ? "" : "." + std::to_string(byte(7));
    source.refuse(".npy of version 1, 2 or 3", "version " + std::to_string(version) + minor + " in " + source.name());
  }
  std::size_t length = byte(8) | byte(9) << 8;
  std::size_t begin = 10;
  if (version > 1) {
    if (bytes.size() < 12) truncated();
    length |= byte(10) << 16 | byte(11) << 24;
    begin = 12;
  }
  if (bytes.size() - begin < length) truncated();
  const NpyDictionary dictionary(bytes.substr(begin, length), source);
  return {.dtype = dictionary.dtype(),
          .fortran = dictionary.fortran(),
          .shape = dictionary.shape(),
          .data_begins = begin + length};
}

/// Integers become doubles only if doubles represent them exactly.
template <class Number>
double as_double(Number number, const NamedFile& source) {
  const auto value = static_cast<double>(number);
  if constexpr (std::is_integral_v<Number> && sizeof(Number) == 8) {
    constexpr auto beyond = static_cast<Number>(std::uint64_t{1} << 53);
    if (number > beyond || (std::is_signed_v<Number> && number < static_cast<Number>(0) - beyond)) {
      source.refuse("whole numbers up to 2^53, which doubles hold", std::to_string(number) + " in " + source.name());
    }
  }
  return value;
}

template <class Number>
Matrix npy_numbers(const char* data, Index rows, Index columns, bool fortran, const NamedFile& source) {
  constexpr Index tile = 64;  // rows and columns of what stays in the cache, in either order
  Matrix result(rows, columns);
  for (Index left = 0; left < columns; left += tile) {
    for (Index top = 0; top < rows; top += tile) {
      stop_if_asked();
      for (Index column = left; column < std::min(left + tile, columns); ++column) {
        for (Index row = top; row < std::min(top + tile, rows); ++row) {
          Number number;
          const Index at = fortran ? column * rows + row : row * columns + column;
          std::memcpy(&number, data + static_cast<Index>(sizeof number) * at, sizeof number);
          result(row, column) = as_double(number, source);
        }
      }
    }
  }
  return result;
}

/// A byte of dtype bool.
struct Truth {
  std::uint8_t byte;
  explicit operator double() const { return byte != 0 ? 1 : 0; }
};

/// A supported dtype, by its name without the byte order.
struct NpyType {
  std::string_view name;
  std::size_t width;
  Matrix (*read)(const char* data, Index rows, Index columns, bool fortran, const NamedFile& source);
};

constexpr std::array npy_types{
    NpyType{"f8", 8, npy_numbers<double>},        NpyType{"f4", 4, npy_numbers<float>},
    NpyType{"b1", 1, npy_numbers<Truth>},         NpyType{"i1", 1, npy_numbers<std::int8_t>},
    NpyType{"i2", 2, npy_numbers<std::int16_t>},  NpyType{"i4", 4, npy_numbers<std::int32_t>},
    NpyType{"i8", 8, npy_numbers<std::int64_t>},  NpyType{"u1", 1, npy_numbers<std::uint8_t>},
    NpyType{"u2", 2, npy_numbers<std::uint16_t>}, NpyType{"u4", 4, npy_numbers<std::uint32_t>},
    NpyType{"u8", 8, npy_numbers<std::uint64_t>}};

Matrix read_npy(std::string_view bytes, const NamedFile& source, Vectors vectors) {
  const NpyHeader header = parse_npy_header(bytes, source);
  const bool ordered = header.dtype.starts_with('<') || header.dtype.starts_with('=') || header.dtype.starts_with('|');
  const auto type = std::find_if(npy_types.begin(), npy_types.end(),
                                 [&](const NpyType& t) { return ordered && header.dtype.substr(1) == t.name; });
  if (type == npy_types.end()) {
    source.refuse("a .npy file of dtype '<f8', '<f4', an integer or bool",
                  in_quotes(header.dtype, '\'') + " in " + source.name(),
                  "np.save(" + source.name() + ", a.astype(float))");
  }
  if (header.shape.empty() || header.shape.size() > 2) {
    source.refuse("an array of one or two dimensions",
                  std::to_string(header.shape.size()) + " dimensions in " + source.name());
  }
  if (header.shape.size() == 1 && vectors == Vectors::refused) {
    source.refuse("a matrix, two dimensions", "one dimension in " + source.name(),
                  "a.reshape(-1, 1) is a column, a.reshape(1, -1) a row");
  }
  const Index rows = header.shape[0];
  const Index columns = header.shape.size() == 2 ? header.shape[1] : 1;
  if (rows == 0 || columns == 0) {
    source.refuse("at least one number", "shape " + format_shape(rows, columns) + " in " + source.name());
  }
  const std::size_t got = bytes.size() - header.data_begins;
  // By division: the product of two wrong lengths may overflow.
  const auto whole = static_cast<Index>(got / type->width);
  if (got % type->width != 0 || whole % columns != 0 || whole / columns != rows) {
    source.refuse("the " + format_shape(rows, columns) + " numbers of its header",
                  std::to_string(whole) + (got % type->width != 0 ? " and a part of one" : "") + " in " + source.name(),
                  whole / columns < rows ? "the file is truncated" : "the file goes on after its array");
  }
  const char* data = bytes.data() + header.data_begins;
  return type->read(data, rows, columns, header.fortran, source);
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || end != text.data() + text.size() || text.ends_with(')')) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // A number that underflows is read as 0 or a subnormal; one that overflows is refused.
    static const locale_t plain =
        ::newlocale(LC_ALL_MASK, "C", nullptr);  // in another one the point may end the number
    value = ::strtod_l(std::string(text).c_str(), nullptr, plain);
    if (std::isinf(value)) return std::nullopt;
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  return value;
}

/// ';' before ',': in a line with both, the comma is a decimal one, which is refused.
char separator_of(std::string_view line) {
  for (const char candidate : {';', ',', '\t'}) {
    if (line.find(candidate) != std::string_view::npos) return candidate;
  }
  return ' ';
}

std::vector<std::string_view> split(std::string_view line, char separator) {
  std::vector<std::string_view> fields;
  while (true) {
    // A quoted name may contain the separator.
    const std::string_view ahead = trimmed(line);
    std::size_t from = 0;
    if (ahead.starts_with('"')) {
      const auto close = ahead.find('"', 1);
      if (close != std::string_view::npos) from = static_cast<std::size_t>(ahead.data() - line.data()) + close;
    }
    const auto at = separator == ' ' ? line.find_first_of(blanks, from) : line.find(separator, from);
    fields.push_back(trimmed(line.substr(0, at)));
    if (at == std::string_view::npos) return fields;
    line = separator == ' ' ? trimmed(line.substr(at)) : line.substr(at + 1);
  }
}

/// The code point of the first character of a text in UTF-8; 0 if it is not valid.
char32_t first_character(std::string_view text) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return lead;
  const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return code;
}

/// Latin, Greek and Cyrillic with their accents, and the scripts of China, Japan and Korea. Other characters do not
/// begin a name: minus signs, currency symbols and the digits of other scripts belong to numbers that are not
/// supported.
bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  const bool alphabet = c >= 0xC0 && c < 0x530 && c != 0xD7 && c != 0xF7;
  return alphabet || c == 0xB5 || (c >= 0x1E00 && c < 0x2000) || (c >= 0x3040 && c < 0xA000) ||
         (c >= 0xAC00 && c < 0xD7A4);
}

/// A word, quoted or not, that is neither a number nor a mark of a missing one.
bool is_name(std::string_view text) {
  static constexpr std::array missing = {"na", "n/a", "null", "none", "nil", "missing", "true", "false"};
  if (text.size() > 1 && text.starts_with('"') && text.ends_with('"')) text = trimmed(text.substr(1, text.size() - 2));
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return is_letter(first_character(text)) && !parse_number(text) &&
         std::find(missing.begin(), missing.end(), small) == missing.end();
}

bool is_header(const std::vector<std::string_view>& fields) {
  return std::all_of(fields.begin(), fields.end(), is_name);
}

/// The next line, with the line ends of Unix, Windows or old Macintoshes.
std::string_view take_line(std::string_view& bytes) {
  const auto end = bytes.find_first_of("\r\n");
  const std::string_view line = bytes.substr(0, end);
  if (end == std::string_view::npos) {
    bytes = {};
  } else {
    bytes.remove_prefix(end + (bytes.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return line;
}

Matrix read_csv(std::string_view bytes, const NamedFile& source) {
  if (bytes.starts_with("\xef\xbb\xbf")) bytes.remove_prefix(3);
  std::vector<double> numbers;
  std::size_t columns = 0;
  char separator = 0;
  int first_line = 0;
  std::size_t names = 0;  // number of names in the header
  bool may_be_header = true;
  for (int line_number = 1; !bytes.empty(); ++line_number) {
    if (line_number % 256 == 0) stop_if_asked();
    std::string_view line = take_line(bytes);
    line = line.substr(0, line.find('#'));
    if (trimmed(line).empty()) continue;
    if (first_line == 0) separator = separator_of(line);
    if (separator == ' ') line = trimmed(line);
    const auto fields = split(line, separator);
    if (std::exchange(may_be_header, false) && is_header(fields)) {
      names = fields.size();
      continue;
    }
    const std::string where = "in line " + std::to_string(line_number);
    if (first_line == 0) {
      first_line = line_number;
      columns = fields.size();
      if (names != 0 && names != columns) {
        source.refuse(std::to_string(names) + " numbers " + where + " as there are names above",
                      std::to_string(columns) + " in " + source.name(), "begin a line that is no data with #");
      }
    }
    if (fields.size() != columns) {
      source.refuse(std::to_string(columns) + " numbers " + where + " as in line " + std::to_string(first_line),
                    std::to_string(fields.size()) + " in " + source.name());
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const auto number = parse_number(fields[i]);
      if (!number) {
        const bool missing = fields[i].empty();
        const bool decimal_comma = fields[i].find(',') != std::string_view::npos;
        const bool quoted = fields[i].starts_with('"');
        const bool foreign = std::any_of(fields[i].begin(), fields[i].end(),
                                         [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
        source.refuse("a number " + where + ", column " + std::to_string(i + 1),
                      (missing ? "nothing" : in_quotes(fields[i])) + " in " + source.name(),
                      missing         ? "write nan for an entry that is missing"
                      : quoted        ? "write numbers without quotes"
                      : decimal_comma ? "write decimals with a point"
                      : foreign       ? "write numbers in ASCII, minus signs as -"
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

Matrix read_matrix(const fs::path& file, const std::string& field, Vectors vectors) {
  const NamedFile source{.file = file, .field = field};
  const std::string bytes = file_bytes(file, field);
  if (bytes.empty()) source.refuse("a matrix", "an empty file, " + source.name());
  if (bytes.starts_with(npy_magic)) return read_npy(bytes, source, vectors);
  const std::string extension = file.extension().string();
  if (extension == ".npy") {
    const bool truncated = npy_magic.starts_with(bytes);
    source.refuse("a .npy file", (truncated ? "a truncated one, " : "a file of another kind, ") + source.name(),
                  "np.save(" + source.name() + ", a) writes one");
  }
  if (extension != ".csv" && extension != ".txt" && !is_stream(file)) {
    source.refuse("a .npy, .csv or .txt file", source.name(),
                  "np.save(\"" + fs::path(file).replace_extension(".npy").filename().string() + "\", a) writes one");
  }
  return read_csv(bytes, source);
}

void write_npy(const Matrix& matrix, const fs::path& target) {
  std::string header = "{'descr': '<f8', 'fortran_order': True, 'shape': (" + std::to_string(matrix.rows()) + ", " +
                       std::to_string(matrix.cols()) + "), }";
  // NumPy starts the data at a multiple of 64; the header ends in a newline.
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
