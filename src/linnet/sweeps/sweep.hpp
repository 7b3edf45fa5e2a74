#pragma once

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/storage/journal.hpp"
#include "linnet/sweeps/finished_points.hpp"
#include "linnet/sweeps/prepared_sweep.hpp"
#include "linnet/sweeps/shard.hpp"

namespace linnet::sweeps {

struct SweepProgress {
  Index done = 0;  ///< points finished and on disk, including those of an earlier call
  Index total = 0;
  Index resumed = 0;    ///< of `done`, how many were finished before
  Index held_back = 0;  ///< points that waited, because memory was too short for as many side by side as allowed
};

/// How points are computed side by side.
struct Computing {
  int jobs = 0;  ///< points side by side, or fewer where the memory is too short for them; 0: one a core
  /// Bytes that the points side by side may ask for together; at most nine tenths of what is free.
  double memory = std::numeric_limits<double>::infinity();
  /// Called after points were committed, by one thread at a time.
  std::function<void(const SweepProgress&)> report = {};
  std::function<bool()> keep_going = {};  ///< called at every step of every point, by any thread; false interrupts
};

/// What to do with the journals of earlier processes.
enum class Journals {
  refused,   ///< throws (input) when there are any, naming --resume and --force
  resumed,   ///< go on with what they have; throws (input) when they are of another configuration or machine
  mixed,     ///< go on, whatever machines and versions of linnet computed the points
  replaced,  ///< remove them
};

struct SweepOptions {
  Computing computing = {};
  std::filesystem::path journal = {};  ///< where finished points are kept; empty: nowhere
  Journals earlier = Journals::refused;
  /// Called before any point is computed, with the data set that the sweep will return, without its results. It can
  /// throw if this data set cannot be used.
  std::function<void(const Dataset&)> preview = {};
  /// Called when damaged bytes were found in a journal: their points are computed again.
  std::function<void(const std::string&)> warn = {};
};

/// Computes every point of the grid, in parallel. The result of a point depends only on its configuration and its
/// index, so that neither the number of threads or processes nor an interruption changes a bit. If interrupted, throws
/// Error (interrupted) after all finished points are in the journal. A point that diverges is a result, with its
/// status. If the points were computed by different kinds of machine, the attribute "machines" lists them with their
/// numbers of points.
Dataset sweep(const config::Source& source, const SweepOptions& options = {});

/// Computes the points of a shard into a journal of its own, JOURNAL.3-of-200, beside those of other shards, which may
/// be running. Resumed, it leaves out the points of every journal that is there, whatever shards they are of. Returns
/// how many points of the shard are finished: all of them.
Index sweep_shard(const config::Source& source, const Shard& shard, const SweepOptions& options);

/// Computes these points and returns them as blocks, for another process to collect: see `storage::read_blocks`.
std::string computed_blocks(PreparedSweep& sweep, const std::vector<Index>& points, const Computing& computing);

/// A sweep, or a shard of one, whose points come from this process or from others. What it has is on disk.
class Collector {
 public:
  /// Deals with the journals of earlier processes and opens its own, if the options name one.
  Collector(const config::Source& source, const std::optional<Shard>& shard, const SweepOptions& options);

  [[nodiscard]] PreparedSweep& sweep() { return *sweep_; }
  [[nodiscard]] Index total() const { return total_; }  ///< points
  [[nodiscard]] std::vector<Index> missing() const;

  /// Points of this process. When it returns they are on disk. Throws Error (output).
  void add(const std::vector<storage::FinishedPoint>& points);
  /// The same for blocks of another process. Throws Error (input) unless they are of this sweep and version.
  void add(std::string_view blocks);

  /// The data set. Throws Error (numerical) if a point is missing.
  [[nodiscard]] Dataset dataset() const;

 private:
  Shard shard_;
  std::unique_ptr<PreparedSweep> sweep_;
  FinishedPoints finished_;
  std::unique_ptr<storage::Journal> journal_;
  Index total_ = 0;
};

struct Merged {
  Dataset data;
  std::vector<std::filesystem::path> journals;               ///< that it was made of
  std::vector<std::pair<std::string, Index>> machines = {};  ///< with their numbers of points
  std::string warning = {};                                  ///< of damaged bytes
};

/// The data set of a sweep from its journals, bit for bit what one process would have returned. Throws Error (input) if
/// there is none, if one is in use, if they are of different sweeps or of another version of linnet, if they have
/// different results of a point from the same kind of machine, or if points are missing, with a list of these.
Merged merge(const std::filesystem::path& journal);

/// Removes the journals of a sweep whose result is written, but those in use.
void remove_journals(const std::filesystem::path& journal);

/// The journal beside a result.
std::filesystem::path journal_beside(const std::filesystem::path& result);

}  // namespace linnet::sweeps
