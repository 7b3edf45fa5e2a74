#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "linnet/networks/layerwise.hpp"
#include "linnet/networks/perceptron.hpp"

namespace linnet::networks {

/// The start of *Get rich quick*: two layers, one output. w_k = τ/α times a point of the unit sphere, |a_k| = ατ, so
/// that every neuron has the balance δ = a_k² − |w_k|² = τ²(α² − α⁻²). (The authors' code calls 1/α what their text
/// calls α.)
struct SphericalPairs {
  Index width = 50;                            ///< m
  double tau = 1;                              ///< τ, the scale
  std::optional<double> alpha = std::nullopt;  ///< α, the relative scale, above 1 upstream; this, or
  std::optional<double> delta = std::nullopt;  ///< δ: above 0 upstream, below downstream
  bool antisymmetric =
      true;          ///< neurons in pairs (w, a), (w, −a) side by side, so that f = 0 exactly; else random signs
  double slope = 0;  ///< of the leaky ReLU
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

/// Throws for an odd width in pairs, τ or α not positive, δ not finite, both or none of α and δ.
Perceptron spherical_pairs(Index inputs, const SphericalPairs& options);

/// Gaussian weights of any depth: the entries of W_l iid N(0, σ_l²), then W_1 divided by α, W_L multiplied
/// so that the function stays (by α; for quadratic neurons by α^{2^{L−1}}), and W_L times `last_scale`.
struct GaussianPerceptron {
  std::optional<Layerwise> variance = std::nullopt;  ///< σ_l²; without, He's 2/n_{l−1}
  double alpha = 1;                                  ///< α: above 1 upstream, below downstream
  double last_scale = 1;                             ///< of the output
  Activation activation = Activation::relu;
  double slope = 0;
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

/// sizes: n_0, …, n_L. Throws for fewer than two sizes, a size below 1, a variance below 0, a scale that is not
/// positive.
Perceptron gaussian_perceptron(const std::vector<Index>& sizes, const GaussianPerceptron& options = {});

}  // namespace linnet::networks
