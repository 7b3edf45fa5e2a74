#pragma once

#include <chrono>
#include <string>

namespace linnet::command {

/// The finished part, the rate and the remaining time, on standard error: one line that is overwritten on a terminal,
/// elsewhere an occasional line.
class ProgressLine {
 public:
  ProgressLine(std::string unit, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `before` of the `done` were finished at the start and do not count for the rate.
  void show(double done, double total, double before = 0);

  /// Removes the line, so that other output can follow.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string unit_;
  bool quiet_;
  bool terminal_;
  bool shown_ = false;
  Clock::time_point began_;
  Clock::time_point last_;
};

}  // namespace linnet::command
