#include "linnet/networks/layers.hpp"

#include <string>

#include "linnet/error.hpp"

namespace linnet {

namespace {

std::string layer_field(std::size_t l) { return "network.weights[" + std::to_string(l) + "]"; }

}  // namespace

void require_layers(const std::vector<Matrix>& weights) {
  if (weights.empty()) {
    bad_input({.field = "network.weights", .expected = "at least one layer", .got = "depth 0"});
  }
  for (std::size_t l = 0; l < weights.size(); ++l) {
    const Matrix& w = weights[l];
    if (w.size() == 0) {
      bad_input({.field = layer_field(l), .expected = "weights with entries", .got = format_shape(w.rows(), w.cols())});
    }
    if (l > 0 && w.cols() != weights[l - 1].rows()) {
      bad_input({.field = layer_field(l),
                 .expected = std::to_string(weights[l - 1].rows()) + " columns, the rows of the layer before",
                 .got = format_shape(w.rows(), w.cols()),
                 .hint = "layers are given from the input on, each outputs x inputs"});
    }
    if (!w.allFinite()) {
      bad_input(
          {.field = layer_field(l), .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
    }
  }
}

std::vector<Index> sizes_of(const std::vector<Matrix>& weights) {
  std::vector<Index> result{weights.front().cols()};
  for (const Matrix& w : weights) result.push_back(w.rows());
  return result;
}

}  // namespace linnet
