#include "linnet/networks/blocks.hpp"

#include <string>

#include "linnet/error.hpp"

namespace linnet::networks {

DeepLinear separate_blocks(const DeepLinear& network, const std::vector<Index>& inputs, Index fusion) {
  const auto count = static_cast<Index>(inputs.size());
  const Index n0 = network.shape().inputs;
  Index all = 0;
  bool positive = count > 0;
  for (const Index block : inputs) {
    positive = positive && block >= 1 && block <= n0;
    if (positive) all += block;
  }
  if (!positive || all != n0) {
    bad_input({.field = "network.blocks",
               .expected = "numbers of inputs, 1 at least, that add up to " + std::to_string(n0),
               .got = std::to_string(count) + " blocks that do not"});
  }
  if (fusion < 1 || fusion > network.depth()) {
    bad_input({.field = "network.fusion",
               .expected = "a layer, 1 to " + std::to_string(network.depth()),
               .got = std::to_string(fusion)});
  }
  std::vector<Matrix> weights = network.weights();
  std::vector<Index> below = inputs;
  for (std::size_t l = 0; static_cast<Index>(l) + 1 < fusion; ++l) {
    const Index neurons = weights[l].rows();
    if (neurons % count != 0) {
      bad_input({.field = "network.width",
                 .expected = "hidden layers before the fusion that " + std::to_string(count) + " blocks share equally",
                 .got = std::to_string(neurons)});
    }
    const std::vector<Index> here(static_cast<std::size_t>(count), neurons / count);
    Matrix separate = Matrix::Zero(weights[l].rows(), weights[l].cols());
    Index row = 0;
    Index column = 0;
    for (std::size_t b = 0; b < below.size(); ++b) {
      separate.block(row, column, here[b], below[b]) = weights[l].block(row, column, here[b], below[b]);
      row += here[b];
      column += below[b];
    }
    weights[l] = std::move(separate);
    below = here;
  }
  return DeepLinear(std::move(weights));
}

}  // namespace linnet::networks
