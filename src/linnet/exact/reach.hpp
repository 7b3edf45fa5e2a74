#pragma once

#include <optional>

#include "linnet/networks/network.hpp"

namespace linnet {

/// The Gram state of infinite width, A = 0, C_1 = aI and C_2 = bI, as the self-consistent network that it is, where
/// there are many more outputs than inputs, or fewer: its closed form is one of few. None for any other network.
std::optional<SelfConsistent> infinite_width_of(const Network& network);

/// The outputs and inputs that a two-layer network on whitened inputs can reach: the span of Y and the start, in which
/// the flow stays. Outside of it A is 0 and a representation is constant: 0 for weights, a or b times the identity for
/// a self-consistent network. So the closed form of eight inputs, thirty neurons and thousands of outputs is one of at
/// most 38 outputs. A side whose span is more than half of it is taken whole, and so is every side of a Gram state.
class Reach {
 public:
  /// With `all_inputs` those are taken whole, as correlated inputs need not stay within the span.
  Reach(const Network& start, const Matrix& target, bool all_inputs = false);

  /// Whether both sides are taken whole.
  [[nodiscard]] bool whole() const { return !outputs_ && !inputs_; }

  [[nodiscard]] Matrix inside(const Matrix& end_to_end) const;
  [[nodiscard]] DeepLinear inside(const DeepLinear& weights) const;

  // With as many rows as there are outputs or inputs, from coordinates inside:
  [[nodiscard]] Matrix outputs(const Matrix& inside) const;
  [[nodiscard]] Matrix inputs(const Matrix& inside) const;

 private:
  std::optional<Matrix> outputs_;  // orthonormal columns
  std::optional<Matrix> inputs_;
};

}  // namespace linnet
