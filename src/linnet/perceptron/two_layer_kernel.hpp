#pragma once

#include <vector>

#include "linnet/linalg/vectors.hpp"
#include "linnet/networks/perceptron.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet {

namespace two_layer {
struct Job;
}

/// Samples in the layout that TwoLayerKernel reads: the inputs by features and by samples, 16 d P bytes.
struct PackedSamples {
  Index samples = 0;
  linalg::AlignedNumbers columns;
  linalg::AlignedNumbers rows;
  linalg::AlignedNumbers targets;
};

/// Cost C = (h/P) Σ_i (f(x_i) − y_i)² and its gradients for a network of two layers and one output, f = Σ_k a_k
/// σ(w_k·x). It computes the same as Backpropagation, with its own loops instead of BLAS products. For 32 samples at a
/// time, the inputs of the neurons, the outputs and the gradients are computed while these samples are in the
/// first-level cache. ∂C/∂w_k = Σ_i g_ki x_i sums only over the samples whose g_ki is not 0, about half of them for
/// ReLU. That is 2 P d m operations for the outputs, and the same times the active fraction for the gradients. Two
/// adjacent neurons that cancel each other do so exactly.
class TwoLayerKernel {
 public:
  /// `factor` is h.
  TwoLayerKernel(const Perceptron& like, double factor, linalg::VectorUnit unit = linalg::vector_units().back());

  /// Whether such networks are supported, and faster here than with BLAS products: up to a measured size n_0 n_1
  /// (docs/performance.md, "ReLU networks").
  [[nodiscard]] static bool suits(const Perceptron& like, linalg::VectorUnit unit = linalg::vector_units().back());

  /// Allocates only if there are more samples than `packed` ever had.
  void pack(const Matrix& inputs, const Matrix& targets, PackedSamples& packed) const;

  /// C, and its gradients.
  double differentiate(const std::vector<Matrix>& weights, const PackedSamples& data, std::vector<Matrix>& gradients);
  /// C alone.
  double cost(const std::vector<Matrix>& weights, const PackedSamples& data);

  /// Sets the weights at which `product` takes the Hessian; keeps 8 P m bytes.
  void linearize(const std::vector<Matrix>& weights, const PackedSamples& data);
  /// The Hessian of C there times a direction, on the same samples (see Curvature); takes as long as a gradient.
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
  Vector outgoing_;  // W_2 at the weights of `linearize`
  linalg::AlignedNumbers kept_h_;
  linalg::AlignedNumbers kept_difference_;
};

}  // namespace linnet
