#pragma once

#include "linnet/networks/deep_limits.hpp"
#include "linnet/networks/gram_state.hpp"

namespace linnet {

// The neural tangent kernel of two layers (docs/theory.md, "Kernel and spectrum"): K(x, x') = C_2 (xᵀx') + I (xᵀC_1x').
// Over whitened inputs it is C_2 ⊗ I + I ⊗ C_1 and closes on the Gram state, so that no n_0n_2-sized matrix is formed.

/// Throws, naming the field "network", unless their kernels are of one size.
void require_one_shape(Shape a, Shape b);

/// 1 − ⟨K, K'⟩/(‖K‖‖K'‖), in [0, 1]: 1 where one of the kernels is 0, and 0 where both are.
double kernel_distance(double product, double first_norm, double second_norm);

/// The same over whitened inputs. Throws unless both networks have one shape.
double kernel_distance(const GramState& a, const GramState& b);

/// K over the rows of `inputs` (P x n_0), Pn_2 square: row p n_2 + i is output i at sample p.
Matrix neural_tangent_kernel(const GramState& g, const Matrix& inputs);

/// The same of any depth, Σ_l K_l^out (xᵀK_l^in x').
Matrix neural_tangent_kernel(const DeepLinearized& network, const Matrix& inputs);

}  // namespace linnet
