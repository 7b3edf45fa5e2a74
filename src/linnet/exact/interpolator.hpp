#pragma once

#include <optional>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// The end of gradient flow of any network of one output whose end is known without training, as a column: one neuron
/// (exact/neuron_bias.hpp, where `sign` and any pair of rates count), a diagonal network (exact/mirror.hpp) or balanced
/// layers, as weights or by their A and depth (exact/deep_bias.hpp, equal rates). Throws for all others.
Vector interpolator(const Network& start, const Task& task, const Layerwise& rates = 1.0,
                    std::optional<int> sign = std::nullopt);

}  // namespace linnet
