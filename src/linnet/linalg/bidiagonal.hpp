#pragma once

#include "linnet/linalg/block_reflections.hpp"
#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

/// a = 𝒬B𝒫ᵀ, rows >= cols, with B upper bidiagonal, 𝒬 and 𝒫 square and orthogonal.
///
/// By Householder reflections, 8/3 n³ flops for a square matrix, with one pass over the remaining matrix for each
/// column. The pass updates the columns by the last two reflections, multiplies by the next left reflection, and sums
/// them with the resulting row, which determines the next right reflection (Howell et al. 2008). LAPACK's dgebrd makes
/// three passes, which take most of its time.
class Bidiagonal {
 public:
  /// Throws a numerical Error if `a` has a non-finite number.
  explicit Bidiagonal(const Matrix& a, VectorUnit use = vector_units().back());

  [[nodiscard]] const Vector& diagonal() const { return diagonal_; }
  [[nodiscard]] const Vector& above() const { return above_; }  ///< the diagonal above it

  /// 𝒬ᵀm𝒫 and 𝒬m𝒫ᵀ, `m` of the shape of a.
  [[nodiscard]] Matrix into_bases(const Matrix& m) const;
  [[nodiscard]] Matrix out_of_bases(const Matrix& m) const;

 private:
  VectorUnit use_;
  Vector diagonal_;
  Vector above_;
  BlockReflections left_;
  BlockReflections right_;
};

}  // namespace linnet::linalg
