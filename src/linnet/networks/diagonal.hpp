#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// A diagonal linear network of one output, f(x) = Σ_i s_i x_i, s_i = Σ_k a_ik w_ik, known by s and the threshold κ
/// that its pairs of weights have in common: κ = |a_i² − w_i²|/2 for one pair an input, (σ_1² + σ_2²)w/2 for many
/// Gaussian ones. Its modes obey the equation of singular values (docs/theory.md, "Mirror flows"), so that it stands as
/// well for a wide network all of whose measurements commute with A.
class Diagonal {
 public:
  /// Throws for no values, one that is not finite, or κ <= 0, at which a value of 0 would stay.
  Diagonal(Vector values, double threshold);

  [[nodiscard]] const Vector& values() const { return values_; }  ///< s
  [[nodiscard]] double threshold() const { return threshold_; }   ///< κ
  [[nodiscard]] Shape shape() const { return {.outputs = 1, .inputs = values_.size()}; }
  [[nodiscard]] Matrix end_to_end() const { return values_.transpose(); }  ///< A = sᵀ

 private:
  Vector values_;
  double threshold_;
};

}  // namespace linnet
