#include "linnet/landscape/slice.hpp"

#include "linnet/networks/deep_starts.hpp"
#include "tests/support/core.hpp"

namespace linnet::landscape {
namespace {

using testing::error_of;

DeepLinear drawn(std::uint64_t seed) { return networks::gaussian_deep({3, 5, 4}, {.variance = 0.5, .seed = seed}); }

TEST(Slice, GoesThroughItsPointsAndKeepsLengths) {
  const std::array<DeepLinear, 3> points{drawn(1), drawn(2), drawn(3)};
  const Plane plane(points);
  EXPECT_EQ(plane.project(points[0]).norm(), 0);
  EXPECT_NEAR(plane.project(points[1])(0), parameter_distance(points[0], points[1]), 1e-14);
  for (const DeepLinear& p : points) {
    EXPECT_LT(parameter_distance(plane.at(plane.project(p)), p), 1e-14);
    EXPECT_LT(plane.height(p), 1e-7);
  }
  const double between = (plane.project(points[1]) - plane.project(points[2])).norm();
  EXPECT_NEAR(between, parameter_distance(points[1], points[2]), 1e-14);
  // For a point outside the plane, projection and distance form a right angle.
  const DeepLinear beside = drawn(4);
  const double foot = plane.project(beside).norm();
  EXPECT_NEAR(std::hypot(foot, plane.height(beside)), parameter_distance(points[0], beside), 1e-13);
}

TEST(Slice, HoldsTheCostOfItsNetworks) {
  const Plane plane({drawn(1), drawn(2), drawn(3)});
  const Cost cost = Cost::full_matrix(Matrix::Identity(4, 3));
  Matrix corners(3, 2);
  corners << 0, 0, 2, 0, 1, 3;
  const Slice s = slice(plane, cost, corners, 5);
  EXPECT_LT(s.x(0), 0);
  EXPECT_GT(s.y(4), 3);
  const DeepLinear inner = plane.at({s.x(2), s.y(3)});
  const double plain = 0.5 * (inner.weights()[1] * inner.weights()[0] - Matrix::Identity(4, 3)).squaredNorm();
  EXPECT_NEAR(s.cost(2, 3), plain, 1e-13);
}

TEST(Slice, NeedsAPlane) {
  EXPECT_EQ(error_of([] {
              Plane({drawn(1), drawn(2), drawn(2)});
            }),
            "slice.points: expected three points that span a plane, got points on a line");
  const Plane plane({drawn(1), drawn(2), drawn(3)});
  const DeepLinear other = networks::gaussian_deep({3, 6, 4}, {.variance = 0.5, .seed = 1});
  const std::string sizes = "slice.points: expected networks of the same sizes, got different ones";
  EXPECT_EQ(error_of([&] { Plane({drawn(1), other, drawn(2)}); }), sizes);
  EXPECT_EQ(error_of([&] { static_cast<void>(plane.project(other)); }), sizes);
  EXPECT_EQ(error_of([&] { static_cast<void>(plane.height(other)); }), sizes);
  const Cost cost = Cost::full_matrix(Matrix::Identity(4, 3));
  EXPECT_EQ(error_of([&] { slice(plane, cost, Matrix::Zero(2, 3), 5); }),
            "slice.coordinates: expected points of the plane, each x and y, got 2 x 3");
  EXPECT_EQ(error_of([&] { slice(plane, cost, Matrix::Zero(2, 2), 5); }),
            "slice.coordinates: expected at least two points, which a box is laid around, got one point\n"
            "  hint: project the networks that are to be seen");
  EXPECT_EQ(error_of([&] { slice(plane, cost, Matrix::Constant(2, 2, std::nan("")), 5); }),
            "slice.coordinates: expected a finite number, got nan");
  EXPECT_EQ(error_of([&] { slice(plane, cost, Matrix::Identity(2, 2), 1); }),
            "slice.count: expected a whole number >= 2, got 1");
  EXPECT_EQ(error_of([&] { slice(plane, Cost::full_matrix(Matrix::Identity(3, 3)), Matrix::Identity(2, 2), 5); }),
            "slice.plane: expected networks of 3 x 3 end to end, as the task, got 4 x 3");
}

}  // namespace
}  // namespace linnet::landscape
