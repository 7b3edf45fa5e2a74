#pragma once

#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

/// e(AAᵀ)R + R e(AᵀA) with e(s²) = (κ² + s²)^{½} − κ, R of the shape of A: the part beyond κ of the product of
/// representations and gradient in the self-consistent dynamics (docs/theory.md, "Self-consistent dynamics"). κ ≥ 0.
///
/// Without singular vectors: A is brought to bidiagonal form, where a sum of resolvents, each a tridiagonal system, is
/// e to the last digits (docs/theory.md, "Roots without singular vectors"), up to ‖A‖ = 10⁷ κ and by singular vectors
/// beyond. At n = 200 the time of 6 products of matrices of A's size with AVX-512 and of 9 with AVX2, where singular
/// vectors and the products with them take 18. The error is that of rounding, relative to e(‖A‖²)‖R‖. Throws a
/// numerical Error when A holds a non-finite number.
Matrix root_excess(const Matrix& a, double kappa, const Matrix& r, VectorUnit use = vector_units().back());

}  // namespace linnet::linalg
