#pragma once

#include <memory>
#include <string>

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/training/checkpoint.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

/// The dynamics at this start. Throws
/// - when `record` names an observable that this network or task does not have;
/// - when training cannot leave this start although its cost is not minimal: every ∂C/∂W_l is 0, as at the origin of a
///   network of two or more layers, or is so small that it underflows. Of a perceptron, if the last hidden layer is 0
///   on every sample, as with ReLU neurons that are all off, or if f underflows. A run that continues `from` another
///   may rest there;
/// - naming `field`, when a perceptron has neither one rate nor one a layer. The dynamics of linear networks check
///   their own.
std::unique_ptr<Dynamics> checked_dynamics(const Network& start, const Task& task, const Record& record,
                                           const Layerwise& rates, const char* field,
                                           const Continuation* from = nullptr);

/// A warning with the least reachable error if a hidden layer, or the rank of a start that training conserves, is
/// smaller than the rank of the target; else empty. The rank of a masked target is that of the signal, or that of the
/// whole target if its unobserved entries are known. A masked target is warned of only if it has more observed entries
/// than a matrix of the layer's rank has parameters; its error may then stay above 0.
std::string bottleneck_warning(const Network& start, const Dynamics& dynamics);

}  // namespace linnet
