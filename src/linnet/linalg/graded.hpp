#pragma once

#include <optional>

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

/// The same where that is fewer columns than g has; none for a g of full rank, or one that is clearly not semidefinite.
std::optional<Matrix> low_rank_factor(const Matrix& g, double tolerance);

/// The rank of a up to rounding, where rows, or columns, count by their directions alone, so that one far smaller than
/// the others counts too.
Index graded_rank(const Matrix& a);

/// q𝒬 with orthogonal 𝒬, of as many columns as q has rows of independent directions, so that qqᵀ is the same and every
/// row keeps its digits; q itself where it has no more.
Matrix independent_columns(Matrix q);

}  // namespace linnet::linalg
