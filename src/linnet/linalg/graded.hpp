#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// The first factor of diag(e^ℓ) rows = 𝒬𝓡: orthonormal columns, accurate row by row. The weights e^ℓ may differ by
/// factors far beyond the range of floating point; the columns must be independent (an identity among the rows sees
/// to it). Householder reflections on rows sorted by size (Cox and Higham 1998); where the weights span more than
/// e^600, with rows and columns pivoted and every row kept with its own exponent, at four times the cost.
Matrix graded_qr_factor(const Matrix& rows, const Vector& log_weights);

/// A factor Q with QQᵀ = g for a symmetric positive semidefinite g: Cholesky with diagonal pivoting, in the order of
/// the rows of g, one column a pivot. Errors are relative to √(g_ii g_jj), so that small blocks keep their digits. A
/// pivot below `tolerance` times its diagonal entry counts as zero: the number of columns is the rank. Throws a
/// numerical Error when g has a clearly negative pivot.
Matrix semidefinite_factor(Matrix g, double tolerance);

}  // namespace linnet::linalg
