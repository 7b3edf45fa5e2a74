#pragma once

#include <chrono>
#include <string>

namespace linnet::command {

/// Done, rate and time left on standard error: one line that rewrites itself on a terminal, a plain line now and then
/// elsewhere.
class ProgressLine {
 public:
  ProgressLine(std::string unit, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `before` of the `done` were there at the start and do not count for the rate.
  void show(double done, double total, double before = 0);

  /// Take the line away, so that what is printed next stands alone.
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
