#include "linnet/linalg/chain.hpp"

#include <cstdint>
#include <limits>
#include <string>

#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::linalg {

Chain::Chain(const std::vector<Index>& sizes) : depth_(sizes.size() - 1) {
  require_memory(matrix_bytes(static_cast<double>(depth_), 2 * static_cast<double>(depth_)), "network.depth",
                 std::to_string(depth_) + " layers");
  // cost[i][j]: operations of the product of layers i … j in its best order.
  std::vector<std::vector<double>> cost(depth_, std::vector<double>(depth_, 0));
  std::vector<std::vector<std::size_t>> splits(depth_, std::vector<std::size_t>(depth_, 0));
  const auto size = [&](std::size_t i) { return static_cast<double>(sizes[i]); };
  std::uint64_t products = 0;
  for (std::size_t length = 2; length <= depth_; ++length) {
    for (std::size_t i = 0; i + length <= depth_; ++i) {
      stop_if_asked(++products);
      const std::size_t j = i + length - 1;
      cost[i][j] = std::numeric_limits<double>::infinity();
      for (std::size_t m = i; m < j; ++m) {  // the left part ends with layer m
        const double flops = cost[i][m] + cost[m + 1][j] + 2 * size(i) * size(m + 1) * size(j + 1);
        if (flops < cost[i][j]) {
          cost[i][j] = flops;
          splits[i][j] = m;
        }
      }
    }
  }
  flops_ = cost[0][depth_ - 1];
  build(0, depth_ - 1, splits);
  products_.resize(nodes_.size());
  gradients_.resize(nodes_.size());
}

std::size_t Chain::build(std::size_t from, std::size_t to, const std::vector<std::vector<std::size_t>>& splits) {
  if (from == to) {
    nodes_.push_back({.layer = from, .leaf = true});
  } else {
    const std::size_t left = build(from, splits[from][to], splits);
    const std::size_t right = build(splits[from][to] + 1, to, splits);
    nodes_.push_back({.left = left, .right = right});
  }
  return nodes_.size() - 1;
}

void Chain::multiply(std::span<const Matrix> factors) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].leaf) continue;
    linalg::multiply(at(nodes_[i].right, factors), at(nodes_[i].left, factors), products_[i]);
  }
}

}  // namespace linnet::linalg
