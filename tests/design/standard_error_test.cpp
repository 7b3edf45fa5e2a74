#include "linnet/design/standard_error.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace linnet {
namespace {

// Student's quantiles of tables, for 95 % between them: 12.706 for one degree of freedom, 4.303, 2.776, 2.228, 1.984.
TEST(StandardError, HasStudentsQuantiles) {
  for (const auto& [count, quantile] :
       {std::pair<Index, double>{2, 12.7062}, {3, 4.3027}, {5, 2.7764}, {11, 2.2281}, {101, 1.9840}}) {
    const Vector values = Vector::LinSpaced(count, -1, 1);
    const auto n = static_cast<double>(count);
    const double error = std::sqrt(values.squaredNorm() / (n - 1) / n);
    EXPECT_NEAR(half_interval(values) / error, quantile, 1e-4);
  }
  EXPECT_TRUE(std::isinf(half_interval(Vector::Ones(1))));
  EXPECT_EQ(half_interval(Vector::Ones(4)), 0);
}

}  // namespace
}  // namespace linnet
