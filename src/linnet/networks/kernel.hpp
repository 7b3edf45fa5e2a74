#pragma once

#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/gram_state.hpp"
#include "linnet/networks/layerwise.hpp"

namespace linnet {

// The neural tangent kernel of two layers (docs/theory.md, "Kernel and spectrum"): K(x, x') = η_1 C_2 (xᵀx') +
// η_2 I (xᵀC_1x'). Over whitened inputs it closes on the Gram state, so that no n_0n_2-sized matrix is formed.

/// Throws, naming the field "network", unless their kernels are of one size.
void require_one_shape(Shape a, Shape b);

/// 1 − ⟨K, K'⟩/(‖K‖‖K'‖), in [0, 1]: 1 where one of the kernels is 0, and 0 where both are.
double kernel_distance(double product, double first_norm, double second_norm);

/// What has the kernel that moves A at these rates: each layer's share times its rate η_l.
DeepLinearized at_rates(const DeepLinearized& network, const Layerwise& rates);

/// The same over whitened inputs, of the kernels at these rates. Throws unless both networks have one shape.
double kernel_distance(const GramState& a, const GramState& b, PerLayer rates = 1.0);

/// K over the rows of `inputs` (P x n_0), Pn_2 square, at these rates: row p n_2 + i is output i at sample p.
Matrix neural_tangent_kernel(const GramState& g, const Matrix& inputs, PerLayer rates = 1.0);

/// The same of any depth, Σ_l K_l^out (xᵀK_l^in x').
Matrix neural_tangent_kernel(const DeepLinearized& network, const Matrix& inputs);

}  // namespace linnet
