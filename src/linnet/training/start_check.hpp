#pragma once

#include <string>

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// Throws when training cannot leave this start although its cost is not minimal: every ∂C/∂W_l is 0, as at the origin
/// of a network of two or more layers, or so small that it underflows. Of a perceptron, no hidden neuron of the last
/// layer answers any sample, as with ReLU neurons that are all off, or f underflows. Throws too for balanced weights of
/// a depth between 1 and 2 and low rank, whose flow is not unique. `dynamics` is at the start.
void require_way_down(const Network& start, const Dynamics& dynamics);

/// A warning with the least error in reach when a hidden layer, or the rank of a start that training keeps, is narrower
/// than the rank of the target; else empty. The
/// rank of a masked target is that of the signal, or of the whole target where its unseen entries are known, and what
/// is warned of is an error that may stay above 0, where more entries are seen than fix a matrix of the layer's rank.
std::string bottleneck_warning(const Network& start, const Dynamics& dynamics);

}  // namespace linnet
