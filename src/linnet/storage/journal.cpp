#include "linnet/storage/journal.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include "linnet/error.hpp"
#include "linnet/storage/difference.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::storage {

namespace fs = std::filesystem;

namespace {

/// "linn" and the number of the format, at a fixed place in the file, which is checked before SQLite opens the file.
constexpr std::uint32_t application_id = 0x6C696E6E;
constexpr Index format = 2;
constexpr std::array schema{"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
                            "CREATE TABLE machines (machine INTEGER PRIMARY KEY, description TEXT NOT NULL UNIQUE)",
                            "CREATE TABLE points (point INTEGER PRIMARY KEY, machine INTEGER NOT NULL, "
                            "checksum INTEGER NOT NULL, results BLOB NOT NULL)"};

/// FNV-1a of the index and results of a point.
Index checksum(Index point, const std::vector<double>& values) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto add = [&](const void* bytes, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
      hash = (hash ^ static_cast<const unsigned char*>(bytes)[i]) * 1099511628211ULL;
  };
  add(&point, sizeof point);
  add(values.data(), values.size() * sizeof(double));
  return static_cast<Index>(hash);
}

/// Whether a file begins like a journal, or is empty, as after a process was killed before its first commit.
bool may_be_journal(const fs::path& file) {
  constexpr std::size_t where = 68;  // the application's number in a database, big-endian
  std::array<char, 100> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(head.data(), head.size());
  if (in.gcount() == 0) return true;
  std::uint32_t id = 0;
  for (std::size_t i = where; i < where + 4; ++i) id = id << 8 | static_cast<unsigned char>(head[i]);
  return std::string_view(head.data(), 16) == std::string_view("SQLite format 3\0", 16) && id == application_id;
}

/// A message of SQLite, which the journal turns into an Error.
struct Failure {
  int code = SQLITE_OK;
  std::string what;
};

/// A prepared statement, stepped and reset.
class Statement {
 public:
  Statement(sqlite3* database, const char* sql) : database_(database) {
    if (const int code = sqlite3_prepare_v2(database, sql, -1, &statement_, nullptr); code != SQLITE_OK) {
      throw Failure{code, sqlite3_errmsg(database)};
    }
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int position, Index value) { return check(sqlite3_bind_int64(statement_, position, value)); }
  Statement& bind(int position, const std::string& value) {
    return check(sqlite3_bind_text(statement_, position, value.data(), static_cast<int>(value.size()), nullptr));
  }
  Statement& bind(int position, const std::vector<double>& values) {
    // A null pointer would be stored as NULL, not as an empty blob.
    const void* bytes = values.empty() ? static_cast<const void*>("") : values.data();
    return check(sqlite3_bind_blob64(statement_, position, bytes, values.size() * sizeof(double), nullptr));
  }

  bool step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) throw Failure{code, sqlite3_errmsg(database_)};
    sqlite3_reset(statement_);
    return false;
  }

  [[nodiscard]] Index integer(int column) const { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size(column));
  }
  [[nodiscard]] std::vector<double> reals(int column) const {
    std::vector<double> values(size(column) / sizeof(double));
    if (!values.empty()) {
      std::memcpy(values.data(), sqlite3_column_blob(statement_, column), values.size() * sizeof(double));
    }
    return values;
  }

 private:
  [[nodiscard]] std::size_t size(int column) const {
    return static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  }
  Statement& check(int code) {
    if (code != SQLITE_OK) throw Failure{code, sqlite3_errmsg(database_)};
    return *this;
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  explicit Database(const fs::path& file) {
    const int code = sqlite3_open_v2(file.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    if (code != SQLITE_OK) {
      const std::string what = sqlite3_errmsg(handle_);
      sqlite3_close(handle_);
      throw Failure{code, what};
    }
    sqlite3_busy_timeout(handle_, 300);
  }
  ~Database() { sqlite3_close(handle_); }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] sqlite3* handle() const { return handle_; }

  void run(const char* sql) const {
    if (const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) {
      throw Failure{code, sqlite3_errmsg(handle_)};
    }
  }

 private:
  sqlite3* handle_ = nullptr;
};

