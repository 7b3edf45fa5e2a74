#include "linnet/linalg/decompositions.hpp"

namespace linnet::linalg {

double operator_norm(const Matrix& a) {
  const Vector s = singular_values(a);
  return s.size() == 0 ? 0.0 : s(0);
}

}  // namespace linnet::linalg
