#include "linnet/linalg/decompositions.hpp"

#include <algorithm>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::linalg {

void require_finite_entries(const Matrix& a) {
  if (a.allFinite()) return;
  numerical_failure({.field = "decomposition", .expected = "a matrix of finite numbers", .got = "a non-finite entry"});
}

double operator_norm(const Matrix& a) {
  const Vector s = singular_values(a);
  return s.size() == 0 ? 0.0 : s(0);
}

Matrix polar_factor(const Matrix& a) {
  const Svd d = svd(a);
  // A product of matrices has a rounding error of several ε in each entry.
  constexpr double rounding = 64 * epsilon;
  const double none = d.s.size() == 0 ? 0 : static_cast<double>(std::max(a.rows(), a.cols())) * rounding * d.s(0);
  const Index rank = (d.s.array() > none).count();
  const Matrix u = d.u.leftCols(rank);
  const Matrix v = d.v.leftCols(rank);
  return product(u, v.transpose());
}

}  // namespace linnet::linalg
