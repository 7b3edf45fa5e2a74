#pragma once

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/weights.hpp"

namespace linnet {

/// The Gram state G = QQᵀ, Q = [W_1ᵀ; W_2], of a two-layer network of any width (docs/theory.md, "The width drops
/// out"):
///
///     G = [[C_1, Aᵀ], [A, C_2]],   C_1 = W_1ᵀW_1 (n_0 x n_0),   C_2 = W_2W_2ᵀ (n_2 x n_2).
///
/// Gradient flow and descent close on it exactly, so that O(n²) memory holds a network of any width.
class GramState {
 public:
  /// From its blocks. Throws when shapes do not fit, an entry is not finite, or C_1, C_2 are not symmetric.
  GramState(const Matrix& input_representation, Matrix end_to_end, const Matrix& output_representation);

  /// From G, (n_0 + n_2) square and symmetric, inputs first.
  static GramState from_gram(const Matrix& gram, Shape shape);
  static GramState from_weights(const Weights& weights);  ///< O(w n²)

  /// From a factor Q = [W_1ᵀ; W_2], (n_0 + n_2) x any number of columns.
  static GramState from_factor(const Matrix& q, Shape shape);

  [[nodiscard]] const Matrix& input_representation() const { return c1_; }   ///< C_1
  [[nodiscard]] const Matrix& end_to_end() const { return a_; }              ///< A
  [[nodiscard]] const Matrix& output_representation() const { return c2_; }  ///< C_2
  [[nodiscard]] Matrix gram() const;                                         ///< G
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

 private:
  Matrix c1_;
  Matrix a_;
  Matrix c2_;
};

/// Throws when G has a clearly negative eigenvalue, beyond 1e-6 of its largest. O(n³).
void require_semidefinite(const GramState& state);

/// The Gram state of the layers W_l/√η_l: they obey the flow of equal rates.
GramState rescaled(const GramState& state, PerLayer rates);

}  // namespace linnet
