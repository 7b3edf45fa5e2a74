#include "linnet/storage/file_bytes.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "linnet/error.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

std::string file_bytes(const fs::path& file, const std::string& field) {
  // Where the field is the file itself, its name need not be said twice.
  const std::string name = field == file.string() ? "" : " \"" + file.string() + "\"";
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) {
    bad_input({.field = field, .expected = "a file that exists", .got = name.empty() ? "none" : "no file" + name});
  }
  if (fs::is_directory(status)) bad_input({.field = field, .expected = "a file", .got = "the folder" + name});
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  const auto size = fs::file_size(file, error);
  if (stream && !error) {
    bytes.resize(size);
    stream.read(bytes.data(), static_cast<std::streamsize>(size));
    bytes.resize(static_cast<std::size_t>(stream.gcount()));
  } else if (stream) {
    // A pipe has no size beforehand.
    bytes.assign(std::istreambuf_iterator<char>(stream), {});
  }
  if (!stream.is_open() || stream.bad()) {
    const std::error_code code(errno != 0 ? errno : EIO, std::generic_category());
    bad_input({.field = field,
               .expected = "a file that can be read",
               .got = code.message() + (name.empty() ? "" : " for" + name)});
  }
  return bytes;
}

}  // namespace linnet::storage
