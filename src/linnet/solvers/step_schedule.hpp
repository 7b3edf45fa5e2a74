#pragma once

#include <functional>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// How the steps of descent change on the way: step k, from 0, is η_l times `at(k)`. Steps are counted from the start
/// of a run, over those of a run that is continued.
struct StepSchedule {
  enum class Shape {
    constant,  ///< 1
    cosine,    ///< from 1 to `least` at step `length` along half a period of the cosine, and `least` from there
    steps,     ///< times `factor` after every `every` steps
  };
  Shape shape = Shape::constant;
  Index length = 0;     ///< of the cosine, with the warm-up; 0: GradientDescent::max_steps
  double least = 0;     ///< in [0, 1]
  Index every = 1000;   ///< steps
  double factor = 0.1;  ///< in (0, 1]
  Index warmup = 0;     ///< the first steps are 1/warmup, 2/warmup, … of η; the shape begins after them
  std::function<double(Index step)> own = {};  ///< instead of the shape: finite numbers >= 0

  [[nodiscard]] bool constant() const { return shape == Shape::constant && warmup == 0 && !own; }
  /// Throws if an own function gives a number that is no factor.
  [[nodiscard]] double at(Index step, Index max_steps) const;
};

/// Throws, naming the field, for options that make no sense.
void check(const StepSchedule& schedule);

}  // namespace linnet
