#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// The first factor of diag(e^ℓ) rows = 𝒬𝓡, its columns in an order of their own: orthonormal columns, accurate row by
/// row. The weights e^ℓ may differ by factors far beyond the range of floating point; the columns must be independent
/// (an identity among the rows sees to it). Householder reflections with rows sorted by size and columns pivoted (Cox
/// and Higham 1998), every row with its own exponent; in blocks, at about twice the cost of a QR factorization.
Matrix graded_qr_factor(Matrix rows, const Vector& log_weights);

/// A factor Q with QQᵀ = g for a symmetric positive semidefinite g: Cholesky with diagonal pivoting, in the order of
/// the rows of g, one column a pivot. Errors are relative to √(g_ii g_jj), so that small blocks keep their digits. A
/// pivot below `tolerance` times its diagonal entry counts as zero: the number of columns is the rank. Throws a
/// numerical Error when g has a clearly negative pivot.
Matrix semidefinite_factor(Matrix g, double tolerance);

}  // namespace linnet::linalg
