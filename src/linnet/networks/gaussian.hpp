#pragma once

#include <cstdint>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/self_consistent.hpp"

namespace linnet::networks {

/// Gaussian initialization: the entries of W_l are iid N(0, σ_l²).
struct Gaussian {
  Index width = 1;           ///< w
  Layerwise variance = 1.0;  ///< (σ_1², σ_2²)
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

/// The weights themselves; O(w n) memory.
DeepLinear gaussian_weights(Shape shape, const Gaussian& options);

/// The Gram state of a network of width w, drawn without its weights: for w >= n = n_0 + n_2 by Bartlett's
/// factor of the Wishart distribution, else from the n x w factor Q. O(n²) memory and O(n³) time for any w.
GramState gaussian_gram(Shape shape, const Gaussian& options);

/// (a, b) = (σ_1²w, σ_2²w), the representations of the limit w → ∞ at fixed σ²w.
Layerwise gaussian_scales(const Gaussian& options);

/// The infinite-width state G_0 = diag(aI, bI), A = 0.
GramState infinite_width(Shape shape, const Layerwise& scales);

/// Weights of width n = n_0 + n_2 with this Gram state: W_1ᵀ = [√a I, 0] and W_2 = [0, √b I]. In training they behave
/// as infinitely wide Gaussian weights.
DeepLinear infinite_width_weights(Shape shape, const Layerwise& scales);

/// The self-consistent network with the end-to-end matrix of `start` and the representations of a wide network.
SelfConsistent self_consistent(const GramState& start, const Layerwise& scales);

// Variances by name. Fan-in and fan-out of layer 1 are n_0 and w, of layer 2 w and n_2.
Layerwise lecun_variance(Shape shape, Index width);   ///< 1 / fan-in
Layerwise he_variance(Shape shape, Index width);      ///< 2 / fan-in
Layerwise glorot_variance(Shape shape, Index width);  ///< 2 / (fan-in + fan-out)

}  // namespace linnet::networks
