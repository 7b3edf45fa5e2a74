#pragma once

#include <memory>
#include <string>

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

/// The dynamics of a network that is to be trained. Throws if it has not got the observables of `record`, and, naming
/// `field`, if a perceptron has neither one rate nor one for each layer. Linear networks check this themselves.
std::unique_ptr<Dynamics> checked_dynamics(const Network& start, const Task& task, const Record& record,
                                           const Layerwise& rates, const char* field);

/// Throws when training cannot leave this start although its cost is not minimal: every ∂C/∂W_l is 0, as at the origin
/// of a network of two or more layers, or so small that it underflows. Of a perceptron, no hidden neuron of the last
/// layer answers any sample, as with ReLU neurons that are all off, or f underflows. `dynamics` is at the start.
void require_way_down(const Network& start, const Dynamics& dynamics);

/// A warning with the least error in reach when a hidden layer, or the rank of a start that training keeps, is narrower
/// than the rank of the target; else empty. The
/// rank of a masked target is that of the signal, or of the whole target where its unseen entries are known, and what
/// is warned of is an error that may stay above 0, where more entries are seen than fix a matrix of the layer's rank.
std::string bottleneck_warning(const Network& start, const Dynamics& dynamics);

}  // namespace linnet
