#include "linnet/storage/output.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <string>
#include <system_error>

#include "linnet/storage/file_bytes.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

std::system_error system_failure() { return {errno, std::generic_category()}; }

/// A file open for writing; every failure is a std::system_error.
class OpenFile {
 public:
  OpenFile(const fs::path& file, int flags) : descriptor_(::open(file.c_str(), flags | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) throw system_failure();
  }
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw system_failure();
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void sync() const {
    // Some file systems cannot sync a folder or a share that was opened this way, and return EINVAL.
    if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) throw system_failure();
  }

  /// A network file system may report a full disk only here.
  void close() {
    const int descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0 && errno != EINTR) throw system_failure();
  }

 private:
  int descriptor_;
};

fs::path folder_of(const fs::path& target) {
  const fs::path folder = target.parent_path();
  return folder.empty() ? fs::path(".") : folder;
}

/// The beginning of the names of all temporary files of this machine for `target`; the number of the process follows.
std::string temporary_prefix(const fs::path& target) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return "." + target.filename().string() + ".tmp-" + host.data() + "-";
}

fs::path temporary_beside(const fs::path& target) {
  return folder_of(target) / (temporary_prefix(target) + std::to_string(::getpid()));
}

/// A process that is killed while writing cannot remove its temporary file. The next process that writes the same
/// target removes it. Files of other machines are left, because it is unknown here whether their processes still run.
void remove_abandoned(const fs::path& target) {
  const std::string prefix = temporary_prefix(target);
  std::error_code error;
  for (fs::directory_iterator entry(folder_of(target), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const std::string_view digits = std::string_view(name).substr(prefix.size());
    pid_t process = 0;
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), process);
    if (failure != std::errc() || stop != digits.data() + digits.size() || process <= 0) continue;
    std::error_code ignored;
    if (::kill(process, 0) != 0 && errno == ESRCH) fs::remove(entry->path(), ignored);
  }
}

/// The file that a link refers to: renaming onto a link would replace the link.
fs::path behind_links(const fs::path& target) {
  std::error_code error;
  if (!fs::is_symlink(target, error)) return target;
  const fs::path real = fs::canonical(target, error);
  return error ? target : real;
}

[[noreturn]] void cannot_write(const fs::path& target, const std::string& why) {
  throw Error(Error::Kind::output, {.field = target.string(), .expected = "a file that can be written", .got = why});
}

[[noreturn]] void cannot_write(const fs::path& target, const std::error_code& code) {
  std::string hint;
  if (code == std::errc::no_space_on_device) hint = "free some space or write to another folder";
  if (code == std::errc::read_only_file_system || code == std::errc::permission_denied) {
    hint = "write to a folder that is yours";
  }
  throw Error(
      Error::Kind::output,
      {.field = target.string(), .expected = "a file that can be written", .got = code.message(), .hint = hint});
}

/// Renaming onto a device would replace the device.
void require_file_name(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  std::string got;
  if (target.filename().empty() || fs::is_directory(status)) {
    got = "a folder";
  } else if (fs::exists(status) && !fs::is_regular_file(status)) {
    got = "a device";
  }
  if (!got.empty()) bad_input({.field = target.string(), .expected = "the name of a file", .got = got});
}

void require_folder(const fs::path& target) {
  const fs::path folder = folder_of(target);
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (fs::is_directory(status)) return;
  const bool missing = status.type() == fs::file_type::not_found && error != std::errc::not_a_directory;
  if (missing) {
    const std::string home = hint_of_home(folder);
    throw Error(Error::Kind::output, {.field = target.string(),
                                      .expected = "a folder that exists",
                                      .got = "no folder \"" + folder.string() + "\"",
                                      .hint = home.empty() ? "mkdir -p " + file_word(folder) : home});
  }
  throw Error(Error::Kind::output, {.field = target.string(),
                                    .expected = "a folder that exists",
                                    .got = "\"" + folder.string() + "\", which is not a folder"});
}

}  // namespace

Error error_of(const fs::filesystem_error& failure) {
  const fs::path& path = failure.path1();
  return {Error::Kind::output,
          {.field = path.empty() ? "working folder" : path.string(),
           .expected = "a file or folder that can be used",
           .got = failure.code().message()}};
}

std::string shell_quoted(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string shell_word(const std::string& text) {
  constexpr const char* harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:=@%";
  const bool plain = !text.empty() && text.find_first_not_of(harmless) == std::string::npos && !text.starts_with('-');
  return plain ? text : shell_quoted(text);
}

std::string file_word(const fs::path& file) {
  const std::string name = file.string();
  return shell_word(name.starts_with('-') ? "./" + name : name);
}

void require_writable(const fs::path& target, bool force) {
  require_file_name(target);
  std::error_code error;
  if (!force && fs::exists(fs::symlink_status(target, error))) {
    bad_input({.field = target.string(),
               .expected = "a new file",
               .got = "one that exists",
               .hint = "give --force to replace it"});
  }
  require_folder(target);
  const fs::path real = behind_links(target);
  const fs::path probe = temporary_beside(real);
  remove_abandoned(real);
  try {
    OpenFile file(probe, O_WRONLY | O_CREAT | O_TRUNC);
    // Permissions do not reveal a read-only or full disk; writing a page does.
    constexpr std::array<char, 4096> page{};
    file.write({page.data(), page.size()});
    file.close();
    fs::remove(probe, error);
  } catch (const std::system_error& failure) {
    fs::remove(probe, error);
    cannot_write(target, failure.code());
  }
}

void write_atomically(const fs::path& target, const std::function<void(const fs::path&)>& write) {
  require_file_name(target);
  require_folder(target);
  const fs::path real = behind_links(target);
  const fs::path temporary = temporary_beside(real);
  remove_abandoned(real);
  std::error_code ignored;
  try {
    write(temporary);
    OpenFile file(temporary, O_RDWR);
    file.sync();
    file.close();
    fs::rename(temporary, real);
  } catch (const Error&) {
    fs::remove(temporary, ignored);
    throw;
  } catch (const std::system_error& failure) {
    fs::remove(temporary, ignored);
    cannot_write(target, failure.code());
  } catch (const std::exception& failure) {
    fs::remove(temporary, ignored);
    cannot_write(target, failure.what());
  } catch (...) {
    fs::remove(temporary, ignored);
    throw;
  }
  try {
    OpenFile(folder_of(real), O_RDONLY | O_DIRECTORY).sync();
  } catch (const std::system_error& failure) {
    // A folder with write but no read permission cannot be opened, and so not synced; the file is there nevertheless.
    if (failure.code() != std::errc::permission_denied) cannot_write(target, failure.code());
  }
}

void write_text(const fs::path& target, std::string_view text) {
  write_atomically(target, [&](const fs::path& temporary) {
    OpenFile file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
    file.write(text);
    file.close();
  });
}

}  // namespace linnet::storage
