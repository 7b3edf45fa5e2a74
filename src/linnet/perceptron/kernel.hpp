#pragma once

#include "linnet/networks/layerwise.hpp"
#include "linnet/networks/perceptron.hpp"

namespace linnet {

/// The neural tangent kernel of two sets of samples, ∂f(x)/∂θ · ∂f(x')/∂θ with layer l weighted by its rate η_l:
///
///     K_{(o,i),(o',j)} = Σ_l η_l (b_{l,o}(x_i)ᵀ b_{l,o'}(x'_j)) (s_{l−1}(x_i)ᵀ s_{l−1}(x'_j)),   b_{l,o} = ∂f_o/∂h_l,
///
/// It is (n_L P) x (n_L P'), the outputs of a sample adjacent. It is computed by products of P x n_l with n_l x P'; the
/// gradients of all samples, P x parameters, are never formed.
Matrix neural_tangent_kernel(const Perceptron& network, const Matrix& inputs, const Matrix& others,
                             const Layerwise& rates = 1.0);

/// The trace of the kernel over outputs, on one set of samples: Σ_o K_{(o,i),(o,j)}, P x P.
Matrix traced_kernel(const Perceptron& network, const Matrix& inputs, const Layerwise& rates = 1.0);

/// 1 − ⟨K, K'⟩_F / (‖K‖_F ‖K'‖_F), in [0, 1]; 1 if one of the kernels is 0, and 0 if both are.
double kernel_distance(const Matrix& a, const Matrix& b);

/// The same for the traced kernels of two networks on these inputs, n_0 x P.
double kernel_distance(const Perceptron& a, const Perceptron& b, const Matrix& inputs, const Layerwise& rates = 1.0);

}  // namespace linnet