[[noreturn]] void refuse(const fs::path& file, const Failure& failure) {
  const std::string field = file.string();
  switch (failure.code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      bad_input({.field = field,
                 .expected = "a journal that is free",
                 .got = "one in use by another process",
                 .hint = "wait until that sweep has ended, or give another output"});
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_ERROR:
      bad_input({.field = field,
                 .expected = "the journal of a sweep",
                 .got = "a file that is damaged or of another kind",
                 .hint = "give --force to replace it"});
    case SQLITE_FULL:
      throw Error(Error::Kind::output, {.field = field,
                                        .expected = "room for the results",
                                        .got = "No space left on device",
                                        .hint = "free some space, then go on with --resume"});
    default:
      throw Error(Error::Kind::output,
                  {.field = field, .expected = "a journal that can be written", .got = failure.what});
  }
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

void require_same_machine(const fs::path& file, const std::string& ours, const std::string& theirs) {
  if (ours == theirs) return;
  const Difference d = first_difference(ours, theirs);
  bad_input({.field = file.string(),
             .expected = "points computed with " + d.ours + ", as here",
             .got = d.theirs,
             .hint = "their last bits may differ: go on where it began, give --mixed to have both, or --force to begin "
                     "again"});
}

}  // namespace

struct Journal::Impl {
  fs::path file;
  Index points;
  Index values_per_point;
  std::unique_ptr<Database> database = nullptr;

  Index machine = 0;  // the number of this machine

