#pragma once

#include <optional>
#include <string>
#include <variant>

#include "linnet/networks/closure.hpp"
#include "linnet/networks/deep_diagonal.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/diagonal.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/perceptron.hpp"
#include "linnet/networks/self_consistent.hpp"

namespace linnet {

/// The state that learns, in one of its forms. All but the perceptron are linear and have an end-to-end matrix A.
using Network = std::variant<GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal,
                             DeepDiagonal, Perceptron>;

/// The network in words: "a perceptron", "weights of two layers", …
std::string description_of(const Network& network);

[[nodiscard]] bool is_linear(const Network& network);

/// A, n_L x n_0, and its shape. `end_to_end` throws for a perceptron, which has no A.
Matrix end_to_end(const Network& network);
Shape shape_of(const Network& network);

/// How many numbers represent it.
double numbers_of(const Network& network);

/// The Gram state of a two-layer network: exact for weights, that of the closure for a self-consistent network. Throws
/// for any other depth, and for the deep limits, which have none.
GramState gram_state(const Network& network);
[[nodiscard]] bool has_gram_state(const Network& network);

/// The network as training at these rates takes it: of two layers known by A alone, whose closure is at the rates.
Network at_rates(const Network& network, const Layerwise& rates);

/// C_1 or C_2 of a network that has a Gram state, without computing the other one.
Matrix input_representation(const Network& network);
Matrix output_representation(const Network& network);

/// The weights, if the network is represented by weights; otherwise none.
const DeepLinear* weights_of(const Network& network);
const DeepLinear* two_layers_of(const Network& network);   ///< where they are of two layers
const DeepLinear* weights_of(Network&& network) = delete;  // of a temporary nothing would be left
const DeepLinear* two_layers_of(Network&& network) = delete;

/// The weights of a linear network as a perceptron of slope 1, or the perceptron itself; otherwise none.
std::optional<Perceptron> perceptron_of(const Network& network);

// The closure of a network that has a Gram state, for its layers W_l/√η_l; see networks/closure.hpp.
Closure fit_closure(const Network& network, const Layerwise& rates = 1.0);
double closure_residual(const Network& network, const Closure& closure, const Layerwise& rates = 1.0);

}  // namespace linnet
