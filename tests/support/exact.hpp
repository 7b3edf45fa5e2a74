#pragma once

#include "linnet/support/constants.hpp"
#include "linnet/tasks/task.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

/// Normal entries, the generator's next.
inline Matrix normals(linalg::Random& random, Index rows, Index columns = 1) {
  Matrix m(rows, columns);
  for (double& x : m.reshaped()) x = random.normal();
  return m;
}

/// One output that a linear network can fit exactly.
struct Regression {
  Matrix x;  ///< samples in rows
  Vector truth;
  Task task;
};

inline Regression regression(const Matrix& x, const Vector& truth) {
  return {.x = x, .truth = truth, .task = tasks::regression({.inputs = x, .targets = x * truth})};
}

inline Task a_task(Shape shape, std::uint64_t seed) {
  return tasks::target(0.7 * normal(shape.outputs, shape.inputs, seed));
}

}  // namespace linnet::testing
