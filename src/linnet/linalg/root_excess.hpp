#pragma once

#include "linnet/linalg/matrix.hpp"
#include "linnet/linalg/vectors.hpp"

namespace linnet::linalg {

/// e(AAᵀ)R + R e(AᵀA) with e(s²) = (κ² + s²)^{½} − κ, and R of the shape of A. In the self-consistent dynamics the
/// product of representations and gradient is this matrix plus a multiple of R (docs/theory.md, "Self-consistent
/// dynamics"). κ ≥ 0.
///
/// Computed without singular vectors: A is reduced to bidiagonal form, where e is a sum of resolvents, each a
/// tridiagonal system, to the last digits (docs/theory.md, "Roots without singular vectors"). Singular vectors are used
/// only for ‖A‖ > 10⁷ κ. At n = 200 this takes the time of 6 products of matrices of the size of A with AVX-512 and of
/// 9 with AVX2; singular vectors and the products with them take 18. The error is that of rounding, relative to
/// e(‖A‖²)‖R‖. Throws a numerical Error if A has a non-finite number.
Matrix root_excess(const Matrix& a, double kappa, const Matrix& r, VectorUnit use = vector_units().back());

}  // namespace linnet::linalg
