#pragma once

#include <optional>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Throws, naming the field "network", unless the network is of the cost's shape.
void require_fit(const DeepLinear& network, const Cost& cost);

/// The outputs and inputs that matter: the span Q of the columns of W_L and Y, and the span P of the rows of W_1 and Y.
/// Training stays within: ∂C/∂W_L has its columns in Q, and ∂C/∂W_1 its rows in P. A part of another W_L outside of Q
/// does not bring A = W_L⋯W_1 closer to a minimum or a saddle either: there this part of A is 0, and without it the
/// weights are nearer to the start. So a flow is followed, and the nearest minimum and the nearest saddle are found,
/// with n_L ≤ n_{L−1} + n_0 outputs and n_0 ≤ n_1 + n_L inputs, however many there are.
///
/// A mask acts on single entries, so that the spaces are not reduced. With data the covariance of the inputs matters,
/// so that only the outputs are reduced.
class OuterSpaces {
 public:
  /// Throws if the network does not fit the cost. With `spare`, one direction outside of each span is kept. The Hessian
  /// is the same along all directions outside, so that its eigenvalues are the same, with other multiplicities. Takes
  /// two QR factorizations, O(n_L (n_{L−1} + n_0)²).
  OuterSpaces(const DeepLinear& start, const Cost& cost, bool spare = false);

  /// Whether the problem is reduced.
  [[nodiscard]] bool smaller() const { return outputs_ || inputs_; }

  /// The network or the cost in the reduced spaces; the outer layers of the network must be within the spans.
  [[nodiscard]] DeepLinear inside(const DeepLinear& network) const;
  [[nodiscard]] Cost inside(const Cost& cost) const;
  [[nodiscard]] Matrix inside(const Matrix& end_to_end) const;
  [[nodiscard]] DeepLinear whole(const DeepLinear& inside) const;
  [[nodiscard]] Matrix whole(const Matrix& end_to_end) const;

 private:
  std::optional<Matrix> outputs_;  // Q, n_L x its dimension
  std::optional<Matrix> inputs_;   // P, n_0 x its dimension
};

}  // namespace linnet
