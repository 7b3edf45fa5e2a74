#pragma once

#include "linnet/observables/observable.hpp"

namespace linnet::observables {

Observable coefficients();      ///< for each input: β, of networks with one output
Observable neuron_weights();    ///< (w_1, …, w_n₀, a) of one hidden neuron
Observable neuron_magnitude();  ///< μ = a|w|
Observable neuron_alignment();  ///< φ = cos∠(w, β*)
Observable mirror_potential();  ///< Ψ(β) of one neuron, a diagonal network, or balanced layers

}  // namespace linnet::observables
