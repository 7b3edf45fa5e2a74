#include "linnet/storage/file_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "linnet/error.hpp"
#include "linnet/linalg/run_abandonable.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

/// A file descriptor that closes itself.
struct Descriptor {
  int number;
  explicit Descriptor(int n) : number(n) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::size_t memory_of_this_machine() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  return pages > 0 ? static_cast<std::size_t>(pages) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))
                   : std::string().max_size();
}

int open_to_read(const fs::path& file) {
  if (file == "/dev/stdin") return ::dup(STDIN_FILENO);  // which may be a socket, or belong to another user
  return ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

std::string read_all(const fs::path& file, const std::string& field) {
  // If the field is the file itself, the message names it once.
  const std::string name = field == file.string() ? "" : " \"" + file.string() + "\"";
  const auto unreadable = [&](int code) {
    bad_input({.field = field,
               .expected = "a file that can be read",
               .got = std::generic_category().message(code) + (name.empty() ? "" : " for" + name)});
  };
  std::error_code error;
  if (file.empty() || fs::is_directory(file, error)) {
    bad_input({.field = field, .expected = "a file", .got = "the folder" + name});
  }
  const Descriptor opened(open_to_read(file));
  if (opened.number < 0 && (errno == ENOENT || errno == ENOTDIR)) {
    bad_input({.field = field,
               .expected = "a file that exists",
               .got = name.empty() ? "none" : "no file" + name,
               .hint = hint_of_home(file)});
  }
  if (opened.number < 0) unreadable(errno);
  struct stat status {};
  if (::fstat(opened.number, &status) != 0) unreadable(errno);
  if ((S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) && ::isatty(opened.number) == 0) {
    bad_input({.field = field, .expected = "a file", .got = "the device" + name});
  }
  const auto said = static_cast<std::size_t>(std::max<off_t>(0, status.st_size));
  // The size of a pipe, and of some files of the system, is not known in advance.
  constexpr std::size_t least = std::size_t{1} << 16;
  constexpr std::size_t most_unsaid = std::size_t{1} << 30;
  const std::size_t most = said > 0 ? memory_of_this_machine() : most_unsaid;
  const auto too_long = [&](const std::string& got) {
    bad_input({.field = field,
               .expected = "at most " + std::to_string(most) + " bytes",
               .got = got + (name.empty() ? "" : " in" + name)});
  };
  if (said > most) too_long(std::to_string(said));
  constexpr std::size_t part = std::size_t{1} << 25;  // what is read between two questions whether to stop
  std::string bytes;
  bytes.reserve(said > 0 ? said + 1 : least);
  for (std::size_t filled = 0; filled <= most;) {
    stop_if_asked();
    const std::size_t room = std::clamp(bytes.capacity() - filled, least, part);
    bytes.resize(filled + room);
    const ssize_t got = ::read(opened.number, bytes.data() + filled, room);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) unreadable(errno);
    filled += static_cast<std::size_t>(got);
    if (got > 0) continue;
    bytes.resize(filled);
    return bytes;
  }
  too_long("more");
  return bytes;
}

}  // namespace

std::string hint_of_home(const fs::path& path) {
  if (!path.string().starts_with('~')) return {};
  return "only a shell expands ~, and only where a word begins: give the whole path";
}

bool is_stream(const fs::path& file) {
  const std::string name = file.lexically_normal().string();
  if (name.starts_with("/dev/") || name.starts_with("/proc/")) return true;
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return exists(status) && !is_regular_file(status) && !is_directory(status);
}

std::string file_bytes(const fs::path& file, const std::string& field) {
  // A pipe may keep this process waiting for ever, when it is opened and when it is read.
  if (!is_stream(file)) return read_all(file, field);
  try {
    return linalg::run_aside([file, field] { return read_all(file, field); });
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    throw Error(Error::Kind::interrupted, {.field = field, .expected = "the end of it", .got = "an interruption"});
  }
}

}  // namespace linnet::storage
