#pragma once

#include "linnet/linalg/random.hpp"

namespace linnet::linalg {

/// `count` points uniform on the unit sphere of R^dim, in columns.
inline Matrix on_sphere(Index dim, Index count, RandomKey key) {
  Matrix points = normal_matrix(dim, count, 1.0, key);
  points.colwise().normalize();
  return points;
}

}  // namespace linnet::linalg
