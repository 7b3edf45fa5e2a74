#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "linnet/storage/journal.hpp"
#include "linnet/sweeps/prepared_sweep.hpp"

namespace linnet::sweeps {

/// The points of a sweep that are finished, by whatever processes and machines.
class FinishedPoints {
 public:
  /// Which points are accepted: of machines like this one, of any machine with this version of linnet, or of all.
  enum class Accept { alike, same_version, all };

  FinishedPoints(const PreparedSweep& sweep, Accept accept);

  /// Takes a journal. Throws Error (input), naming the file, if it belongs to another sweep or another version of
  /// linnet or machine that is not accepted, or if it has other results of a point than an earlier one of the same
  /// machine.
  void read(const std::filesystem::path& journal);
  /// The same for blocks that another process has sent, of any machine.
  void take(std::string_view blocks);
  /// Points of this process.
  void set(const storage::FinishedPoint& point);

  [[nodiscard]] const Results& results() const { return results_; }
  [[nodiscard]] Index count() const { return count_; }
  /// Bytes of the journals that were damaged or cut off.
  [[nodiscard]] Index damaged() const { return damaged_; }

  /// The machines with their numbers of points, in the order of their first points.
  [[nodiscard]] std::vector<std::pair<std::string, Index>> machines() const;
  /// Says in the data set where its points were computed, if not all of them here.
  void tell_machines(Dataset& data) const;

 private:
  /// Reads blocks from somewhere; returns the damaged bytes.
  using Blocks = std::function<Index(const storage::TakePoint& take, std::vector<storage::Session>& sessions)>;
  void take(const Blocks& blocks, Accept accept, const std::filesystem::path& from);
  void require_fitting(const storage::Session& session, Accept accept, const std::filesystem::path& from) const;
  void set(Index point, std::span<const double> values, std::uint16_t machine, const std::filesystem::path& from);
  std::uint16_t number_of(const std::string& machine);

  storage::Session own_;
  Accept accept_;
  Results results_;
  std::vector<std::string> machines_;
  std::vector<std::uint16_t> machine_of_;  ///< of each point, in `machines_`
  Index count_ = 0;
  Index damaged_ = 0;
};

}  // namespace linnet::sweeps
