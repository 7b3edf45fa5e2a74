#pragma once

#include <array>
#include <vector>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// The plane through three points of the space of all weights, with coordinates of its own: the first point is the
/// origin, the second lies on the x axis, and lengths are those of |θ|.
class Plane {
 public:
  /// Throws when the sizes differ or the three points lie on a line.
  explicit Plane(const std::array<DeepLinear, 3>& points);

  [[nodiscard]] const std::vector<Index>& sizes() const { return sizes_; }  ///< of the three networks

  /// The coordinates of the orthogonal projection of θ. Throws, as the next function, for a network of other sizes.
  [[nodiscard]] Eigen::Vector2d project(const DeepLinear& network) const;
  /// The distance of θ from its projection.
  [[nodiscard]] double height(const DeepLinear& network) const;
  /// The network at these coordinates.
  [[nodiscard]] DeepLinear at(const Eigen::Vector2d& coordinates) const;

 private:
  [[nodiscard]] Vector from_origin(const DeepLinear& network) const;

  std::vector<Index> sizes_;
  Vector origin_;
  Matrix axes_;  // unknowns x 2, orthonormal
};

/// The cost on a grid in the plane.
struct Slice {
  Vector x;
  Vector y;
  Matrix cost;  ///< x by y
};

/// `count` x `count` values in the bounding box of these projected points, with a margin around it. Each value takes
/// one product of the chain. Throws for a count below 2, networks of another shape than the cost, and coordinates that
/// are not finite, not of two columns, or all equal.
Slice slice(const Plane& plane, const Cost& cost, const Matrix& coordinates, Index count);

}  // namespace linnet::landscape
