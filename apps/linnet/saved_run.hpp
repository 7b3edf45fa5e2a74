#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "command.hpp"
#include "linnet/storage/unfinished_file.hpp"

namespace linnet::command {

/// Throws, of --resume, for a run that cannot be saved on its way.
void require_resumable(const config::Configuration& c, const OutputOptions& options);

/// Throws, of --resume, for the result of an interrupted run beside which nothing was saved.
void require_saved(const config::Configuration& c, const std::filesystem::path& target);

/// A run on its way, in a file beside its result: OUT.checkpoint.
class SavedRun {
 public:
  /// With --resume reads what an earlier process has saved, if there is any. Throws Error (input) if it is of another
  /// configuration, other input files or another machine; without --resume and --force, if there is any.
  SavedRun(const config::Configuration& c, const std::filesystem::path& target, const OutputOptions& options);

  /// Where the run goes on; null where it begins.
  [[nodiscard]] const Checkpoint* checkpoint() const { return earlier_ ? &earlier_->checkpoint : nullptr; }
  /// Saves every so many seconds, less often where this would take more than a twentieth of the time. A save that
  /// fails, as on a full disk, is told once, and the run goes on.
  [[nodiscard]] Saving saving();
  /// What was saved last, as a line; empty if nothing was.
  [[nodiscard]] std::string words() const;
  void remove() const;
  static void remove_beside(const std::filesystem::path& target);

 private:
  using Clock = std::chrono::steady_clock;
  void save(const Unfinished& run);

  std::filesystem::path file_;
  bool saves_ = false;
  storage::Identity identity_;
  std::optional<Unfinished> earlier_;
  std::optional<std::pair<Index, double>> saved_;  // step and time of the file
  std::chrono::duration<double> interval_;
  Clock::time_point last_ = Clock::now();
  bool told_ = false;
};

}  // namespace linnet::command
