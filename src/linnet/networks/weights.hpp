#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Explicit weights of a two-layer network: A = W_2 W_1. O(w n) memory.
class Weights {
 public:
  /// w1: w x n_0, w2: n_2 x w. Throws when the widths differ, a size is 0 or an entry is not finite.
  Weights(Matrix w1, Matrix w2);

  [[nodiscard]] const Matrix& w1() const { return w1_; }
  [[nodiscard]] const Matrix& w2() const { return w2_; }
  [[nodiscard]] Index width() const { return w1_.rows(); }
  [[nodiscard]] Shape shape() const { return {.outputs = w2_.rows(), .inputs = w1_.cols()}; }
  [[nodiscard]] Matrix end_to_end() const;  ///< A = W_2 W_1

 private:
  Matrix w1_;
  Matrix w2_;
};

/// The layers W_l/√η_l, which obey the flow of equal rates.
Weights rescaled(const Weights& weights, PerLayer rates);

}  // namespace linnet
