#pragma once

#include <functional>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Where functions of a flow's state pass through 0, found step by step of an integrator.
///
/// A function counts as being on a side of 0 once it is further from it than what is uncertain of it, and has passed 0
/// when it is on the other side; the time is that of its change of sign on the way. So a function that only approaches
/// 0, and is there a number of either sign, passes it never.
class FlowEvents {
 public:
  struct Measured {
    Vector values;
    Vector uncertain;  ///< of each: how far it may be off
  };

  struct Crossing {
    Index function = 0;
    double time = 0;
    int direction = 0;  ///< +1 rising, −1 falling
  };

  /// At the start; a function that is 0 there leaves 0 without passing it.
  void begin(Measured start);

  /// After a step from `from` to `to`: the crossings that have become certain, in the order of their times; those
  /// before `from` began in a step before. `at` measures within the step; some ten times for a change of sign.
  std::vector<Crossing> step(double from, double to, Measured end, const std::function<Measured(double)>& at);

 private:
  struct Function {
    int side = 0;         // the last one that was certain
    double changed = -1;  // when its sign changed since; below 0: it has not
  };

  Measured last_;
  std::vector<Function> functions_;
};

}  // namespace linnet
