#include "linnet/storage/npz_file.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <string_view>

#include "linnet/error.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/support/numbers.hpp"

namespace linnet::storage {

namespace {

constexpr std::string_view zip_magic = "PK\x03\x04";
constexpr std::string_view attribute_prefix = "attribute ";

/// The bytes of a file; whatever is looked for beyond them is refused.
class Bytes {
 public:
  Bytes(std::string_view bytes, const std::filesystem::path& file) : bytes_(bytes), file_(file) {}

  [[noreturn]] void refuse(const std::string& got) const {
    bad_input({.field = file_.string(), .expected = "an .npz file as linnet.save writes it", .got = got});
  }
  [[nodiscard]] std::string_view part(std::size_t begin, std::size_t length) const {
    if (begin > bytes_.size() || length > bytes_.size() - begin) refuse("a truncated or damaged one");
    return bytes_.substr(begin, length);
  }
  template <class Number>
  [[nodiscard]] Number number(std::size_t begin) const {
    Number value;
    std::memcpy(&value, part(begin, sizeof value).data(), sizeof value);
    return value;
  }
  [[nodiscard]] std::string_view all() const { return bytes_; }

 private:
  std::string_view bytes_;
  const std::filesystem::path& file_;
};

/// What stands behind `key` in the header of an array, which is a literal of Python.
std::string_view value_of(std::string_view header, const std::string& key, const Bytes& source) {
  const std::size_t at = header.find("'" + key + "':");
  if (at == std::string_view::npos) source.refuse("an array without " + key);
  std::string_view rest = header.substr(at + key.size() + 3);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return rest;
}

std::vector<Index> shape_in(std::string_view header, const Bytes& source) {
  std::string_view text = value_of(header, "shape", source);
  const std::size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) source.refuse("an array without a shape");
  text = text.substr(1, close - 1);
  std::vector<Index> shape;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string word(text.substr(0, comma));
    std::erase(word, ' ');
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (word.empty()) continue;
    const auto length = number_in<std::int64_t>(word);
    if (!length || *length < 0) source.refuse("an array of shape " + word);
    shape.push_back(*length);
  }
  return shape;
}

std::string text_of(const Bytes& source, std::size_t at, std::size_t characters) {
  std::string text;
  for (std::size_t i = 0; i < characters; ++i) {
    const auto c = source.number<std::uint32_t>(at + 4 * i);
    if (c == 0) break;
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xC0 | c >> 6), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xE0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
               static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      text += '?';
    }
  }
  return text;
}

template <class Stored, class Kept>
std::vector<Kept> numbers(std::string_view data, std::size_t count, const std::vector<Index>& shape, bool fortran) {
  std::vector<Kept> values(count);
  const std::size_t rows = shape.empty() ? 1 : static_cast<std::size_t>(shape.front());
  for (std::size_t i = 0; i < count; ++i) {
    Stored one;
    // Of two dimensions: element i in C order is row i / columns, column i % columns.
    const std::size_t columns = rows == 0 ? 1 : count / rows;
    const std::size_t from = fortran && shape.size() == 2 ? i % columns * rows + i / columns : i;
    std::memcpy(&one, data.data() + from * sizeof one, sizeof one);
    values[i] = static_cast<Kept>(one);
  }
  return values;
}

