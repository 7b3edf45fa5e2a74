#include "linnet/networks/deep_diagonal.hpp"

#include <algorithm>

#include "linnet/error.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

void require_depth_of(Index depth, const char* field) {
  if (depth < 2) bad_input({.field = field, .expected = "at least 2 layers", .got = std::to_string(depth)});
}

Matrix weights_of_scales(Index depth, Index inputs, const Layerwise& scales) {
  require_depth_of(depth, "network.depth");
  scales.require_depth(depth, "network.scales");
  const auto layers = static_cast<double>(depth);
  require_memory(3 * matrix_bytes(layers, static_cast<double>(inputs)) + 2.0 * sizeof(Matrix) * layers, "network.depth",
                 std::to_string(depth) + " layers");
  Matrix weights(depth, inputs);
  for (Index l = 0; l < depth; ++l) weights.row(l).setConstant(scales[static_cast<std::size_t>(l)]);
  return weights;
}

}  // namespace

DeepDiagonal::DeepDiagonal(const Matrix& weights) {
  require_depth_of(weights.rows(), "network.weights");
  if (weights.cols() == 0 || !weights.allFinite()) {
    bad_input({.field = "network.weights",
               .expected = "finite numbers, one column an input",
               .got = weights.cols() == 0 ? "no column" : "a nan or an infinity among them"});
  }
  for (Index l = 0; l < weights.rows(); ++l) layers_.emplace_back(weights.row(l));
}

DeepDiagonal::DeepDiagonal(Index depth, Index inputs, const Layerwise& scales)
    : DeepDiagonal(weights_of_scales(depth, inputs, scales)) {}

Matrix DeepDiagonal::weights() const {
  Matrix all(depth(), shape().inputs);
  for (Index l = 0; l < depth(); ++l) all.row(l) = layers_[static_cast<std::size_t>(l)];
  return all;
}

Matrix DeepDiagonal::end_to_end() const {
  Matrix a;
  diagonal::multiply(layers_, a);
  return a;
}

namespace diagonal {

void multiply(const std::vector<Matrix>& layers, Matrix& out) {
  out = layers.front();
  for (std::size_t l = 1; l < layers.size(); ++l) out.array() *= layers[l].array();
}

void differentiate(const std::vector<Matrix>& layers, const Matrix& gradient, std::vector<Matrix>& out) {
  const std::size_t last = layers.size() - 1;
  // First the products of the layers above, from the top, then times those below and the gradient, from the bottom.
  out[last].setOnes();
  for (std::size_t l = last; l > 0; --l) out[l - 1] = out[l].cwiseProduct(layers[l]);
  Matrix below = gradient;
  for (std::size_t l = 0; l <= last; ++l) {
    out[l].array() *= below.array();
    below.array() *= layers[l].array();
  }
}

}  // namespace diagonal
}  // namespace linnet
