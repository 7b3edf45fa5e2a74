#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet::storage {

/// The finished points of a sweep, on disk as they finish: SQLite in WAL mode with full synchronisation, so that
/// Ctrl-C, kill -9 or power loss lose no committed point.
class Journal {
 public:
  struct Point {
    Index index = 0;             ///< in the sweep, from 0
    std::vector<double> values;  ///< its results, bit for bit; nan and inf survive
  };

  enum class Mode {
    fresh,   ///< throws (input) when the journal exists, naming --resume and --force
    resume,  ///< go on where it ended; a missing journal is started; throws (input) when it holds another configuration
    force,   ///< what exists is replaced
  };

  /// `configuration` is the whole resolved configuration, compared as text; `points` and `values_per_point` are checked
  /// too. The file is locked until the journal is destroyed or its process ends: for another one, even with force,
  /// it is in use (input).
  Journal(const std::filesystem::path& file, const std::string& configuration, Index points, Index values_per_point,
          Mode mode);
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  [[nodiscard]] std::vector<Point> finished() const;

  /// Commit these points in one transaction; when it returns they are on disk. Throws Error (output) naming the file
  /// (disk full, read-only); what was committed before stays.
  void commit(const std::vector<Point>& points);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::storage
