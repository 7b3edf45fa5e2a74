#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"

namespace linnet {

/// ∂C/∂W_l of a deep network near a saddle, where R nearly vanishes along the learned modes (docs/theory.md, "Saddle to
/// saddle"). Computed as sums of terms of order 1, these small parts of R would be rounding errors, different ones in
/// each layer. They would change the strengths of a learned mode in the layers relative to each other, along directions
/// that leave A unchanged and in which the cost is flat. So R is split along the modes at rest, A ≈ U S Vᵀ:
///
///     R = U r + r' Vᵀ + R⊥,   r = UᵀR,  r'= (1 − UUᵀ) R V,  UᵀR⊥ = 0 and R⊥V = 0,
///
/// and the products begin with the small factors: all layers use the same r, and R⊥ is first multiplied with the parts
/// of W_1 and W_L outside V and U.
class SaddleGradient {
 public:
  /// At this A and R. `inputs` spans V approximately: the right singular vectors of the modes at rest, all others being
  /// far weaker. There may be none.
  void split(const Matrix& inputs, const Matrix& end_to_end, const Cost& cost, const Residual& residual);

  /// R⊥, or all of R where no mode is at rest.
  [[nodiscard]] const Matrix& rest() const { return rest_; }

  /// Into `out`, for the R split last. Takes L²/4 products more than a chain that shares products.
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
  std::vector<Matrix> from_inputs_;   // R⊥ W_1ᵀ⋯W_lᵀ, beginning with l = 1
  std::vector<Matrix> from_outputs_;  // W_{l+1}ᵀ⋯W_LᵀR⊥
  Matrix turns_;
  std::vector<Matrix> inputs_;   // of layer l: W_{l−1}⋯W_1 V
  std::vector<Matrix> outputs_;  // W_{l+1}ᵀ⋯W_Lᵀ U
  std::vector<Matrix> rows_;     // r W_1ᵀ⋯W_{l−1}ᵀ
  std::vector<Matrix> columns_;  // W_{l+1}ᵀ⋯W_Lᵀ r'
};

}  // namespace linnet
