#pragma once

#include <optional>
#include <vector>

#include "linnet/networks/perceptron.hpp"
#include "linnet/perceptron/two_layer_kernel.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

/// Samples in blocks of columns of nearly equal size, so that the intermediate results of a block stay in cache.
std::vector<Samples> in_blocks(const Samples& samples);

/// Cost C = (h/P) Σ_i |f(x_i) − y_i|², h = ½ or 1 (see Normalisation), or the mean of another loss (Objective), and
/// gradients ∂C/∂W_l of a perceptron on samples, block by block:
///
///     h_l = W_l s_{l−1},  s_l = σ(h_l),  g_L = (2h/P)(f − y),  g_l = W_{l+1}ᵀ g_{l+1} ∘ σ'(h_l),  ∂C/∂W_l = g_l
///     s_{l−1}ᵀ.
///
/// With one output and squares, σ of the last hidden layer, the output, the residual and g_{L−1} are computed in one
/// pass over each sample's column while the column is in the first-level cache; g_{L−1} replaces h_{L−1}. Two layers
/// then take two matrix products, 4 P n_0 n_1 operations, or TwoLayerKernel where it is faster and the samples are
/// prepared or a minibatch. Buffers are allocated at the first block of each size.
class Backpropagation {
 public:
  /// Samples that are used repeatedly: packed for TwoLayerKernel where it is faster, else in blocks.
  struct Prepared {
    std::vector<Samples> blocks;
    std::optional<PackedSamples> packed = std::nullopt;
  };

  explicit Backpropagation(const Perceptron& like, Objective objective = {});

  [[nodiscard]] Prepared prepare(const Samples& samples) const;

  /// C over all samples, and its gradients.
  double differentiate(const std::vector<Matrix>& weights, const Prepared& data);
  double differentiate(const std::vector<Matrix>& weights, const std::vector<Samples>& blocks);
  /// The same of one minibatch.
  double differentiate(const std::vector<Matrix>& weights, const Samples& batch);
  [[nodiscard]] const std::vector<Matrix>& gradients() const { return gradients_; }  ///< ∂C/∂W_l

  /// C alone.
  double cost(const std::vector<Matrix>& weights, const Prepared& data);
  double cost(const std::vector<Matrix>& weights, const std::vector<Samples>& blocks);

 private:
  /// The buffers for a block of a given number of samples: h and s of each hidden layer, g of all layers.
  struct Workspace {
    Index samples = 0;
    std::vector<Matrix> h;
    std::vector<Matrix> s;
    std::vector<Matrix> g;
    Matrix difference;
  };

  Workspace& workspace(Index samples);
  /// h and s of the hidden layers; with `whole`, s of the last hidden layer too.
  void forward(const std::vector<Matrix>& weights, const Matrix& inputs, Workspace& at, bool whole);
  /// Adds the block's part of the gradients; returns Σ|f − y|², or that of the losses. `scale` is 2h/P or h/P.
  double accumulate(const std::vector<Matrix>& weights, const Samples& block, double scale);
  /// Σ|f − y|², or that of the losses, of outputs that become their derivatives but for the factor `scale`.
  [[nodiscard]] double differentiate_outputs(const Samples& block, Matrix& outputs) const;
  double head(const Matrix& last, const Matrix& targets, double scale, Workspace& at);

  std::vector<Index> sizes_;
  HiddenUnit neuron_;
  Objective objective_;
  bool fused_;
  std::vector<Matrix> gradients_;
  std::vector<Workspace> workspaces_;
  Vector column_;
  std::optional<TwoLayerKernel> kernel_;
  PackedSamples batch_;
};

}  // namespace linnet
