#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// A process that computes points of a sweep: what its points belong to, and on what their bits depend besides.
struct Session {
  std::string configuration;  ///< the whole resolved configuration
  std::string files = {};     ///< the digests of its files
  std::string folder = {};    ///< where its relative file names start
  Index points = 0;           ///< of the whole sweep
  Index values_per_point = 0;
  std::string version = {};  ///< of linnet
  std::string machine = {};  ///< everything else on which the bits of a point depend
};

/// A finished point.
struct FinishedPoint {
  Index index = 0;             ///< in the sweep, from 0
  std::vector<double> values;  ///< its results, bit for bit; nan and inf survive
};

/// Receives points that are read; the session stays valid as long as the call.
using TakePoint = std::function<void(const Session& session, Index point, std::span<const double> values)>;

/// A session and points as bytes, which `read_blocks` reads: what a journal holds, and what processes send each other.
/// Blocks stand alone: each has a checksum, and the bytes of several sessions may follow one another.
std::string session_block(const Session& session);
std::string points_block(const Session& session, const std::vector<FinishedPoint>& points);

/// Hands over the points in the order of the blocks. Returns the number of bytes that are damaged or were cut off; only
/// the points in them are lost. `sessions`, if given, receives every session, also one without points.
Index read_blocks(std::string_view bytes, const TakePoint& take, std::vector<Session>* sessions = nullptr);

/// Throws (input), naming `file`, and how the sweeps differ, unless a session of that file belongs to the same sweep as
/// `ours`.
void require_same_sweep(const std::filesystem::path& file, const Session& ours, const Session& theirs);

/// A file of blocks to which one process appends: a point that was committed survives Ctrl-C, kill -9 and power loss.
/// The file is locked until the journal is destroyed or its process ends. On a file system without locks, the process
/// writes a file of its own instead, with its host and number at the end of the name, so that two of them never write
/// into one.
class Journal {
 public:
  /// Opens the file, or begins it. Throws (input) if another process has it.
  Journal(const std::filesystem::path& file, const Session& session);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Appends these points; when it returns they are on disk. Throws Error (output) naming the file (disk full,
  /// read-only); what was committed before stays.
  void commit(const std::vector<FinishedPoint>& points);
  /// The same for blocks of any session.
  void append(std::string_view blocks);

  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  std::filesystem::path file_;
  Session session_;
  int descriptor_ = -1;
  int process_ = 0;  ///< that opened it: its forks have the descriptor too
};

/// Reads a whole journal, also while another process appends to it. Throws Error (input) if the file is none. Returns
/// the number of damaged bytes.
Index read_journal(const std::filesystem::path& file, const TakePoint& take, std::vector<Session>* sessions = nullptr);

/// The journal of this name and its parts: NAME, NAME.3-of-200, and whatever else begins with NAME. and has blocks in
/// it. Those that exist, sorted.
std::vector<std::filesystem::path> journals_of(const std::filesystem::path& journal);

/// Whether a process is writing to it; false where a file system has no locks.
bool is_in_use(const std::filesystem::path& file);

/// Throws (input) if a process is writing to this journal.
void require_free(const std::filesystem::path& file);

/// Removes a journal whose points are in a result. Throws Error (output).
void remove_journal(const std::filesystem::path& file);

}  // namespace linnet::storage