  /// Locked for this process until it ends, however it ends. With an exclusive lock WAL needs no shared memory, which
  /// network file systems lack.
  void open() {
    database = std::make_unique<Database>(file);
    sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(database->handle(), SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    database->run("PRAGMA locking_mode = EXCLUSIVE");
    database->run("PRAGMA synchronous = FULL");
    // Set before WAL, with which it would not be in the file itself until the first checkpoint.
    if (tables().empty()) database->run(fmt::format("PRAGMA application_id = {}", application_id).c_str());
    database->run("PRAGMA journal_mode = WAL");
    database->run("BEGIN EXCLUSIVE; COMMIT");
  }

  [[nodiscard]] std::vector<std::string> tables() const {
    std::vector<std::string> found;
    Statement query(database->handle(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid");
    while (query.step()) found.push_back(query.text(0));
    return found;
  }

  void create(const std::string& configuration) const {
    database->run("BEGIN");
    for (const char* table : schema) database->run(table);
    Statement text(database->handle(), "INSERT INTO meta VALUES (?, ?)");
    text.bind(1, std::string("format")).bind(2, format).step();
    text.bind(1, std::string("configuration")).bind(2, configuration).step();
    text.bind(1, std::string("points")).bind(2, points).step();
    text.bind(1, std::string("values_per_point")).bind(2, values_per_point).step();
    database->run("COMMIT");
  }

  void require_own(const std::string& configuration) const {
    const auto meta = [&](const char* key) {
      auto query = std::make_unique<Statement>(database->handle(), "SELECT value FROM meta WHERE key = ?");
      if (!query->bind(1, std::string(key)).step()) throw Failure{SQLITE_NOTADB, key};
      return query;
    };
    const auto found = tables();
    if (!std::equal(found.begin(), found.end(), schema.begin(), schema.end()) || meta("format")->integer(0) != format) {
      throw Failure{SQLITE_NOTADB, "another format"};
    }
    require_same(file, configuration, meta("configuration")->text(0));
    require_same(file, "points", points, meta("points")->integer(0));
    require_same(file, "results a point", values_per_point, meta("values_per_point")->integer(0));
  }

  [[nodiscard]] std::vector<std::pair<std::string, Index>> machines() const {
    std::vector<std::pair<std::string, Index>> found;
    Statement query(database->handle(),
                    "SELECT description, count(*) FROM points LEFT JOIN machines USING (machine) GROUP BY machine "
                    "ORDER BY machine");
    while (query.step()) found.emplace_back(query.text(0), query.integer(1));
    return found;
  }

  void enter(const std::string& description, bool mixed) {
    if (!mixed) {
      for (const auto& [other, count] : machines()) require_same_machine(file, description, other);
    }
    Statement insert(database->handle(), "INSERT OR IGNORE INTO machines (description) VALUES (?)");
    insert.bind(1, description).step();
    Statement query(database->handle(), "SELECT machine FROM machines WHERE description = ?");
    query.bind(1, description).step();
    machine = query.integer(0);
  }
};

Journal::Journal(const fs::path& file, const std::string& configuration, Index points, Index values_per_point,
                 Mode mode, const std::string& machine)
    : impl_(std::make_unique<Impl>(Impl{.file = file, .points = points, .values_per_point = values_per_point})) {
  std::error_code error;
  const bool exists = fs::exists(file, error);
  if (exists && mode == Mode::fresh) {
    bad_input({.field = file.string(),
               .expected = "no journal of an earlier sweep",
               .got = "one that exists",
               .hint = "give --resume to go on with it, or --force to replace it"});
  }
  require_writable(file, true);
  try {
    if (exists && mode != Mode::force && !may_be_journal(file)) throw Failure{SQLITE_NOTADB, "another file"};
    if (exists && mode == Mode::force) {
      try {
        impl_->open();
      } catch (const Failure& failure) {
        // Force does not replace a journal in use, since the other process would write to a lost file.
        if (failure.code == SQLITE_BUSY) throw;
      }
      impl_->database.reset();
      remove(file);
    }
    impl_->open();
    // A process killed before its first commit leaves a file without tables.
    if (impl_->tables().empty()) {
      impl_->create(configuration);
    } else {
      impl_->require_own(configuration);
    }
    impl_->enter(machine, mode == Mode::mixed);
  } catch (const Failure& failure) {
    refuse(file, failure);
  }
}

void Journal::remove(const fs::path& file) {
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::error_code error;
    fs::remove(file.string() + suffix, error);
    if (error) {
      throw Error(Error::Kind::output,
                  {.field = file.string(), .expected = "a journal that can be replaced", .got = error.message()});
    }
  }
}

Journal::~Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;

std::vector<Journal::FinishedPoint> Journal::finished() const {
  std::vector<FinishedPoint> points;
  try {
    Statement query(impl_->database->handle(), "SELECT point, checksum, results FROM points ORDER BY point");
    while (query.step()) {
      points.push_back({.index = query.integer(0), .values = query.reals(2)});
      const FinishedPoint& point = points.back();
      const bool fits = static_cast<Index>(point.values.size()) == impl_->values_per_point;
      if (!fits || point.index < 0 || point.index >= impl_->points) {
        throw Failure{SQLITE_CORRUPT, "a point of another sweep"};
      }
      if (query.integer(1) != checksum(point.index, point.values)) {
        bad_input({.field = impl_->file.string(),
                   .expected = "results as they were written",
                   .got = "other bits at point " + std::to_string(point.index),
                   .hint = "the file is damaged: give --force to begin again"});
      }
    }
  } catch (const Failure& failure) {
    refuse(impl_->file, failure);
  }
  return points;
}

std::vector<std::pair<std::string, Index>> Journal::machines() const {
  try {
    return impl_->machines();
  } catch (const Failure& failure) {
    refuse(impl_->file, failure);
  }
}

void Journal::commit(const std::vector<FinishedPoint>& points) {
  for (const FinishedPoint& point : points) {
    if (point.index < 0 || point.index >= impl_->points) {
      bad_input({.field = "point",
                 .expected = "an index from 0 to " + std::to_string(impl_->points - 1),
                 .got = std::to_string(point.index)});
    }
    if (static_cast<Index>(point.values.size()) != impl_->values_per_point) {
      bad_input({.field = "point " + std::to_string(point.index),
                 .expected = std::to_string(impl_->values_per_point) + " results",
                 .got = std::to_string(point.values.size())});
    }
  }
  sqlite3* handle = impl_->database->handle();
  try {
    impl_->database->run("BEGIN IMMEDIATE");
    Statement insert(handle, "INSERT OR REPLACE INTO points VALUES (?, ?, ?, ?)");
    for (const FinishedPoint& point : points) {
      insert.bind(1, point.index).bind(2, impl_->machine).bind(3, checksum(point.index, point.values));
      insert.bind(4, point.values).step();
    }
    impl_->database->run("COMMIT");
  } catch (const Failure& failure) {
    // Some failures have rolled back already; then this statement fails, without harm.
    sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
    refuse(impl_->file, failure);
  }
}

}  // namespace linnet::storage
