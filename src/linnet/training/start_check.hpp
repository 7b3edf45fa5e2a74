#pragma once

#include <string>

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// Throws if training cannot leave this start although its cost is not minimal: every ∂C/∂W_l is 0, as at the origin of
/// a network of two or more layers, or is so small that it underflows. Of a perceptron, if the last hidden layer is 0
/// on every sample, as with ReLU neurons that are all off, or if f underflows. `dynamics` is at the start.
void require_way_down(const Network& start, const Dynamics& dynamics);

/// A warning with the least reachable error if a hidden layer, or the rank of a start that training conserves, is
/// smaller than the rank of the target; else empty. The rank of a masked target is that of the signal, or that of the
/// whole target if its unobserved entries are known. A masked target is warned of only if it has more observed entries
/// than a matrix of the layer's rank has parameters; its error may then stay above 0.
std::string bottleneck_warning(const Network& start, const Dynamics& dynamics);

}  // namespace linnet
