#pragma once

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

/// A diagonal linear network of one output, f(x) = Σ_i s_i x_i, s_i = Σ_k a_ik w_ik, represented by s and the
/// thresholds κ_i of its pairs of weights: κ_i = |a_i² − w_i²|/2 for one pair an input, (σ_1² + σ_2²)w/2 for many
/// Gaussian ones. The values obey the equation of singular values (docs/theory.md, "Mirror flows"), so that a Diagonal
/// also describes a wide network all of whose measurements commute with A.
///
/// Gradient flow, and simultaneous steps of descent, depend on s and κ only, whatever the number of pairs. Sequential
/// steps are those of one pair an input, where the sign of a_i² − w_i² matters.
class Diagonal {
 public:
  /// One κ for all inputs, a_i² − w_i² = 2κ. Throws for no values, one that is not finite, or κ <= 0, at which a value
  /// of 0 would stay.
  Diagonal(const Vector& values, double threshold);

  /// λ_i = a_i² − w_i², of any sign, one an input.
  Diagonal(Vector values, Vector balances);

  /// One pair an input: s_i = a_i w_i and, at these rates of w and a, λ_i = √(η_1η_2) (a_i²/η_2 − w_i²/η_1), which the
  /// flow conserves. Throws for vectors of different lengths, and numbers that are not finite.
  static Diagonal from_weights(const Vector& w, const Vector& a, const Layerwise& rates = 1.0);

  [[nodiscard]] const Vector& values() const { return values_; }                ///< s
  [[nodiscard]] const Vector& balances() const { return balances_; }            ///< λ_i
  [[nodiscard]] Vector thresholds() const { return balances_.cwiseAbs() / 2; }  ///< κ_i = |λ_i|/2
  [[nodiscard]] double threshold() const;  ///< κ where all inputs have the same; else nan

  /// One pair of weights, at equal rates: s = a w, λ = a² − w², the larger one of the two positive.
  struct Pair {
    double w = 0;
    double a = 0;
  };
  [[nodiscard]] Pair pair(Index input) const;

  [[nodiscard]] Shape shape() const { return {.outputs = 1, .inputs = values_.size()}; }
  [[nodiscard]] Matrix end_to_end() const { return values_.transpose(); }  ///< A = sᵀ

 private:
  Vector values_;
  Vector balances_;
};

/// The same for one value s and its λ.
Diagonal::Pair pair_of(double value, double balance);

}  // namespace linnet
