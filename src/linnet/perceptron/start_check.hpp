#pragma once

#include "linnet/perceptron/task.hpp"

namespace linnet {

/// Throws when training cannot leave this start although its cost is not 0: no hidden neuron of the last layer answers
/// any sample, so that f and every ∂C/∂W_l are 0, as at the origin or with ReLU neurons that are all off; or f
/// underflows. One layer always moves.
void require_way_down(const Perceptron& start, const PerceptronTask& task);

}  // namespace linnet
