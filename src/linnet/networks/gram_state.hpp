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
/// Gradient flow and descent of G need nothing but G, so that a network of any width takes O(n²) memory. They also keep
/// the rank of G, and that of A, which rounding would not: a state of rank r < n = n_0 + n_2 is a network of width r.
/// `narrow_factor` returns its weights, and training moves these.
class GramState {
 public:
  /// From its blocks. Throws when shapes do not fit, an entry is not finite, or C_1, C_2 are not symmetric.
  GramState(const Matrix& input_representation, Matrix end_to_end, const Matrix& output_representation);

  /// From G, (n_0 + n_2) square and symmetric, inputs first.
  static GramState from_gram(const Matrix& gram, Shape shape);
  static GramState from_weights(const DeepLinear& weights);  ///< O(w n²)

  /// From a factor Q = [W_1ᵀ; W_2], n x any number of columns; Q is kept if it has fewer than n columns.
  static GramState from_factor(const Matrix& q, Shape shape);

  // The same blocks with a factor whose rank is known, where rounding would hide it, as during training:
  [[nodiscard]] GramState with_factor(Matrix q) &&;  ///< QQᵀ = G, n x r, of independent columns
  [[nodiscard]] GramState with_full_rank() &&;       ///< also where parts of it are far smaller than others
  /// Made again from what its functions below return, to store it.
  [[nodiscard]] GramState with(std::optional<Matrix> factor, bool rank_is_known) &&;

  [[nodiscard]] const Matrix& input_representation() const { return c1_; }   ///< C_1
  [[nodiscard]] const Matrix& end_to_end() const { return a_; }              ///< A
  [[nodiscard]] const Matrix& output_representation() const { return c2_; }  ///< C_2
  [[nodiscard]] Matrix gram() const;                                         ///< G
  [[nodiscard]] const std::optional<Matrix>& factor() const { return q_; }   ///< Q where it is narrow and known
  [[nodiscard]] bool rank_is_known() const { return rank_is_known_; }        ///< that of the factor; n without one
  [[nodiscard]] Shape shape() const { return shape_of(a_); }

  /// The Gram state of the layers W_l/√η_l, which obey the flow of equal rates.
  friend GramState rescaled(const GramState& state, const Layerwise& rates);

 private:
  Matrix c1_;
  Matrix a_;
  Matrix c2_;
  std::optional<Matrix> q_;
  bool rank_is_known_ = false;
};

/// A factor Q with as many columns as the rank r of G, QQᵀ = G, for r < n; none where G has full rank. The rank of a
/// state made of weights or of a factor with fewer than n columns is that of these columns, up to rounding of their
/// directions. The rank of a state given by G or its blocks comes from elimination, where a remainder below 32 ε √n of
/// a diagonal entry counts as rounding. G = 0 has one column of 0. O(n³).
std::optional<Matrix> narrow_factor(const GramState& state);

/// Throws when G has a clearly negative eigenvalue, beyond 1e-6 of its largest. O(n³).
void require_semidefinite(const GramState& state);

GramState rescaled(const GramState& state, const Layerwise& rates);

}  // namespace linnet
