#pragma once

#include <optional>
#include <string>
#include <variant>

#include "linnet/networks/closure.hpp"
#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/diagonal.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/perceptron.hpp"
#include "linnet/networks/self_consistent.hpp"
#include "linnet/networks/weights.hpp"

namespace linnet {

/// The state that learns, in one of its forms. All but the perceptron are linear and know their end-to-end matrix A.
using Network =
    std::variant<Weights, GramState, SelfConsistent, DeepLinear, DeepLinearized, DeepBalanced, Diagonal, Perceptron>;

/// What it is, in words: "a perceptron", "weights of two layers", …
std::string description_of(const Network& network);

[[nodiscard]] bool is_linear(const Network& network);
Matrix end_to_end(const Network& network);  ///< throws for a perceptron, which has none
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

/// The weights, where the network is held by them; else none.
std::optional<DeepLinear> weights_of(const Network& network);
std::optional<Weights> two_layers_of(const Network& network);  ///< where they are of two layers

/// The weights of a linear network as a perceptron of slope 1, or the perceptron itself; else none.
std::optional<Perceptron> perceptron_of(const Network& network);

// Of a network that has a Gram state, and of its layers W_l/√η_l: see networks/closure.hpp.
Closure fit_closure(const Network& network, PerLayer rates = 1.0);
double closure_residual(const Network& network, const Closure& closure, PerLayer rates = 1.0);

}  // namespace linnet
