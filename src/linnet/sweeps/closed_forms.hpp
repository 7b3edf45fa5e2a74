#pragma once

#include <map>
#include <string>

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/observables/observable.hpp"

namespace linnet::sweeps {

// Attributes of closed forms, for runs that are closed forms and for runs that are compared with one.

/// τ(t) of the closed form, which must outlive the observable.
Observable warp_of(const NeuronFlow& exact);

/// About a: its sign at the end, the time of a change of sign, and the alignment at the start that decides it.
void tell(const NeuronFlow& exact, std::map<std::string, std::string>& attributes);

/// λ, c² and residual of the closure, and warnings of the closed form.
void tell(const ExactFlow& exact, std::map<std::string, std::string>& attributes);

}  // namespace linnet::sweeps
