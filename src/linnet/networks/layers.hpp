#pragma once

#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// Throws, naming the layer, unless there are layers W_1, …, W_L of finite entries that fit one another.
void require_layers(const std::vector<Matrix>& weights);

/// n_0, …, n_L.
std::vector<Index> sizes_of(const std::vector<Matrix>& weights);

}  // namespace linnet
