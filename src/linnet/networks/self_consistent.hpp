#pragma once

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

/// (κ² + s²)^{½} − κ of each singular value s of A, to the last digits.
Vector root_excess(const Vector& singular_values, double threshold);

/// A network represented by A alone. The representations follow from A by the closure (docs/theory.md, "Self-consistent
/// dynamics"),
///
///     C_1 = −λ/2 + (κ² + AᵀA)^{½},   C_2 = λ/2 + (κ² + AAᵀ)^{½}.
///
/// `scales` = (a, b) are the representations at A = 0, C_1 = aI and C_2 = bI: λ = b − a, κ = (a + b)/2. A wide Gaussian
/// network has a = σ_1²w, b = σ_2²w; a λ-balanced one (a, b) = (0, λ) or (−λ, 0).
class SelfConsistent {
 public:
  /// Throws for a scale that is negative or not finite, and entries of A that are not finite.
  SelfConsistent(Matrix end_to_end, const Layerwise& scales);

  [[nodiscard]] const Matrix& end_to_end() const { return a_; }
  [[nodiscard]] const Layerwise& scales() const { return scales_; }
  [[nodiscard]] double balance() const { return scales_[1] - scales_[0]; }          ///< λ
  [[nodiscard]] double threshold() const { return (scales_[0] + scales_[1]) / 2; }  ///< κ
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

  /// One SVD of A, and the excess of the roots: C_1 = aI + V diag(excess) Vᵀ, C_2 = bI + U diag(excess) Uᵀ. Eight
  /// inputs and thousands of outputs have a U of eight columns, where C_2 would be outputs x outputs.
  struct Representations {
    linalg::Svd vectors;
    Vector excess;  ///< (κ² + s²)^{½} − κ
  };
  [[nodiscard]] Representations representations() const;
  [[nodiscard]] GramState gram_state() const;

 private:
  Matrix a_;
  Layerwise scales_;
};

}  // namespace linnet
