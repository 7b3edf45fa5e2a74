#include "linnet/landscape/slice.hpp"

#include "linnet/error.hpp"
#include "linnet/landscape/point.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::landscape {

namespace {

void require_same_shape(const std::vector<Index>& sizes, Shape task) {
  if (sizes.back() == task.outputs && sizes.front() == task.inputs) return;
  bad_input({.field = "slice.plane",
             .expected = "networks of " + format_shape(task.outputs, task.inputs) + " end to end, as the task",
             .got = format_shape(sizes.back(), sizes.front())});
}

}  // namespace

Plane::Plane(const std::array<DeepLinear, 3>& points) : sizes_(points[0].sizes()), origin_(flatten(points[0])) {
  axes_.resize(origin_.size(), 2);
  for (std::size_t i = 1; i < 3; ++i) {
    Vector along = from_origin(points[i]);
    const double size = along.norm();
    if (i == 2) along -= axes_.col(0).dot(along) * axes_.col(0);
    if (!(along.norm() > 1e-8 * size)) {
      bad_input({.field = "slice.points", .expected = "three points that span a plane", .got = "points on a line"});
    }
    axes_.col(static_cast<Index>(i) - 1) = along.normalized();
  }
}

Vector Plane::from_origin(const DeepLinear& network) const {
  if (network.sizes() != sizes_) {
    bad_input({.field = "slice.points", .expected = "networks of the same sizes", .got = "different ones"});
  }
  return flatten(network) - origin_;
}

Eigen::Vector2d Plane::project(const DeepLinear& network) const { return axes_.transpose() * from_origin(network); }

double Plane::height(const DeepLinear& network) const {
  const Vector from = from_origin(network);
  return (from - axes_ * (axes_.transpose() * from)).norm();
}

DeepLinear Plane::at(const Eigen::Vector2d& coordinates) const {
  return unflatten(origin_ + axes_ * coordinates, sizes_);
}

Slice slice(const Plane& plane, const Cost& cost, const Matrix& coordinates, Index count) {
  require_at_least(count, 2, "slice.count");
  require_same_shape(plane.sizes(), cost.shape());
  if (coordinates.cols() != 2 || coordinates.rows() == 0) {
    bad_input({.field = "slice.coordinates",
               .expected = "points of the plane, each x and y",
               .got = format_shape(coordinates.rows(), coordinates.cols())});
  }
  for (const double x : coordinates.reshaped()) require_finite(x, "slice.coordinates");
  const Eigen::RowVector2d least = coordinates.colwise().minCoeff();
  const Eigen::RowVector2d most = coordinates.colwise().maxCoeff();
  const double margin = 0.15 * (most - least).maxCoeff();
  if (!(margin > 0)) {
    bad_input({.field = "slice.coordinates",
               .expected = "at least two points, which a box is laid around",
               .got = "one point",
               .hint = "project the networks that are to be seen"});
  }
  const auto side = static_cast<double>(count);
  require_memory(2 * matrix_bytes(side, side), "slice.count", std::to_string(count));
  Slice s{.x = Vector::LinSpaced(count, least(0) - margin, most(0) + margin),
          .y = Vector::LinSpaced(count, least(1) - margin, most(1) + margin),
          .cost = Matrix(count, count)};
  for (Index j = 0; j < count; ++j) {
    for (Index i = 0; i < count; ++i) s.cost(i, j) = cost.evaluate(plane.at({s.x(i), s.y(j)}).end_to_end()).cost;
  }
  return s;
}

}  // namespace linnet::landscape
