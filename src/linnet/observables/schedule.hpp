#pragma once

#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// When to record. The start and the end always are; what else is asked for is recorded, or refused where there is no
/// such instant. Instants that divide the way of a descent are its nearest steps, each recorded once.
class Schedule {
 public:
  static Schedule automatic();                       ///< each step of a descent; 101 times of a flow, evenly
  static Schedule every(Index steps = 1);            ///< steps 0, n, 2n, … of a descent
  static Schedule at(std::vector<double> instants);  ///< these steps or times
  static Schedule linear(Index count);               ///< `count` instants evenly from 0 to the end
  static Schedule logarithmic(double first,
                              Index count);  ///< 0, then `count` instants, first to the end, evenly in log
  static Schedule ends();                    ///< start and end alone

  /// The times in (0, end] at which a flow or a closed form is recorded, rising. Throws for every n-th step, and for
  /// instants beyond the end.
  [[nodiscard]] std::vector<double> times(double end) const;

  /// 0, then those; throws for an end that is no time.
  [[nodiscard]] std::vector<double> times_from_start(double end) const;

  /// The first step after this one, of 0 … max_steps, at which a descent is recorded; `max_steps` when there is none. A
  /// run goes from one to the next and keeps none of them, however long it is.
  [[nodiscard]] Index next_step(Index after, Index max_steps) const;

  /// All of those, from 0 on, rising without repeats; throws as `most_steps` does.
  [[nodiscard]] std::vector<Index> steps(Index max_steps) const;

  /// No more than so many steps of such a descent are recorded. Throws for instants that are no steps of it, and for
  /// more of them than it has steps.
  [[nodiscard]] double most_steps(Index max_steps) const;

  enum class Kind { automatic, every, at, linear, logarithmic };
  /// What a schedule is made of, as its maker takes it.
  struct Parts {
    Kind kind = Kind::automatic;
    Index count = 1;
    double first = 0;
    std::vector<double> instants = {};
  };
  [[nodiscard]] Parts parts() const;
  static Schedule of(const Parts& parts);  ///< throws as the makers do

 private:
  Schedule() = default;
  [[nodiscard]] std::vector<double> instants(double end) const;
  [[nodiscard]] double instant(Index i, double end) const;  ///< of linear and logarithmic
  void require_times(double end) const;
  void require_steps(Index max_steps) const;

  Kind kind_ = Kind::automatic;
  Index count_ = 1;
  double first_ = 0;
  std::vector<double> instants_;
};

}  // namespace linnet
