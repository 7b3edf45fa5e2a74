#pragma once

#include "linnet/linalg/random.hpp"

namespace linnet {

/// `count` points uniform on the unit sphere of R^dim, in columns.
inline Matrix on_sphere(Index dim, Index count, linalg::RandomKey key) {
  Matrix points = linalg::normal_matrix(dim, count, 1.0, key);
  points.colwise().normalize();
  return points;
}

}  // namespace linnet
