#pragma once

#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

/// The product H_1H_2⋯ of Householder reflections H_k = I − τ_k u_k u_kᵀ, applied four at a time.
class BlockReflections {
 public:
  BlockReflections() = default;

  /// u_k is column k of `columns`, whose first k numbers are 0; `stride` is the distance of two columns.
  BlockReflections(const double* columns, Index stride, Index size, const Vector& factors);

  /// (H_1H_2⋯m)ᵀ and (⋯H_2H_1m)ᵀ, transposed because the loops work by rows. 4 operations for each number of each u and
  /// column of m, with a few columns of m in the first-level cache.
  [[nodiscard]] Matrix product(const Matrix& m, VectorUnit use) const { return run(m, false, use); }
  [[nodiscard]] Matrix inverse_product(const Matrix& m, VectorUnit use) const { return run(m, true, use); }

 private:
  [[nodiscard]] Matrix run(const Matrix& m, bool inverse, VectorUnit use) const;

  Index size_ = 0;
  Index blocks_ = 0;
  AlignedNumbers vectors_;       // by blocks, then rows; the four numbers of a row are adjacent
  AlignedNumbers coefficients_;  // T of each block, H_1H_2H_3H_4 = I − UTUᵀ, by rows
};

}  // namespace linnet::linalg
