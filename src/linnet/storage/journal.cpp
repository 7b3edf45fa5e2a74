#include "linnet/storage/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>
#include <thread>

#include "linnet/error.hpp"
#include "linnet/storage/difference.hpp"
#include "linnet/storage/file_bytes.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/support/fnv1a.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

// A block: a header, its content, and the checksum of both. Numbers are little-endian, of 8 bytes. The magic has the
// number of the format; where a block is damaged, the next one is found by it.
constexpr std::string_view magic = "lnjrnl03";
enum class Content : std::uint64_t { session = 1, points = 2 };

struct Header {
  std::array<char, magic.size()> begin{};
  std::uint64_t content = 0;
  std::uint64_t size = 0;
};
constexpr std::size_t frame = sizeof(Header) + sizeof(std::uint64_t);

template <class T>
void append_bytes(std::string& bytes, const T* from, std::size_t count) {
  bytes.append(reinterpret_cast<const char*>(from), count * sizeof(T));
}

std::string block(Content content, const std::string& inside) {
  Header header{.content = static_cast<std::uint64_t>(content), .size = inside.size()};
  std::copy(magic.begin(), magic.end(), header.begin.begin());
  std::string bytes;
  bytes.reserve(inside.size() + frame);
  append_bytes(bytes, &header, 1);
  bytes += inside;
  const std::uint64_t checksum = fnv1a(bytes);
  append_bytes(bytes, &checksum, 1);
  return bytes;
}

std::string content_of(const Session& s) {
  std::string inside;
  for (const Index number : {s.points, s.values_per_point}) append_bytes(inside, &number, 1);
  for (const std::string* text : {&s.configuration, &s.files, &s.folder, &s.version, &s.machine}) {
    const std::uint64_t size = text->size();
    append_bytes(inside, &size, 1);
    inside += *text;
  }
  return inside;
}

/// The name by which the points of a session refer to it.
std::uint64_t key_of(const Session& session) { return fnv1a(content_of(session)); }

/// Takes numbers from the front of a block's content. Nothing where they end too soon.
template <class T>
std::optional<T> take_number(std::string_view& inside) {
  if (inside.size() < sizeof(T)) return std::nullopt;
  T number;
  std::memcpy(&number, inside.data(), sizeof(T));
  inside.remove_prefix(sizeof(T));
  return number;
}

std::optional<Session> session_in(std::string_view inside) {
  Session s;
  for (Index* number : {&s.points, &s.values_per_point}) {
    const auto found = take_number<Index>(inside);
    if (!found) return std::nullopt;
    *number = *found;
  }
  for (std::string* text : {&s.configuration, &s.files, &s.folder, &s.version, &s.machine}) {
    const auto size = take_number<std::uint64_t>(inside);
    if (!size || *size > inside.size()) return std::nullopt;
    *text = inside.substr(0, *size);
    inside.remove_prefix(*size);
  }
  return s;
}

/// Hands over the points of a block; false where they do not fit their session.
bool take_points(std::string_view inside, const std::map<std::uint64_t, Session>& sessions, const TakePoint& take) {
  const auto key = take_number<std::uint64_t>(inside);
  const auto count = take_number<std::uint64_t>(inside);
  if (!key || !count || !sessions.contains(*key)) return false;
  const Session& session = sessions.at(*key);
  const auto width = static_cast<std::size_t>(session.values_per_point);
  if (inside.size() != *count * (1 + width) * sizeof(double)) return false;
  std::vector<double> values(width);
  for (std::uint64_t i = 0; i < *count; ++i) {
    const Index point = *take_number<Index>(inside);
    if (width > 0) std::memcpy(values.data(), inside.data(), width * sizeof(double));
    inside.remove_prefix(width * sizeof(double));
    if (point < 0 || point >= session.points) return false;
    take(session, point, values);
  }
  return true;
}

struct Block {
  Content content;
  std::string_view inside;
};

/// The block that begins here, if it is whole.
std::optional<Block> block_at(std::string_view bytes) {
  Header header;
  if (bytes.size() < frame) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::string_view(header.begin.data(), magic.size()) != magic) return std::nullopt;
  if (header.size > bytes.size() - frame) return std::nullopt;
  const std::string_view checked = bytes.substr(0, sizeof header + header.size);
  std::string_view rest = bytes.substr(checked.size());
  if (fnv1a(checked) != *take_number<std::uint64_t>(rest)) return std::nullopt;
  return Block{static_cast<Content>(header.content), checked.substr(sizeof header)};
}

