#pragma once

#include <vector>

#include "linnet/networks/deep_linear.hpp"

namespace linnet::landscape {

/// A narrow network as a wide one of the same A: W_l = O_l V_l O_{l−1}ᵀ with orthonormal columns O_l of each hidden
/// layer, and identities at inputs and outputs.
struct Embedding {
  DeepLinear network;
  double distance = 0;         ///< |θ − θ'| from the wide network
  std::vector<Matrix> frames;  ///< O_1, …, O_{L−1}
};

/// With these frames. Throws where they do not fit.
DeepLinear embedded(const DeepLinear& narrow, const std::vector<Matrix>& frames);

/// The embedding next to `whole`, which is as wide or wider: each O_l in turn the best one for its neighbours, the
/// polar factor of W_lO_{l−1}V_lᵀ + W_{l+1}ᵀO_{l+1}V_{l+1}, until none gains. Exact for two layers; for more a local
/// minimum, from the frames that the first layers have alone. Throws for networks of other depths, inputs or outputs.
Embedding nearest_embedding(const DeepLinear& narrow, const DeepLinear& whole);

}  // namespace linnet::landscape
