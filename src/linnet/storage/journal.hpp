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
  struct Point {
    Index index = 0;             ///< in the sweep, from 0
    std::vector<double> values;  ///< its results, bit for bit; nan and inf survive
  };

  enum class Mode {
    fresh,   ///< throws (input) when the journal exists, naming --resume and --force
    resume,  ///< go on where it ended; a missing journal is started; throws (input) when it holds another configuration
             ///< or points of another machine
    mixed,   ///< go on, whatever machines computed its points
    force,   ///< what exists is replaced
  };

  /// `configuration` is the whole resolved configuration, compared as text; `points` and `values_per_point` are checked
  /// too. `machine` is all else that the bits of a point depend on, in lines. The file is locked until the journal is
  /// destroyed or its process ends: for another one, even with force, it is in use (input). A file that no journal of
  /// this format has made is refused (input) and not changed by a byte.
  Journal(const std::filesystem::path& file, const std::string& configuration, Index points, Index values_per_point,
          Mode mode, const std::string& machine = {});
  ~Journal();
  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;

  /// Throws (input) when one is damaged or does not belong to such a sweep.
  [[nodiscard]] std::vector<Point> finished() const;

  /// The machines that computed the finished points, in the order in which they came, and how many each did.
  [[nodiscard]] std::vector<std::pair<std::string, Index>> machines() const;

  /// Of a sweep whose result is written: the file and what SQLite keeps beside it. Throws Error (output).
  static void remove(const std::filesystem::path& file);

  /// Commit these points in one transaction; when it returns they are on disk. Throws Error (output) naming the file
  /// (disk full, read-only); what was committed before stays.
  void commit(const std::vector<Point>& points);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace linnet::storage
