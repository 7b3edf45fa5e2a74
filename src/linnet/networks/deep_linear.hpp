#pragma once

#include <concepts>
#include <vector>

#include "linnet/networks/layerwise.hpp"
#include "linnet/networks/weights.hpp"

namespace linnet {

/// Explicit weights of a linear network of any depth L ≥ 1: A = W_L⋯W_1, W_l of n_l x n_{l−1}.
class DeepLinear {
 public:
  /// W_1 first. Throws for no layers, sizes that do not fit, a size of 0, an entry that is not finite.
  explicit DeepLinear(std::vector<Matrix> weights);
  /// Of two layers; a template, so that {w1, w2} is a list of layers and nothing else.
  template <std::same_as<Weights> Two>
  DeepLinear(const Two& two) : DeepLinear(std::vector{two.w1(), two.w2()}) {}  // NOLINT: two layers are layers

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] Index depth() const { return static_cast<Index>(weights_.size()); }  ///< L
  [[nodiscard]] std::vector<Index> sizes() const;                                    ///< n_0, …, n_L
  [[nodiscard]] Shape shape() const { return {.outputs = weights_.back().rows(), .inputs = weights_.front().cols()}; }
  [[nodiscard]] Matrix end_to_end() const;  ///< A = W_L⋯W_1
  [[nodiscard]] double norm() const;        ///< |θ|, the root of the sum of all weights squared

 private:
  std::vector<Matrix> weights_;
};

/// |θ − θ'|. Throws when the sizes differ.
double parameter_distance(const DeepLinear& a, const DeepLinear& b);

/// ∂C/∂W_l = (W_L⋯W_{l+1})ᵀ R (W_{l−1}⋯W_1)ᵀ of every layer, with R = ∇C(A).
std::vector<Matrix> parameter_gradients(const DeepLinear& network, const Matrix& gradient);

/// Δ_l = W_{l+1}ᵀW_{l+1}/η_{l+1} − W_lW_lᵀ/η_l for l = 1 … L − 1, what gradient flow with rates η_l conserves.
std::vector<Matrix> imbalances(const DeepLinear& network, const Layerwise& rates);

/// (Σ_l |Δ_l − Δ'_l|²)^{½}, the distance between two sets of imbalances.
double imbalance_distance(const DeepLinear& a, const DeepLinear& b, const Layerwise& rates);

/// Σ_l |W_l|²/η_l, the size with which Δ_l, a difference of its terms, is compared.
double rescaled_size(const DeepLinear& network, const Layerwise& rates);

}  // namespace linnet
