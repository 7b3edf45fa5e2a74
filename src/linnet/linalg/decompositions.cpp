#include "linnet/linalg/decompositions.hpp"

#include "linnet/error.hpp"

namespace linnet::linalg {

void require_finite_entries(const Matrix& a) {
  if (a.allFinite()) return;
  numerical_failure({.field = "decomposition", .expected = "a matrix of finite numbers", .got = "a non-finite entry"});
}

double operator_norm(const Matrix& a) {
  const Vector s = singular_values(a);
  return s.size() == 0 ? 0.0 : s(0);
}

}  // namespace linnet::linalg
