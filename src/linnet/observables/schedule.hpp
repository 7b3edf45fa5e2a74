#pragma once

#include <string>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// When to record. Start and end are always recorded. An instant that does not exist is refused. Instants that divide a
/// descent evenly are rounded to its steps, each recorded once.
class Schedule {
 public:
  static Schedule automatic();                       ///< each step of a descent; 101 evenly spaced times of a flow
  static Schedule every(Index steps = 1);            ///< steps 0, n, 2n, … of a descent
  static Schedule at(std::vector<double> instants);  ///< these steps or times
  static Schedule linear(Index count);               ///< `count` evenly spaced instants from 0 to the end
  /// 0, then `count` instants from `first` to the end, evenly spaced in the logarithm.
  static Schedule logarithmic(double first, Index count);
  static Schedule ends();  ///< only start and end

  /// The times in (0, end] at which a flow or a closed form is recorded, rising. Throws for schedules of every n-th
  /// step, and for instants after the end.
  [[nodiscard]] std::vector<double> times(double end) const;

  /// 0 and these times; throws if `end` is not a valid time.
  [[nodiscard]] std::vector<double> times_from_start(double end) const;

  /// The first step after `after`, of 0 … max_steps, at which a descent is recorded; `max_steps` if there is none. A
  /// run goes from one to the next and stores none of them, however long it is.
  [[nodiscard]] Index next_step(Index after, Index max_steps) const;

  /// All these steps from 0 on, rising and without repetitions; throws as `most_steps` does.
  [[nodiscard]] std::vector<Index> steps(Index max_steps) const;

  /// An upper bound of the number of recorded steps of such a descent. Throws for instants that are not steps of this
  /// descent, and if more instants are asked for than it has steps.
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
