#pragma once

#include <optional>

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/deep_linear.hpp"

namespace linnet {

/// The Gram state G = QQᵀ, Q = [W_1ᵀ; W_2], of a two-layer network of any width (docs/theory.md, "The width drops
/// out"):
///
///     G = [[C_1, Aᵀ], [A, C_2]],   C_1 = W_1ᵀW_1 (n_0 x n_0),   C_2 = W_2W_2ᵀ (n_2 x n_2).
///
/// Gradient flow and descent close on it exactly, so that O(n²) memory holds a network of any width. They keep the rank
/// of G too, and A's with it, where rounding would not: a state of rank r < n = n_0 + n_2 is a network of width r,
/// which `narrow_factor` gives and training goes on with.
class GramState {
 public:
  /// From its blocks. Throws when shapes do not fit, an entry is not finite, or C_1, C_2 are not symmetric.
  GramState(const Matrix& input_representation, Matrix end_to_end, const Matrix& output_representation);

  /// From G, (n_0 + n_2) square and symmetric, inputs first.
  static GramState from_gram(const Matrix& gram, Shape shape);
  static GramState from_weights(const DeepLinear& weights);  ///< O(w n²)

  /// From a factor Q = [W_1ᵀ; W_2], n x any number of columns; kept where they are fewer than n.
  static GramState from_factor(const Matrix& q, Shape shape);

  // The same blocks where their rank is known better than rounding leaves it to be seen, as from training's own course:
  [[nodiscard]] GramState with_factor(Matrix q) &&;  ///< QQᵀ = G, n x r, of independent columns
  [[nodiscard]] GramState with_full_rank() &&;       ///< however small a part of it is

  [[nodiscard]] const Matrix& input_representation() const { return c1_; }   ///< C_1
  [[nodiscard]] const Matrix& end_to_end() const { return a_; }              ///< A
  [[nodiscard]] const Matrix& output_representation() const { return c2_; }  ///< C_2
  [[nodiscard]] Matrix gram() const;                                         ///< G
  [[nodiscard]] const std::optional<Matrix>& factor() const { return q_; }   ///< Q where it is narrow and known
  [[nodiscard]] bool rank_is_known() const { return rank_is_known_; }        ///< that of the factor; n without one
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

  /// The Gram state of the layers W_l/√η_l: they obey the flow of equal rates.
  friend GramState rescaled(const GramState& state, const Layerwise& rates);

 private:
  Matrix c1_;
  Matrix a_;
  Matrix c2_;
  std::optional<Matrix> q_;
  bool rank_is_known_ = false;
};

/// Q of as many columns as G's rank r, QQᵀ = G, for r < n; none where G is of full rank. A state made of weights or of
/// a factor with fewer columns than n counts by these, to the rounding of their directions; one given by G or its
/// blocks by elimination, of which less than 32 ε √n of a diagonal entry is rounding. G = 0 has one column of 0. O(n³).
std::optional<Matrix> narrow_factor(const GramState& state);

/// Throws when G has a clearly negative eigenvalue, beyond 1e-6 of its largest. O(n³).
void require_semidefinite(const GramState& state);

GramState rescaled(const GramState& state, const Layerwise& rates);

}  // namespace linnet
