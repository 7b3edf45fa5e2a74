#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// ∂C/∂W_l of a deep network near a saddle, where R all but vanishes along the modes that are learned (docs/theory.md,
/// "Saddle to saddle"). As a sum over entries of order 1, what is left of R there is rounding, another one in each
/// layer, and moves the learned modes' strengths against one another, which leaves A as it is and nothing holds. So R
/// is split along the modes at rest, A ≈ U S Vᵀ:
///
///     R = U r + r' Vᵀ + R⊥,   r = UᵀR,  r'= (1 − UUᵀ) R V,  UᵀR⊥ = 0 and R⊥V = 0,
///
/// and each part is multiplied from where it is small: all layers have the same r, and R⊥ meets what W_1 and W_L hold
/// beyond V and U first.
class SaddleGradient {
 public:
  /// At this A and R; `inputs` spans V, roughly: the strongest right singular vectors of A, of far weaker others. They
  /// may be none.
  void split(const Matrix& inputs, const Matrix& end_to_end, const Cost& cost, const Residual& residual);

  /// R⊥: all of R that is left where the learned modes are at rest.
  [[nodiscard]] const Matrix& rest() const { return rest_; }

  /// Into `out`, for the R split last. L²/4 products more than a chain with shared products.
  void differentiate(const std::vector<Matrix>& weights, std::vector<Matrix>& out);

 private:
  void add_learned(const std::vector<Matrix>& weights, std::vector<Matrix>& out);

  Matrix u_;
  Matrix v_;
  Matrix r_;         // UᵀR
  Matrix r_across_;  // (1 − UUᵀ) R V
  Matrix rest_;
  Matrix thin_;
  Matrix first_;                      // W_1 (1 − VVᵀ)
  Matrix last_;                       // (1 − UUᵀ) W_L
  std::vector<Matrix> from_inputs_;   // R⊥ W_1ᵀ⋯W_lᵀ, from l = 1
  std::vector<Matrix> from_outputs_;  // W_{l+1}ᵀ⋯W_LᵀR⊥
  Matrix turns_;
  std::vector<Matrix> inputs_;   // of layer l: W_{l−1}⋯W_1 V
  std::vector<Matrix> outputs_;  // W_{l+1}ᵀ⋯W_Lᵀ U
  std::vector<Matrix> rows_;     // r W_1ᵀ⋯W_{l−1}ᵀ
  std::vector<Matrix> columns_;  // W_{l+1}ᵀ⋯W_Lᵀ r'
};

}  // namespace linnet
