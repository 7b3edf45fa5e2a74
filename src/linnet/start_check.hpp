#pragma once

#include <string>

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// Throws when training cannot leave this start although its cost is not minimal: every ∂C/∂W_l is 0, as at the origin
/// of a network of two or more layers, or so small that it underflows. `dynamics` is at the start.
void require_way_down(const Network& start, const Dynamics& dynamics);

/// A warning with the least error in reach when a hidden layer is narrower than the rank of the target; else empty, and
/// so for a masked target, whose rank is not known.
std::string bottleneck_warning(const Network& start, const Task& task);

}  // namespace linnet
