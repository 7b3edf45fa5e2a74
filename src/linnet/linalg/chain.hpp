#pragma once

#include <span>
#include <vector>

#include "linnet/linalg/product.hpp"

namespace linnet::linalg {

/// The product W_L⋯W_1 of a chain of matrices, W_l of n_l x n_{l−1}, in the order of fewest flops, and derivatives
/// through it.
///
/// The order is a binary tree: a node is the product of W_i … W_j, and its children are two parts of it. In reverse
/// mode, with R = ∂C/∂(product), a node passes ∂C/∂left = P_rightᵀ R and ∂C/∂right = R P_leftᵀ to its children: two
/// products with as many operations as its own. So value and gradient of all layers take three times the product, and
/// the best order for the product (by dynamic programming, O(L³) once) is the best for both.
class Chain {
 public:
  /// `left` has the layers applied first, `right` those applied after: product = P_right P_left. A leaf is one layer.
  struct Node {
    std::size_t left = 0;
    std::size_t right = 0;
    std::size_t layer = 0;
    bool leaf = false;
  };

  /// sizes: n_0, …, n_L.
  explicit Chain(const std::vector<Index>& sizes);

  [[nodiscard]] std::size_t depth() const { return depth_; }
  /// Children before parents; the last is the whole chain.
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  /// Operations of one product.
  [[nodiscard]] double flops() const { return flops_; }

  /// Computes all products from these factors; allocates only in the first call.
  void multiply(std::span<const Matrix> factors);

  /// A node's product at the last `multiply`.
  [[nodiscard]] const Matrix& at(std::size_t node, std::span<const Matrix> factors) const {
    return nodes_[node].leaf ? factors[nodes_[node].layer] : products_[node];
  }
  /// W_L⋯W_1.
  [[nodiscard]] const Matrix& product(std::span<const Matrix> factors) const { return at(nodes_.size() - 1, factors); }

  /// Reverse mode: with R = ∂C/∂(product), calls `take(l, a, b)` once for each layer l (from 0), where ∂C/∂W_l = a b.
  /// So the caller computes the last product, for example in place. `take` may change W_l, whose old value is not
  /// needed any more. Exception: for two layers whose product is a node, both gradients use the old layers if
  /// `simultaneous`; otherwise the gradient of the right one uses the new left one.
  template <class Take, class TakeWhole>
  void differentiate(std::span<const Matrix> factors, const Matrix& r, bool simultaneous, const Take& take,
                     const TakeWhole& take_whole);

 private:
  std::size_t build(std::size_t from, std::size_t to, const std::vector<std::vector<std::size_t>>& splits);
  template <class Take, class TakeWhole>
  void descend(std::size_t node, std::span<const Matrix> factors, const Matrix& r, bool simultaneous, const Take& take,
               const TakeWhole& take_whole);

  std::size_t depth_;
  double flops_ = 0;
  std::vector<Node> nodes_;
  std::vector<Matrix> products_;   // of inner nodes
  std::vector<Matrix> gradients_;  // of inner nodes except the root, and of the left one of two leaves
};

template <class Take, class TakeWhole>
void Chain::differentiate(std::span<const Matrix> factors, const Matrix& r, bool simultaneous, const Take& take,
                          const TakeWhole& take_whole) {
  descend(nodes_.size() - 1, factors, r, simultaneous, take, take_whole);
}

template <class Take, class TakeWhole>
void Chain::descend(std::size_t index, std::span<const Matrix> factors, const Matrix& r, bool simultaneous,
                    const Take& take, const TakeWhole& take_whole) {
  const Node& node = nodes_[index];
  if (node.leaf) {  // a chain of one layer
    take_whole(node.layer, r);
    return;
  }
  const Node& left = nodes_[node.left];
  const Node& right = nodes_[node.right];
  const Matrix& before = at(node.left, factors);
  const Matrix& after = at(node.right, factors);
  if (left.leaf && right.leaf) {
    if (simultaneous) {
      linalg::multiply(after.transpose(), r, gradients_[node.left]);
      take(right.layer, r, before.transpose());
      take_whole(left.layer, gradients_[node.left]);
    } else {
      take(left.layer, after.transpose(), r);
      take(right.layer, r, before.transpose());
    }
    return;
  }
  if (!left.leaf) linalg::multiply(after.transpose(), r, gradients_[node.left]);
  if (!right.leaf) linalg::multiply(r, before.transpose(), gradients_[node.right]);
  // The children's products are not needed any more, so that the layer of a leaf may change.
  if (left.leaf) take(left.layer, after.transpose(), r);
  if (right.leaf) take(right.layer, r, before.transpose());
  if (!left.leaf) descend(node.left, factors, gradients_[node.left], simultaneous, take, take_whole);
  if (!right.leaf) descend(node.right, factors, gradients_[node.right], simultaneous, take, take_whole);
}

}  // namespace linnet::linalg
