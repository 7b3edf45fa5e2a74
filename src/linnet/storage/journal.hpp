#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// The finished points of a sweep, on disk as they finish: SQLite in WAL mode with full synchronisation, so that
/// Ctrl-C, kill -9 or power loss lose no committed point. Each has a checksum and the machine that computed it.
class Journal {
 public:
  /// A finished point.
  struct FinishedPoint {
    Index index = 0;             ///< in the sweep, from 0
    std::vector<double> values;  ///< its results, bit for bit; nan and inf survive
  };

  enum class Mode {
    fresh,   ///< throws (input) when the journal exists, naming --resume and --force
    resume,  ///< continue where it ended; starts a missing journal; throws (input) when the journal has another
             ///< configuration or points of another machine
    mixed,   ///< continue, whatever machines computed its points
    force,   ///< what exists is replaced
  };

  /// `configuration` is the whole resolved configuration, compared as text; `points` and `values_per_point` are checked
  /// too. `machine` lists everything else on which the bits of a point depend. The file is locked until the journal is
  /// destroyed or its process ends; another process, even with force, is refused (input). A file that is not a journal
  /// of this format is refused (input) and left unchanged.
  Journal(const std::filesystem::path& file, const std::string& configuration, Index points, Index values_per_point,
          Mode mode, const std::string& machine = {});
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  /// Throws (input) if a point is damaged or does not belong to such a sweep.
  [[nodiscard]] std::vector<FinishedPoint> finished() const;

  /// The machines that computed the finished points, in the order of their first points, with their numbers of points.
  [[nodiscard]] std::vector<std::pair<std::string, Index>> machines() const;

  /// Removes the journal of a sweep whose result is written, with the files that SQLite keeps beside it. Throws Error
  /// (output).
  static void remove(const std::filesystem::path& file);

  /// Commit these points in one transaction; when it returns they are on disk. Throws Error (output) naming the file
  /// (disk full, read-only); what was committed before stays.
  void commit(const std::vector<FinishedPoint>& points);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::storage
