#pragma once

#include <cstdint>

#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/self_consistent.hpp"
#include "linnet/networks/weights.hpp"

namespace linnet::networks {

/// Gaussian initialization: the entries of W_l are iid N(0, σ_l²).
struct Gaussian {
  Index width = 1;          ///< w
  PerLayer variance = 1.0;  ///< (σ_1², σ_2²)
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

/// The weights themselves; O(w n) memory.
Weights gaussian_weights(Shape shape, const Gaussian& options);

/// The Gram state of a network of width w, drawn without its weights: for w >= n = n_0 + n_2 by Bartlett's
/// factor of the Wishart distribution, else from the n x w factor Q. O(n²) memory and O(n³) time for any w.
GramState gaussian_gram(Shape shape, const Gaussian& options);

/// (a, b) = (σ_1²w, σ_2²w), the representations of the limit w → ∞ at fixed σ²w.
PerLayer gaussian_scales(const Gaussian& options);

/// The infinite-width state G_0 = diag(aI, bI), A = 0.
GramState infinite_width(Shape shape, PerLayer scales);

/// Weights of width n = n_0 + n_2 with this Gram state: W_1ᵀ = [√a I, 0] and W_2 = [0, √b I]. In training they behave
/// as infinitely wide Gaussian weights.
Weights infinite_width_weights(Shape shape, PerLayer scales);

/// The self-consistent network with the end-to-end matrix of `start` and the representations of a wide network.
SelfConsistent self_consistent(const GramState& start, PerLayer scales);

// Variances by name. Fan-in and fan-out of layer 1 are n_0 and w, of layer 2 w and n_2.
PerLayer lecun_variance(Shape shape, Index width);   ///< 1 / fan-in
PerLayer he_variance(Shape shape, Index width);      ///< 2 / fan-in
PerLayer glorot_variance(Shape shape, Index width);  ///< 2 / (fan-in + fan-out)

}  // namespace linnet::networks
