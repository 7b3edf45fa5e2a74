#include "linnet/landscape/slice.hpp"

#include "linnet/error.hpp"
#include "linnet/landscape/point.hpp"

namespace linnet::landscape {

Plane::Plane(const std::array<DeepLinear, 3>& points) : sizes_(points[0].sizes()), origin_(flatten(points[0])) {
  axes_.resize(origin_.size(), 2);
  for (std::size_t i = 1; i < 3; ++i) {
    if (points[i].sizes() != sizes_) {
      bad_input({.field = "slice.points", .expected = "networks of the same sizes", .got = "different ones"});
    }
    Vector along = flatten(points[i]) - origin_;
    const double size = along.norm();
    if (i == 2) along -= axes_.col(0).dot(along) * axes_.col(0);
    if (!(along.norm() > 1e-8 * size)) {
      bad_input({.field = "slice.points", .expected = "three points that span a plane", .got = "points on a line"});
    }
    axes_.col(static_cast<Index>(i) - 1) = along.normalized();
  }
}

Eigen::Vector2d Plane::project(const DeepLinear& network) const {
  return axes_.transpose() * (flatten(network) - origin_);
}

double Plane::height(const DeepLinear& network) const {
  const Vector from = flatten(network) - origin_;
  return (from - axes_ * (axes_.transpose() * from)).norm();
}

DeepLinear Plane::at(const Eigen::Vector2d& coordinates) const {
  return unflatten(origin_ + axes_ * coordinates, sizes_);
}

Slice slice(const Plane& plane, const Cost& cost, const Matrix& coordinates, Index count) {
  require_at_least(count, 2, "record.slice");
  const Eigen::RowVector2d least = coordinates.colwise().minCoeff();
  const Eigen::RowVector2d most = coordinates.colwise().maxCoeff();
  const double margin = 0.15 * (most - least).maxCoeff();
  Slice s{.x = Vector::LinSpaced(count, least(0) - margin, most(0) + margin),
          .y = Vector::LinSpaced(count, least(1) - margin, most(1) + margin),
          .cost = Matrix(count, count)};
  for (Index j = 0; j < count; ++j) {
    for (Index i = 0; i < count; ++i) s.cost(i, j) = cost.evaluate(plane.at({s.x(i), s.y(j)}).end_to_end()).cost;
  }
  return s;
}

}  // namespace linnet::landscape