/// One array of the archive, in its .npy form.
Variable array_in(const Bytes& source, std::size_t begin, std::size_t size, std::string name) {
  const std::string_view npy = source.part(begin, size);
  if (!npy.starts_with("\x93NUMPY") || npy.size() < 12) source.refuse("something else than arrays");
  const bool first = npy[6] == 1;
  const std::size_t header_length =
      first ? source.number<std::uint16_t>(begin + 8) : source.number<std::uint32_t>(begin + 8);
  const std::size_t data_begin = (first ? 10 : 12) + header_length;
  if (data_begin > npy.size()) source.refuse("a truncated or damaged one");
  const std::string_view header = npy.substr(first ? 10 : 12, header_length);
  const std::string_view descr = value_of(header, "descr", source);
  const std::string type(descr.substr(std::min<std::size_t>(1, descr.size()), descr.find('\'', 1) - 1));
  const bool fortran = value_of(header, "fortran_order", source).starts_with("True");
  const std::vector<Index> shape = shape_in(header, source);
  Index count = 1;
  for (const Index length : shape) {
    if (__builtin_mul_overflow(count, length, &count)) source.refuse("an array of a huge shape");
  }
  const std::string_view data = npy.substr(data_begin);
  const auto n = static_cast<std::size_t>(count);
  const auto require = [&](std::size_t each) {
    if (each > 0 && n > data.size() / each) source.refuse("a truncated or damaged one");
  };
  Variable v{.name = std::move(name), .dims = {}, .values = {}};
  for (std::size_t d = 0; d < shape.size(); ++d) v.dims.push_back(v.name + "_" + std::to_string(d));
  if (type == "<f8") {
    require(8);
    v.values = numbers<double, double>(data, n, shape, fortran);
  } else if (type == "<i8") {
    require(8);
    v.values = numbers<std::int64_t, std::int64_t>(data, n, shape, fortran);
  } else if (type.starts_with("<U") && n == 1) {
    const std::size_t characters = number_in<std::uint32_t>(type.substr(2)).value_or(0);
    require(4 * characters);
    v.values = std::vector<std::string>{text_of(source, begin + data_begin, characters)};
  } else {
    source.refuse("an array of dtype " + type);
  }
  for (std::size_t d = 0; d < shape.size(); ++d) v.attributes["length_" + std::to_string(d)] = std::to_string(shape[d]);
  return v;
}

void add(Dataset& data, Variable v) {
  if (v.name.starts_with(attribute_prefix)) {
    std::visit(
        [&](auto&& values) {
          using Values = std::decay_t<decltype(values)>;
          Attribute& attribute = data.attributes[v.name.substr(attribute_prefix.size())];
          if constexpr (std::is_same_v<Values, std::vector<std::string>>) {
            attribute = values.front();
          } else {
            attribute = values;
          }
        },
        v.values);
    return;
  }
  for (std::size_t d = 0; d < v.dims.size(); ++d) {
    data.add_dimension(v.dims[d], number_in<std::int64_t>(v.attribute("length_" + std::to_string(d))).value_or(0));
  }
  v.attributes.clear();
  data.add(std::move(v));
}

}  // namespace

bool is_npz(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return false;
  std::array<char, zip_magic.size()> begin{};
  return std::ifstream(file, std::ios::binary).read(begin.data(), begin.size()) &&
         std::string_view(begin.data(), begin.size()) == zip_magic;
}

Dataset read_npz(const std::filesystem::path& file) {
  const std::string whole = file_bytes(file, file.string());
  const Bytes bytes(whole, file);
  const std::size_t end = whole.rfind("PK\x05\x06");
  if (end == std::string::npos) bytes.refuse("a truncated or damaged one");
  const std::size_t entries = bytes.number<std::uint16_t>(end + 10);
  std::size_t at = bytes.number<std::uint32_t>(end + 16);
  Dataset data;
  for (std::size_t i = 0; i < entries; ++i) {
    if (bytes.part(at, 4) != "PK\x01\x02") bytes.refuse("a truncated or damaged one");
    if (bytes.number<std::uint16_t>(at + 10) != 0) bytes.refuse("a compressed one");
    const std::size_t size = bytes.number<std::uint32_t>(at + 24);
    const std::size_t name_length = bytes.number<std::uint16_t>(at + 28);
    const std::size_t local = bytes.number<std::uint32_t>(at + 42);
    std::string name(bytes.part(at + 46, name_length));
    if (name.ends_with(".npy")) name.resize(name.size() - 4);
    const std::size_t data_begin =
        local + 30 + bytes.number<std::uint16_t>(local + 26) + bytes.number<std::uint16_t>(local + 28);
    add(data, array_in(bytes, data_begin, size, std::move(name)));
    at += 46 + name_length + bytes.number<std::uint16_t>(at + 30) + bytes.number<std::uint16_t>(at + 32);
  }
  return data;
}

}  // namespace linnet::storage
