#include "linnet/linalg/product.hpp"

#include <algorithm>

namespace linnet::linalg {

void subtract_symmetric(double step, const Matrix& b, Matrix& c) {
  constexpr Index tile = 32;
  const Index n = c.rows();
  for (Index j0 = 0; j0 < n; j0 += tile) {
    const Index j1 = std::min(n, j0 + tile);
    for (Index i0 = 0; i0 <= j0; i0 += tile) {
      const Index i1 = std::min(n, i0 + tile);
      for (Index j = j0; j < j1; ++j) {
        for (Index i = i0; i < std::min(i1, j + 1); ++i) {
          const double value = c(i, j) - step * (b(i, j) + b(j, i));
          c(i, j) = value;
          c(j, i) = value;
        }
      }
    }
  }
}

}  // namespace linnet::linalg