/// Whether a file is one of blocks, were they all damaged. A process that is killed before it has written leaves an
/// empty file.
bool is_journal(std::string_view bytes) {
  return magic.starts_with(bytes.substr(0, magic.size())) || bytes.find(magic) != std::string_view::npos;
}

/// "" or ".3-of-200": the ends of names that are those of journals, whatever is in the files.
bool is_end_of_journal(std::string_view end) {
  if (end.empty()) return true;
  const auto of = end.find("-of-");
  const auto digits = [](std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return end[0] == '.' && of != std::string_view::npos && digits(end.substr(1, of - 1)) && digits(end.substr(of + 4));
}

bool begins_like_journal(const fs::path& file) {
  std::array<char, magic.size()> begin{};
  std::ifstream in(file, std::ios::binary);
  in.read(begin.data(), begin.size());
  return std::string_view(begin.data(), begin.size()) == magic;
}

enum class Locked { yes, by_another, impossible };

/// A process that was forked a moment ago may still hold its parent's locks, also if the parent is dead: asks for a
/// second.
Locked lock(int descriptor) {
  constexpr auto pause = std::chrono::milliseconds(10);
  for (int tries = 100; ::flock(descriptor, LOCK_EX | LOCK_NB) != 0;) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return Locked::impossible;
    if (--tries == 0) return Locked::by_another;
    std::this_thread::sleep_for(pause);
  }
  return Locked::yes;
}

int open_for_appending(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor >= 0) return descriptor;
  throw Error(Error::Kind::output, {.field = file.string(),
                                    .expected = "a journal that can be written",
                                    .got = std::error_code(errno, std::generic_category()).message()});
}

/// Whether the name still refers to the open file: another process may have removed it before it could be locked.
bool is_still(const fs::path& file, int descriptor) {
  struct stat named {};
  struct stat opened {};
  return ::stat(file.c_str(), &named) == 0 && ::fstat(descriptor, &opened) == 0 && named.st_ino == opened.st_ino &&
         named.st_dev == opened.st_dev;
}

fs::path of_this_process(const fs::path& file) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return file.string() + "." + host.data() + "-" + std::to_string(::getpid());
}

[[noreturn]] void refuse_busy(const fs::path& file) {
  bad_input({.field = file.string(),
             .expected = "a journal that is free",
             .got = "one in use by another process",
             .hint = "wait until that sweep has ended, or give another output"});
}

void require_same(const fs::path& file, const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return;
  const Difference d = first_difference(ours, theirs);
  bad_input({.field = file.string(),
             .expected = "a journal of this configuration with " + d.ours + " in line " + std::to_string(d.line),
             .got = d.theirs,
             .hint = "give another output, or --force to replace it"});
}

void require_same(const fs::path& file, const char* what, Index ours, Index theirs) {
  if (ours == theirs) return;
  bad_input({.field = file.string(),
             .expected = "a journal of " + std::to_string(ours) + " " + what,
             .got = std::to_string(theirs),
             .hint = "give another output, or --force to replace it"});
}

}  // namespace

std::string session_block(const Session& session) { return block(Content::session, content_of(session)); }

std::string points_block(const Session& session, const std::vector<FinishedPoint>& points) {
  for (const FinishedPoint& point : points) {
    if (point.index < 0 || point.index >= session.points) {
      bad_input({.field = "point",
                 .expected = "an index from 0 to " + std::to_string(session.points - 1),
                 .got = std::to_string(point.index)});
    }
    if (static_cast<Index>(point.values.size()) != session.values_per_point) {
      bad_input({.field = "point " + std::to_string(point.index),
                 .expected = std::to_string(session.values_per_point) + " results",
                 .got = std::to_string(point.values.size())});
    }
  }
  std::string inside;
  const std::array<std::uint64_t, 2> begin{key_of(session), points.size()};
  append_bytes(inside, begin.data(), begin.size());
  for (const FinishedPoint& point : points) {
    append_bytes(inside, &point.index, 1);
    append_bytes(inside, point.values.data(), point.values.size());
  }
  return block(Content::points, inside);
}

