#pragma once

#include <optional>
#include <vector>

#include "linnet/networks/perceptron.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Products with the Hessian of the cost, exact wherever no sample lies on a kink: with V a direction of the weights
/// and ∂ the derivative along it,
///
///     ∂h_l = V_l s_{l−1} + W_l ∂s_{l−1},  ∂s_l = σ'(h_l) ∂h_l,  ∂g_L = (2h/P) ∂f,
///     ∂g_l = (V_{l+1}ᵀ g_{l+1} + W_{l+1}ᵀ ∂g_{l+1}) ∘ σ'(h_l) + W_{l+1}ᵀ g_{l+1} ∘ σ''(h_l) ∘ ∂h_l,
///     (H V)_l = ∂g_l s_{l−1}ᵀ + g_l ∂s_{l−1}ᵀ:
///
/// the Gauss–Newton part, of ∂g_L, and that of the residual, g_L. Costs about two gradients; one with two layers and
/// one output, whose head is one pass over each sample's column, or which TwoLayerKernel computes where that suits.
class Curvature {
 public:
  /// The samples must outlive it. `factor` is h of C = (h/P) Σ|f − y|².
  Curvature(const Perceptron& like, const Backpropagation::Prepared& data, double factor = Normalisation().factor());
  Curvature(const Perceptron& like, const std::vector<Samples>& blocks, double factor = Normalisation().factor());

  /// Take the weights.
  void linearize(const std::vector<Matrix>& weights);
  /// H V; the result lives until the next call.
  const std::vector<Matrix>& product(const std::vector<Matrix>& direction);

 private:
  /// What is kept of a block: h and s of the hidden layers, their derivatives, g of all layers.
  struct Kept {
    std::vector<Matrix> h;
    std::vector<Matrix> s;
    std::vector<Matrix> g;
    std::vector<Matrix> dh;
    std::vector<Matrix> ds;
    Matrix dg;
    Matrix below;
    Vector column;
  };

  void linearize(const Samples& block, Kept& at);
  void add(const std::vector<Matrix>& v, const Samples& block, Kept& at);
  void fused_head(const Matrix& v, Kept& at);
  void head(const std::vector<Matrix>& v, const Matrix& inputs, Kept& at);

  HiddenUnit neuron_;
  const std::vector<Samples>* blocks_;
  bool fused_;
  double scale_;  // 2h/P
  std::vector<Matrix> weights_;
  std::vector<Matrix> product_;
  std::vector<Kept> kept_;
  const PackedSamples* packed_ = nullptr;
  std::optional<TwoLayerKernel> kernel_;  // of packed samples
};

}  // namespace linnet
