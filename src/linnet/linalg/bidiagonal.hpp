#pragma once

#include "linnet/linalg/block_reflections.hpp"
#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

/// a = 𝒬B𝒫ᵀ, rows >= cols, B upper bidiagonal, 𝒬 and 𝒫 square and orthogonal.
///
/// By Householder reflections, 8/3 n³ flops for a square matrix, in one pass over what is left of it for each column:
/// the columns are brought up to date by the last two reflections, multiplied by the next one on the left, and summed
/// up by the row that this leaves, which is the next one on the right (Howell et al. 2008). LAPACK's dgebrd passes over
/// them three times, which is what its time goes into.
class Bidiagonal {
 public:
  /// Throws a numerical Error when `a` holds a non-finite number.
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