Index read_blocks(std::string_view bytes, const TakePoint& take, std::vector<Session>* sessions) {
  std::map<std::uint64_t, Session> known;
  std::size_t damaged = 0;
  while (!bytes.empty()) {
    const std::optional<Block> found = block_at(bytes);
    bool whole = found.has_value();
    if (whole && found->content == Content::session) {
      std::optional<Session> session = session_in(found->inside);
      whole = session.has_value();
      if (whole && known.emplace(key_of(*session), *session).second && sessions != nullptr) {
        sessions->push_back(std::move(*session));
      }
    } else if (whole) {
      whole = found->content == Content::points && take_points(found->inside, known, take);
    }
    const std::size_t next = found ? found->inside.size() + frame : std::min(bytes.find(magic, 1), bytes.size());
    if (!whole) damaged += next;
    bytes.remove_prefix(next);
  }
  return static_cast<Index>(damaged);
}

void require_same_sweep(const fs::path& file, const Session& ours, const Session& theirs) {
  require_same(file, ours.configuration, theirs.configuration);
  if (ours.files != theirs.files) {
    const Difference d = first_difference(ours.files, theirs.files);
    bad_input(
        {.field = file.string(),
         .expected = "points of the present files, " + d.ours,
         .got = d.theirs,
         .hint = "a file that the configuration names has changed since: bring it back, or begin again with --force"});
  }
  require_same(file, "points", ours.points, theirs.points);
  require_same(file, "results a point", ours.values_per_point, theirs.values_per_point);
}

Journal::Journal(const fs::path& file, const Session& session) : file_(file), session_(session), process_(::getpid()) {
  require_writable(file, true);
  while (true) {
    descriptor_ = open_for_appending(file_);
    const Locked locked = lock(descriptor_);
    if (locked == Locked::yes && is_still(file_, descriptor_)) break;
    ::close(descriptor_);
    if (locked == Locked::by_another) refuse_busy(file_);
    if (locked != Locked::impossible) continue;
    std::error_code ignored;
    if (fs::is_empty(file_, ignored)) fs::remove(file_, ignored);
    file_ = of_this_process(file);
    descriptor_ = open_for_appending(file_);
    break;
  }
  try {
    append(session_block(session));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Journal::~Journal() {
  // Forks that have the descriptor would keep the lock, and one that closes it must not release it.
  if (::getpid() == process_) ::flock(descriptor_, LOCK_UN);
  ::close(descriptor_);
}

void Journal::commit(const std::vector<FinishedPoint>& points) { append(points_block(session_, points)); }

void Journal::append(std::string_view blocks) {
  const off_t before = ::lseek(descriptor_, 0, SEEK_END);
  const auto fail = [&] {
    const int code = errno;
    // A piece of a block would only be skipped by readers; it goes where that is possible.
    if (before >= 0 && ::ftruncate(descriptor_, before) != 0) errno = code;
    const bool full = code == ENOSPC || code == EDQUOT;
    throw Error(Error::Kind::output, {.field = file_.string(),
                                      .expected = full ? "room for the results" : "a journal that can be written",
                                      .got = std::error_code(code, std::generic_category()).message(),
                                      .hint = full ? "free some space, then go on with --resume" : ""});
  };
  while (!blocks.empty()) {
    const ssize_t written = ::write(descriptor_, blocks.data(), blocks.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    blocks.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) fail();
}

Index read_journal(const fs::path& file, const TakePoint& take, std::vector<Session>* sessions) {
  const std::string bytes = file_bytes(file, file.string());
  std::vector<Session> found;
  const Index damaged = read_blocks(bytes, take, &found);
  if (!is_journal(bytes)) {
    bad_input({.field = file.string(),
               .expected = "the journal of a sweep",
               .got = "a file that is damaged or of another kind",
               .hint = "give --force to replace it"});
  }
  if (sessions != nullptr) std::move(found.begin(), found.end(), std::back_inserter(*sessions));
  return damaged;
}

std::vector<fs::path> journals_of(const fs::path& journal) {
  const fs::path folder = journal.parent_path().empty() ? fs::path(".") : journal.parent_path();
  const std::string name = journal.filename().string();
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string own = entry->path().filename().string();
    if (!own.starts_with(name)) continue;
    const std::string_view rest = std::string_view(own).substr(name.size());
    const bool is_part = is_end_of_journal(rest) || (rest[0] == '.' && begins_like_journal(entry->path()));
    if (is_part) found.push_back(journal.parent_path() / own);
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_in_use(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool busy = lock(descriptor) == Locked::by_another;
  ::close(descriptor);
  return busy;
}

void require_free(const fs::path& file) {
  if (is_in_use(file)) refuse_busy(file);
}

void remove_journal(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (!error) return;
  throw Error(Error::Kind::output,
              {.field = file.string(), .expected = "a journal that can be replaced", .got = error.message()});
}

}  // namespace linnet::storage
