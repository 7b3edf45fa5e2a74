#pragma once

#include <vector>

#include "linnet/linalg/vectors.hpp"
#include "linnet/networks/perceptron.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

namespace two_layer {
struct Job;
}

/// Samples as TwoLayerKernel reads them: the inputs by features and by samples, 16 d P bytes.
struct PackedSamples {
  Index samples = 0;
  linalg::AlignedNumbers columns;
  linalg::AlignedNumbers rows;
  linalg::AlignedNumbers targets;
};

/// Cost C = (h/P) Σ_i (f(x_i) − y_i)² and its gradients of a network of two layers and one output, f = Σ_k a_k
/// σ(w_k·x): what Backpropagation computes by products of BLAS, in loops of our own. Of 32 samples, what the neurons
/// receive, the head and the gradients are computed while they are in the first cache; ∂C/∂w_k = Σ_i g_ki x_i sums over
/// the samples whose g_ki is not 0 alone, of ReLU one half. 2 P d m flops and as many again for the part that is
/// active. Two neurons side by side that cancel one another do so exactly.
class TwoLayerKernel {
 public:
  /// `factor` is h.
  TwoLayerKernel(const Perceptron& like, double factor, linalg::VectorUnit unit = linalg::vector_units().back());

  /// Whether it is made for such networks, and faster than products of BLAS: up to sizes n_0 n_1 that were measured
  /// (docs/performance.md, "ReLU networks").
  [[nodiscard]] static bool suits(const Perceptron& like, linalg::VectorUnit unit = linalg::vector_units().back());

  /// Allocates only for more samples than `packed` ever held.
  void pack(const Matrix& inputs, const Matrix& targets, PackedSamples& packed) const;

  /// C, and its gradients.
  double differentiate(const std::vector<Matrix>& weights, const PackedSamples& data, std::vector<Matrix>& gradients);
  /// C alone.
  double cost(const std::vector<Matrix>& weights, const PackedSamples& data);

  /// Takes the weights that `product` is at; keeps 8 P m bytes.
  void linearize(const std::vector<Matrix>& weights, const PackedSamples& data);
  /// The Hessian of C there times a direction, on the same samples (see Curvature); costs a gradient.
  void product(const std::vector<Matrix>& direction, const PackedSamples& data, std::vector<Matrix>& product);

 private:
  [[nodiscard]] two_layer::Job job(const Matrix& incoming, const double* outgoing, const PackedSamples& data);
  void start_sums();
  void finish_sums(double scale, std::vector<Matrix>& gradients) const;

  HiddenUnit neuron_;
  double factor_;
  linalg::VectorUnit unit_;
  Index inputs_;
  Index neurons_;
  linalg::AlignedNumbers incoming_;
  linalg::AlignedNumbers h_;
  linalg::AlignedNumbers incoming_sums_;
  linalg::AlignedNumbers outgoing_sums_;
  Vector outgoing_;  // where it was linearized
  linalg::AlignedNumbers kept_h_;
  linalg::AlignedNumbers kept_difference_;
};

}  // namespace linnet
