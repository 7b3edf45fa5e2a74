#pragma once

#include "linnet/networks/network.hpp"

namespace linnet {

/// ‖G − G'‖_F/‖G'‖_F of two-layer networks. Of weights it is computed in the span of their factors [W_1ᵀ; W_2] where
/// that is not the whole space, so that thousands of outputs of narrow networks need no matrix of outputs x outputs.
double gram_distance(const Network& network, const Network& other);

}  // namespace linnet
