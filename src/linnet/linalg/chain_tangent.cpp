#include "linnet/linalg/chain_tangent.hpp"

namespace linnet::linalg {

ChainTangent::ChainTangent(const Chain& chain)
    : chain_(&chain),
      gradients_(chain.nodes().size()),
      tangents_(chain.nodes().size()),
      changes_(chain.nodes().size()) {}

const Matrix& ChainTangent::tangent(std::size_t node, std::span<const Matrix> directions) const {
  const Chain::Node& n = chain_->nodes()[node];
  return n.leaf ? directions[n.layer] : tangents_[node];
}

void ChainTangent::linearize(std::span<const Matrix> factors, const Matrix& r) {
  const std::vector<Chain::Node>& nodes = chain_->nodes();
  gradients_.back() = r;
  for (std::size_t i = nodes.size(); i-- > 0;) {  // parents before children
    if (nodes[i].leaf) continue;
    const auto [left, right] = std::pair(nodes[i].left, nodes[i].right);
    if (!nodes[left].leaf) multiply(chain_->at(right, factors).transpose(), gradients_[i], gradients_[left]);
    if (!nodes[right].leaf) multiply(gradients_[i], chain_->at(left, factors).transpose(), gradients_[right]);
  }
}

const Matrix& ChainTangent::forward(std::span<const Matrix> factors, std::span<const Matrix> directions) {
  const std::vector<Chain::Node>& nodes = chain_->nodes();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].leaf) continue;
    const auto [left, right] = std::pair(nodes[i].left, nodes[i].right);
    multiply(tangent(right, directions), chain_->at(left, factors), tangents_[i]);
    multiply(1.0, chain_->at(right, factors), tangent(left, directions), 1.0, tangents_[i]);
  }
  return tangent(nodes.size() - 1, directions);
}

void ChainTangent::backward(std::span<const Matrix> factors, std::span<const Matrix> directions, const Matrix& dr,
                            std::vector<Matrix>& out) {
  const std::vector<Chain::Node>& nodes = chain_->nodes();
  out.resize(factors.size());
  const auto change = [&](std::size_t node) -> Matrix& {
    return nodes[node].leaf ? out[nodes[node].layer] : changes_[node];
  };
  change(nodes.size() - 1) = dr;
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (nodes[i].leaf) continue;
    const auto [left, right] = std::pair(nodes[i].left, nodes[i].right);
    Matrix& to_left = change(left);
    multiply(chain_->at(right, factors).transpose(), changes_[i], to_left);
    multiply(1.0, tangent(right, directions).transpose(), gradients_[i], 1.0, to_left);
    Matrix& to_right = change(right);
    multiply(changes_[i], chain_->at(left, factors).transpose(), to_right);
    multiply(1.0, gradients_[i], tangent(left, directions).transpose(), 1.0, to_right);
  }
}

}  // namespace linnet::linalg
