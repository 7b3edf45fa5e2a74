#pragma once

#include <vector>

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

/// A diagonal linear network of one output and any depth L >= 2, by its weights, one of each layer for an input:
/// f(x) = Σ_i s_i x_i with s_i = Π_l w_li. Gradient flow at rates η_l conserves w_li²/η_l − w_mi²/η_m, for each input
/// by itself. `Diagonal` has two layers too, and knows s and its thresholds instead of the weights.
class DeepDiagonal {
 public:
  /// `weights` is L x n_0, with layer 1 in the first row. Throws for fewer than two layers, no inputs, and numbers that
  /// are not finite.
  explicit DeepDiagonal(const Matrix& weights);
  /// Layer l starts at scales[l] for all inputs. Throws for a depth below 2 and for as many scales as neither 1 nor L.
  DeepDiagonal(Index depth, Index inputs, const Layerwise& scales);

  [[nodiscard]] Matrix weights() const;                                        ///< L x n_0
  [[nodiscard]] const std::vector<Matrix>& layers() const { return layers_; }  ///< the rows of `weights`
  [[nodiscard]] Index depth() const { return static_cast<Index>(layers_.size()); }
  [[nodiscard]] Shape shape() const { return {.outputs = 1, .inputs = layers_.front().size()}; }
  [[nodiscard]] Matrix end_to_end() const;  ///< A = sᵀ

 private:
  std::vector<Matrix> layers_;
};

namespace diagonal {

/// s = Π_l w_l, entry by entry, into `out`.
void multiply(const std::vector<Matrix>& layers, Matrix& out);

/// ∂C/∂w_l = (Π_{m≠l} w_m) ∂C/∂s of every layer, into `out`, which has as many. No division, so that weights may be 0.
void differentiate(const std::vector<Matrix>& layers, const Matrix& gradient, std::vector<Matrix>& out);

}  // namespace diagonal
}  // namespace linnet
