#include "linnet/tasks/branching.hpp"

#include <cmath>

#include "tests/support/core.hpp"

namespace linnet {
namespace {

using testing::error_of;

/// The number of edges between two leaves of a tree.
Index edges_between(Index a, Index b, Index branches) {
  Index edges = 0;
  for (; a != b; a /= branches, b /= branches) edges += 2;
  return edges;
}

TEST(Branching, LeavesCovaryByTheEdgesBetweenThem) {
  for (const Index branches : {2, 3}) {
    const Index features = 40'000;
    const double flip = 0.15;
    const Matrix y =
        tasks::branching({.levels = 3, .branches = branches, .flip = flip, .features = features, .seed = 3}).target();
    ASSERT_EQ(y.rows(), features);
    ASSERT_EQ(y.cols(), branches * branches * branches);
    EXPECT_TRUE((y.array().abs() == 1).all());
    const Matrix covariance = y.transpose() * y / static_cast<double>(features);
    const double deviation = 1 / std::sqrt(static_cast<double>(features));  // of each entry, an upper bound
    for (Index a = 0; a < y.cols(); ++a) {
      for (Index b = 0; b < y.cols(); ++b) {
        const double expected = std::pow(1 - 2 * flip, static_cast<double>(edges_between(a, b, branches)));
        EXPECT_NEAR(covariance(a, b), expected, 5 * deviation) << a << ", " << b;
      }
      EXPECT_NEAR(y.col(a).mean(), 0, 5 * deviation);
    }
  }
}

TEST(Branching, SameSeedSameBits) {
  const tasks::Branching options{.features = 50, .seed = 7};
  EXPECT_EQ(tasks::branching(options).target(), tasks::branching(options).target());
  EXPECT_NE(tasks::branching(options).target(), tasks::branching({.features = 50, .seed = 8}).target());
  // Frozen: if these change, every result with this task changes.
  const Matrix y = tasks::branching({.levels = 2, .branches = 2, .flip = 0.25, .features = 3, .seed = 1}).target();
  Matrix frozen(3, 4);
  frozen << -1, 1, 1, 1,  //
      1, -1, -1, 1,       //
      -1, -1, -1, 1;
  EXPECT_EQ(y, frozen);
}

TEST(Branching, ItsEndsAreKnown) {
  const Matrix root = tasks::branching({.levels = 0, .features = 9}).target();
  EXPECT_EQ(root.cols(), 1);
  const Matrix same = tasks::branching({.levels = 2, .branches = 3, .flip = 0, .features = 9}).target();
  for (Index i = 0; i < 9; ++i) EXPECT_EQ(same.col(i), root) << "without flips all leaves are the root";
  const Matrix turned = tasks::branching({.levels = 3, .flip = 1, .features = 9}).target();
  for (Index i = 0; i < 8; ++i) EXPECT_EQ(turned.col(i), -root) << "three edges turn every sign";
}

TEST(Branching, RefusesWhatIsNoTree) {
  EXPECT_EQ(error_of([] { tasks::branching({.levels = -1}); }), "task.levels: expected a whole number >= 0, got -1");
  EXPECT_EQ(error_of([] { tasks::branching({.branches = 0}); }), "task.branches: expected a whole number >= 1, got 0");
  EXPECT_EQ(error_of([] { tasks::branching({.flip = 1.5}); }),
            "task.flip: expected a probability from 0 to 1, got 1.5");
  EXPECT_NE(error_of([] { tasks::branching({.levels = 200}); }).find("task.levels: expected"), std::string::npos);
}

}  // namespace
}  // namespace linnet
