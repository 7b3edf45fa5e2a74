#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"
#include "tests/support/core.hpp"

namespace linnet::testing {

/// Of each kind: a full matrix, one with unseen entries, data.
inline std::vector<Cost> three_costs(Index outputs, Index inputs) {
  Matrix mask = Matrix::Ones(outputs, inputs);
  mask(0, 1) = mask(outputs - 1, 0) = mask(1, inputs - 1) = 0;
  return {Cost::full_matrix(normal(outputs, inputs, 1)), Cost::masked(normal(outputs, inputs, 2), mask),
          Cost::regression(normal(9, inputs, 3), normal(9, outputs, 4), false)};
}

}  // namespace linnet::testing
