#pragma once

#include <limits>

#include "linnet/tasks/task.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

constexpr double infinity = std::numeric_limits<double>::infinity();

inline Task a_task(Shape shape, std::uint64_t seed) {
  return tasks::target(0.7 * normal(shape.outputs, shape.inputs, seed));
}

}  // namespace linnet::testing
