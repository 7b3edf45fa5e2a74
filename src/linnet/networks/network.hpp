#pragma once

#include <variant>

#include "linnet/networks/closure.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/self_consistent.hpp"
#include "linnet/networks/weights.hpp"

namespace linnet {

/// The state that learns, in one of its three forms; each knows its end-to-end matrix A.
using Network = std::variant<Weights, GramState, SelfConsistent>;

Matrix end_to_end(const Network& network);

/// The Gram state of any network: exact for weights, the closure's for a self-consistent one.
GramState gram_state(const Network& network);

}  // namespace linnet
