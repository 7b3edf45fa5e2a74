#pragma once

#include <variant>

#include "linnet/networks/closure.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/diagonal.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/self_consistent.hpp"

namespace linnet {

/// The state that learns, in one of its forms; each knows its end-to-end matrix A.
using Network = std::variant<GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal>;

Matrix end_to_end(const Network& network);
Shape shape_of(const Network& network);

/// How many numbers it is held by.
double numbers_of(const Network& network);

/// The Gram state of a two-layer network: exact for weights, the closure's for a self-consistent one. Throws for any
/// other depth, and for the deep limits, which have none.
GramState gram_state(const Network& network);
[[nodiscard]] bool has_gram_state(const Network& network);

/// C_1 and C_2 of a network that has a Gram state, one without the other.
Matrix input_representation(const Network& network);
Matrix output_representation(const Network& network);

/// The weights, where the network is held by them; else null.
const DeepLinear* weights_of(const Network& network);
const DeepLinear* two_layers_of(const Network& network);   ///< where they are of two layers
const DeepLinear* weights_of(Network&& network) = delete;  // of a temporary nothing would be left
const DeepLinear* two_layers_of(Network&& network) = delete;

// Of a network that has a Gram state, and of its layers W_l/√η_l: see networks/closure.hpp.
Closure fit_closure(const Network& network, const Layerwise& rates = 1.0);
double closure_residual(const Network& network, const Closure& closure, const Layerwise& rates = 1.0);

}  // namespace linnet
