#pragma once

#include "linnet/support/constants.hpp"
#include "linnet/tasks/task.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

inline Task a_task(Shape shape, std::uint64_t seed) {
  return tasks::target(0.7 * normal(shape.outputs, shape.inputs, seed));
}

}  // namespace linnet::testing
