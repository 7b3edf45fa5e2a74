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
///
/// At learning rates that differ the closure is that of the layers W_l/√η_l. With ρ = √(η_1/η_2) it says the above of
/// C_1/ρ and ρC_2: λ = ρb − a/ρ, κ = (a/ρ + ρb)/2. Training takes a network at the rates of the solver.
class SelfConsistent {
 public:
  /// Throws for a scale that is negative or not finite, rates that are not positive, and entries of A that are not
  /// finite.
  SelfConsistent(Matrix end_to_end, const Layerwise& scales, const Layerwise& rates = 1.0);

  [[nodiscard]] const Matrix& end_to_end() const { return a_; }
  [[nodiscard]] const Layerwise& scales() const { return scales_; }
  /// (ρ², 1), of which only the ratio counts.
  [[nodiscard]] Layerwise rates() const { return ratio_ == 1 ? Layerwise(1.0) : Layerwise{ratio_ * ratio_, 1.0}; }
  [[nodiscard]] double balance() const { return ratio_ * scales_[1] - scales_[0] / ratio_; }          ///< λ
  [[nodiscard]] double threshold() const { return (scales_[0] / ratio_ + ratio_ * scales_[1]) / 2; }  ///< κ
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

  /// One SVD of A, and the excess of the roots: C_1 = aI + V diag(inputs) Vᵀ, C_2 = bI + U diag(outputs) Uᵀ. Eight
  /// inputs and thousands of outputs have a U of eight columns, where C_2 would be outputs x outputs.
  struct Representations {
    linalg::Svd vectors;
    Vector inputs;   ///< ρ((κ² + s²)^{½} − κ)
    Vector outputs;  ///< ((κ² + s²)^{½} − κ)/ρ
  };
  [[nodiscard]] Representations representations() const;
  [[nodiscard]] GramState gram_state() const;

 private:
  Matrix a_;
  Layerwise scales_;
  double ratio_;
};

}  // namespace linnet
