#pragma once

#include <vector>

#include "linnet/networks/deep_linear.hpp"

namespace linnet::networks {

/// The same weights with separate paths for blocks of inputs up to layer `fusion`, the first that sees all of them: in
/// layers 1 … fusion − 1 each block has its part of the hidden neurons, equally many, and all weights between blocks
/// are 0. Fusion 1, early, changes nothing; fusion L, late, adds the outputs of separate networks. Train with
/// `keep_zeros`, which keeps the paths separate. Throws unless the blocks are all inputs, fusion is a layer, and the
/// hidden layers before it divide evenly.
DeepLinear separate_blocks(const DeepLinear& network, const std::vector<Index>& inputs, Index fusion);

}  // namespace linnet::networks
