#pragma once

#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// When to record. The start and the end always are.
class Schedule {
 public:
  static Schedule every(Index steps = 1);            ///< descent: steps 0, n, 2n, …
  static Schedule at(std::vector<double> instants);  ///< these steps or times
  static Schedule linear(Index count);               ///< `count` instants evenly from 0 to the end
  static Schedule logarithmic(double first,
                              Index count);  ///< 0, then `count` instants, first to the end, evenly in log
  static Schedule ends();                    ///< start and end alone

  /// The times in (0, end] at which a flow is recorded, rising.
  [[nodiscard]] std::vector<double> times(double end) const;

  /// 0, then those; throws for an end that is no time.
  [[nodiscard]] std::vector<double> times_from_start(double end) const;

  /// The first step after this one, of 0 … max_steps, at which a descent is recorded; `max_steps` when there is none. A
  /// run goes from one to the next and keeps none of them, however long it is.
  [[nodiscard]] Index next_step(Index after, Index max_steps) const;

  /// All of those, from 0 on, rising without repeats.
  [[nodiscard]] std::vector<Index> steps(Index max_steps) const;

  /// No more than so many steps or times are recorded up to `end`.
  [[nodiscard]] double most_records(double end) const;

 private:
  enum class Kind { every, at, linear, logarithmic };
  Schedule() = default;
  [[nodiscard]] std::vector<double> instants(double end) const;
  [[nodiscard]] double instant(Index i, double end) const;  ///< of linear and logarithmic

  Kind kind_ = Kind::every;
  Index count_ = 1;
  double first_ = 0;
  std::vector<double> instants_;
};

}  // namespace linnet
