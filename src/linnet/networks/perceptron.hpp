#pragma once

#include <vector>

#include "linnet/linalg/matrix.hpp"
#include "linnet/networks/activation.hpp"

namespace linnet {

/// A fully connected network without biases, f(x) = W_L σ(W_{L−1} ⋯ σ(W_1 x)), W_l of n_l x n_{l−1}, L ≥ 1. Of one
/// layer it is the linear map W_1.
class Perceptron {
 public:
  /// W_1 first. Throws for no layers, sizes that do not fit, an entry or a slope that is not finite, a slope of
  /// quadratic neurons.
  explicit Perceptron(std::vector<Matrix> weights, HiddenUnit neuron = {});

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] const HiddenUnit& neuron() const { return neuron_; }
  [[nodiscard]] Activation activation() const { return neuron_.activation; }
  [[nodiscard]] double slope() const { return neuron_.slope; }

  [[nodiscard]] Index depth() const { return static_cast<Index>(weights_.size()); }  ///< L
  [[nodiscard]] Index inputs() const { return weights_.front().cols(); }             ///< n_0
  [[nodiscard]] Index outputs() const { return weights_.back().rows(); }             ///< n_L
  [[nodiscard]] std::vector<Index> sizes() const;                                    ///< n_0, …, n_L
  [[nodiscard]] std::vector<Index> widths() const;                                   ///< n_1, …, n_{L−1}
  [[nodiscard]] Shape shape() const { return {.outputs = outputs(), .inputs = inputs()}; }
  [[nodiscard]] Index parameters() const;  ///< number of weights
  [[nodiscard]] double norm() const;       ///< |θ|, the root of the sum of all weights squared

  /// f of each column: n_L x P from n_0 x P. Of one output, neurons side by side whose contributions cancel do so to
  /// the last bit. Throws when the rows are not n_0.
  [[nodiscard]] Matrix at(const Matrix& inputs) const;

  /// What each layer's neurons receive, h_l = W_l σ(h_{l−1}), n_l x P, l = 1 … L; the last is f.
  [[nodiscard]] std::vector<Matrix> preactivations(const Matrix& inputs) const;

 private:
  std::vector<Matrix> weights_;
  HiddenUnit neuron_;
};

/// σ of every entry.
Matrix activated(const Matrix& h, const HiddenUnit& neuron);

/// |θ − θ'|. Throws when the sizes differ.
double parameter_distance(const Perceptron& a, const Perceptron& b);

/// What gradient flow with rates η_l conserves, for each hidden layer l = 1 … L − 1 a number for each of its neurons k:
/// with column k of W_{l+1} going out of it and row k of W_l coming in,
///
///     δ_k = q η_l |W_{l+1,·k}|² − η_{l+1} |W_{l,k·}|²,   q = 1 (ReLU, leaky ReLU), 2 (quadratic),
///
/// as σ is homogeneous of degree q. Two layers with one output: δ_k = q η_w a_k² − η_a |w_k|².
std::vector<Vector> neuron_balances(const Perceptron& network, const std::vector<double>& rates);

}  // namespace linnet
