#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/deep_starts.hpp"

namespace linnet {

/// What weights of a few directions stand for: the light cone of a wide network (docs/theory.md, "Any width at any
/// depth"). Training moves W_l only inside (directions of hidden layer l that signals or gradients reach) ⊗ (those of
/// layer l − 1). Each of these directions is a word: range(W_1) or range(W_Lᵀ), carried on by W_{l+1} or back by W_lᵀ.
/// The cone of order k has the words that turn at most k times; A(t) is that of the whole network up to an error that
/// falls exponentially with k.
struct LightCone {
  std::vector<double> widths;  ///< w_1, …, w_{L−1} of the whole network; inf in the limit
  Index order = 0;             ///< k
  bool complete = false;       ///< there are no further words: A(t) is exact
  /// ‖W_l‖²_F outside of the cone, which training leaves as it is; inf in the limit, nan after weight decay.
  std::vector<double> outside;

  // How the weights were made.
  struct Gaussian {
    std::vector<Index> sizes;
    networks::DeepGaussian options;
  };
  struct Limit {
    Shape shape;
    Index depth = 2;
    Layerwise scales;
  };
  struct Orthogonal {
    std::vector<Index> sizes;
    double scale = 1;
    std::uint64_t seed = 0;
  };
  struct Compressed {};  ///< of `origin`
  using Source = std::variant<std::monostate, Gaussian, Limit, Orthogonal, Compressed>;

  Source source = {};  ///< from which they can be made again at another order; none once they are trained
  /// `train` raises the order until A(t) changes by less; none: the order is kept.
  std::optional<double> tolerance = std::nullopt;

  /// The user's own network that was compressed, and the orthonormal bases of the cone in its hidden layers.
  struct Origin {
    DeepLinear whole;
    std::vector<Matrix> bases;  ///< w_l x d_l
  };
  std::shared_ptr<const Origin> origin = nullptr;
};

/// What trained weights stand for: they cannot be made again at another order.
LightCone trained(LightCone cone);

/// The same under weight decay, which shrinks what is outside of the cone too.
LightCone decayed(LightCone cone);

/// Throws for weights of a light cone under weight decay, for `purpose`.
void require_known_outside(const DeepLinear& network, const std::string& purpose);

/// |θ| of the whole network: of weights that are a light cone, with the part outside. Throws in the limit of infinite
/// width.
double whole_norm(const DeepLinear& network);

}  // namespace linnet

namespace linnet::networks {

/// n_0, d_1, …, d_{L−1}, n_L: the sizes of the cone of this order of Gaussian weights of these sizes, n_0, w_1, …, n_L.
/// Throws where a cone of the order does not fit into the memory, saying its size.
std::vector<Index> cone_sizes(const std::vector<Index>& sizes, Index order);

/// The light cone of `gaussian_deep`, drawn in law without the width: d_l × d_{l−1} numbers, for widths up to 2^53. The
/// weights of order k begin with those of order k − 1, so that a seed means one network at every order. Two layers need
/// no order and have the Gram state of `gaussian_gram`, with its bits. Where a layer has fewer neurons than the cone
/// has words, it is drawn in full, in coordinates of the words.
DeepLinear gaussian_cone(const std::vector<Index>& sizes, const DeepGaussian& options, Index order);

/// The limit of `gaussian_cone` as w → ∞ at fixed s_l = σ_l√w, one number a layer: a deterministic network of blocks
/// s_l I. Finite widths approach it as 1/√w.
DeepLinear infinite_width_cone(Shape shape, Index depth, const Layerwise& scales, Index order);

/// The light cone of `orthogonal_deep` for hidden layers of one width w ≥ n_0 + n_L: exact, of n_0 + n_L neurons a
/// layer, as orthogonal layers turn no word back to a new one. Throws for other widths.
DeepLinear orthogonal_cone(const std::vector<Index>& sizes, double scale, std::uint64_t seed);

/// The light cone of any weights: bases of the words by block Gram–Schmidt, at the price of 2(k + 1) products with each
/// inner layer. Words are dropped that add less than 1e-13 of their size to the others.
DeepLinear compress(const DeepLinear& whole, Index order);

/// Weights of the whole network from a compressed one that was trained: W_l(0) + V_l(W̃_l − W̃_l(0))V_{l−1}ᵀ. Throws for
/// weights that `compress` did not make.
DeepLinear expand(const DeepLinear& compressed);

/// The same network at another order. Throws for weights that are trained. The weights of a higher order begin with
/// those of a lower one.
DeepLinear at_order(const LightCone& cone, Index order);

/// The cone, whose order `train` raises until the end-to-end matrices of orders k and k + 1 agree at the
/// records to `tolerance`, relative to the largest ‖A(t)‖_F.
DeepLinear with_tolerance(const DeepLinear& cone, double tolerance);

}  // namespace linnet::networks
