#pragma once

#include <functional>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Finds the times at which functions of a flow's state pass through 0, after each step of an integrator.
///
/// A function counts as positive or negative once its absolute value exceeds its uncertainty, and has passed 0 when it
/// is then on the other side. The time is that of its change of sign in between. So a function that only approaches 0,
/// where its computed value may have either sign, never passes it.
class FlowEvents {
 public:
  struct Measured {
    Vector values;
    Vector uncertain;  ///< the uncertainty of each value
  };

  struct Crossing {
    Index function = 0;
    double time = 0;
    int direction = 0;  ///< +1 rising, −1 falling
  };

  /// To be called at the start. A function that is 0 there leaves 0 without passing it.
  void begin(Measured start);

  /// To be called after a step from `from` to `to`. Returns the crossings that have become certain, in the order of
  /// their times; those before `from` began in an earlier step. `at` evaluates the functions within the step, some ten
  /// times for a change of sign.
  std::vector<Crossing> step(double from, double to, Measured end, const std::function<Measured(double)>& at);

  /// Whether no change of sign is still to become a crossing.
  [[nodiscard]] bool certain() const;

 private:
  struct Sign {
    int side = 0;         // the last one that was certain
    double changed = -1;  // when its sign changed since; below 0: it has not
  };

  Measured last_;
  std::vector<Sign> functions_;
};

}  // namespace linnet
