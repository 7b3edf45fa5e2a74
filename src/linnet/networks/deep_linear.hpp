#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

struct LightCone;

/// Explicit weights of a linear network of any depth L ≥ 1: A = W_L⋯W_1, W_l of n_l x n_{l−1}.
class DeepLinear {
 public:
  /// W_1 first. Throws for no layers, sizes that do not fit, a size of 0, an entry that is not finite.
  explicit DeepLinear(std::vector<Matrix> weights);
  DeepLinear(std::initializer_list<Matrix> weights) : DeepLinear(std::vector(weights)) {}
  /// Of two layers, A = W_2 W_1: w1 is w x n_0, w2 n_2 x w. Throws as the other, naming `network.w1` or `network.w2`.
  DeepLinear(Matrix w1, Matrix w2);

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] Index depth() const { return static_cast<Index>(weights_.size()); }  ///< L
  // Of two layers; these throw for any other depth.
  [[nodiscard]] const Matrix& w1() const { return layer_of_two(0); }
  [[nodiscard]] const Matrix& w2() const { return layer_of_two(1); }
  [[nodiscard]] Index width() const { return w1().rows(); }  ///< w
  [[nodiscard]] std::vector<Index> sizes() const;            ///< n_0, …, n_L
  [[nodiscard]] Shape shape() const { return {.outputs = weights_.back().rows(), .inputs = weights_.front().cols()}; }
  [[nodiscard]] Matrix end_to_end() const;  ///< A = W_L⋯W_1
  [[nodiscard]] double norm() const;        ///< |θ|, the root of the sum of all weights squared

  /// What these weights stand for, if they are the light cone of a wider network (networks/light_cone.hpp); else null.
  [[nodiscard]] const LightCone* cone() const { return cone_.get(); }
  [[nodiscard]] const std::shared_ptr<const LightCone>& shared_cone() const { return cone_; }
  [[nodiscard]] DeepLinear standing_for(std::shared_ptr<const LightCone> cone) &&;

 private:
  [[nodiscard]] const Matrix& layer_of_two(std::size_t l) const;

  std::vector<Matrix> weights_;
  std::shared_ptr<const LightCone> cone_ = nullptr;
};

/// The layers W_l/√η_l: they obey the flow of equal rates.
DeepLinear rescaled(const DeepLinear& network, const Layerwise& rates);

/// Whether Δ_1 below, w x w, is much larger than the two layers that it is made of.
bool is_wide(const DeepLinear& network);

/// The largest rank that A can take on its way: the least, over the hidden layers, of the rank up to rounding of
/// [W_l, W_{l+1}ᵀ]. Training keeps these spans, and so does a bottleneck of so many neurons.
struct KeptRank {
  Index rank = 0;
  Index neurons = 0;   ///< of that layer
  bool exact = false;  ///< its other neurons are 0 and stay so; else rounding leaves the span
};

/// None of one layer.
std::optional<KeptRank> kept_rank(const DeepLinear& network);

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
