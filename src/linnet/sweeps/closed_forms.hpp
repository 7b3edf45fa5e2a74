#pragma once

#include <map>
#include <string>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/observables/observable.hpp"

namespace linnet::sweeps {

// What closed forms tell beside their numbers, whether a run is one or is compared with one.

/// τ(t) of the closed form, which must outlive the observable.
Observable warp_of(const NeuronFlow& exact);

/// What becomes of a: its sign at the end, when it changes, and the alignment at the start that decides it.
void tell(const NeuronFlow& exact, std::map<std::string, std::string>& attributes);

/// λ, c² and residual of the closure, and what the closed form warns of.
void tell(const ExactFlow& exact, std::map<std::string, std::string>& attributes);

}  // namespace linnet::sweeps
