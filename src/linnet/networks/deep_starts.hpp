#pragma once

#include <cstdint>
#include <vector>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/unbalanced_layers.hpp"

namespace linnet::networks {

/// n_0, w, …, w, n_L: the sizes of a network of this depth, all hidden layers equally wide.
std::vector<Index> layer_sizes(Shape shape, Index depth, Index width);

/// Gaussian weights, the entries of W_l iid N(0, σ_l²). Two layers have the same bits as `gaussian_weights`.
struct DeepGaussian {
  Layerwise variance = 1.0;  ///< σ_l²
  std::uint64_t seed = 0;
  std::uint32_t point = 0;  ///< of a sweep; part of the random key
};

/// sizes: n_0, …, n_L. Throws for a negative variance, and for sizes that exceed the memory. O(weights) time and
/// memory.
DeepLinear gaussian_deep(const std::vector<Index>& sizes, const DeepGaussian& options);

/// The variance σ² = w^{−γ} of *Saddle-to-saddle*: γ < 1 is the NTK regime, γ = 1 the transition, γ > 1 means small
/// starts.
double saddle_variance(Index width, double gamma);

/// Balanced weights of any depth, W_{l+1}ᵀW_{l+1} = W_lW_lᵀ, with the end-to-end matrix given: from A_0 = U S Vᵀ,
/// W_l = O_l S^{1/L} O_{l−1}ᵀ with O_0 = V, O_L = U and frames O_l drawn from `seed`. Throws when a hidden layer is
/// narrower than the rank of A_0.
DeepLinear balanced_deep(const Matrix& end_to_end, const std::vector<Index>& hidden, std::uint64_t seed = 0);

/// Options of `deep_unbalanced`.
struct DeepUnbalanced {
  LayerImbalance imbalance;  ///< of the rescaled layers W_l/√η_l
  Layerwise rates = 1.0;     ///< η_l of the flow that follows
  std::uint64_t seed = 0;
};

/// Weights of depth L ≥ 2 with the end-to-end matrix given, where only the first (or last) layer is out of balance with
/// the others (`LayerImbalance`): with rates 1, A_0 = U S Vᵀ and frames O_l drawn from `seed`, O_0 = V, O_L = U,
///
///     W_l = O_l diag(x) O_{l−1}ᵀ,  of the unbalanced layer O_l diag(y) O_{l−1}ᵀ,  x^{L−1} y = s,  y² − x² = ∓λ.
///
/// Two layers are those of `balanced`; λ = 0 gives those of `balanced_deep`. λ ≠ 0 requires that the larger layers have
/// full rank w, the width of the hidden layer beside the unbalanced one; directions that A_0 does not use get √|λ|
/// there. Throws where no such weights exist: if the unbalanced layer is the larger one, for w above its other
/// dimension (n_0 or n_L); if the others are, for w above the size of any of these layers; for a layer narrower than
/// the rank of A_0.
DeepLinear deep_unbalanced(const Matrix& end_to_end, const std::vector<Index>& hidden, const DeepUnbalanced& options);

/// W_l = scale O_l, with O_l a uniformly random matrix of orthonormal columns or rows.
DeepLinear orthogonal_deep(const std::vector<Index>& sizes, double scale, std::uint64_t seed);

/// Identity-like: W_l has `scale` on its diagonal, and entries N(0, variance) are added.
DeepLinear identity_deep(const std::vector<Index>& sizes, double scale, const DeepGaussian& noise);

/// The point at |θ| = `size` along the direction of fastest escape from the origin: with (s, u, v) the largest singular
/// triple of ∇C(0), W_l = size L^{-½} z_l z_{l−1}ᵀ, z_0 = v, z_L = −u, hidden z_l unit vectors drawn from `seed`.
/// `gradient` is ∇C(0), n_L x n_0; `mode` > 0 takes a later singular triple. Throws for a gradient of 0.
DeepLinear escape_path(const Matrix& gradient, const std::vector<Index>& hidden, double size, Index mode = 0,
                       std::uint64_t seed = 0);

}  // namespace linnet::networks
