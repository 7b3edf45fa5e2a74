#pragma once

#include <optional>
#include <vector>

#include "linnet/networks/perceptron.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Products with the Hessian of the cost, exact unless a sample is on a kink. With V a direction of the weights and ∂
/// the derivative along V,
///
///     ∂h_l = V_l s_{l−1} + W_l ∂s_{l−1},  ∂s_l = σ'(h_l) ∂h_l,  ∂g_L = (2h/P) ∂f,
///     ∂g_l = (V_{l+1}ᵀ g_{l+1} + W_{l+1}ᵀ ∂g_{l+1}) ∘ σ'(h_l) + W_{l+1}ᵀ g_{l+1} ∘ σ''(h_l) ∘ ∂h_l,
///     (H V)_l = ∂g_l s_{l−1}ᵀ + g_l ∂s_{l−1}ᵀ.
///
/// or the loss's own second derivative for (2h/P) ∂f. The term of ∂g_L is the Gauss–Newton part, the terms of g_L are
/// the part of the residual. A product takes as long as two gradients, or as one in a network of two layers and one
/// output: there the head is one pass over each sample's column, or TwoLayerKernel computes everything where it is
/// faster.
class Curvature {
 public:
  /// The samples must outlive it.
  Curvature(const Perceptron& like, const Backpropagation::Prepared& data, const Objective& objective = {});
  Curvature(const Perceptron& like, const std::vector<Samples>& blocks, Objective objective = {});

  /// Sets the weights at which the Hessian is taken.
  void linearize(const std::vector<Matrix>& weights);
  /// H V; the result is valid until the next call.
  const std::vector<Matrix>& product(const std::vector<Matrix>& direction);

 private:
  /// What is kept of a block: h and s of the hidden layers, their derivatives, and g of all layers.
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
  void head(const std::vector<Matrix>& v, const Samples& block, Kept& at);

  HiddenUnit neuron_;
  const std::vector<Samples>* blocks_;
  bool fused_;
  std::shared_ptr<const Loss> loss_;  // null for squares
  double scale_;                      // 2h/P, or h/P of another loss
  std::vector<Matrix> weights_;
  std::vector<Matrix> product_;
  std::vector<Kept> kept_;
  const PackedSamples* packed_ = nullptr;
  std::optional<TwoLayerKernel> kernel_;  // of packed samples
};

}  // namespace linnet
