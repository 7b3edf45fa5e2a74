#pragma once

#include <optional>

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// The first factor of diag(e^ℓ) rows = 𝒬𝓡, with its columns in pivoted order: orthonormal columns, accurate row by
/// row. The weights e^ℓ may differ by factors far beyond the range of floating point. The columns must be independent,
/// as they are with an identity among the rows. Householder reflections with rows sorted by size and columns pivoted
/// (Cox and Higham 1998), and an exponent for every row; in blocks, at about twice the cost of a QR factorization.
Matrix graded_qr_factor(Matrix rows, const Vector& log_weights);

/// A factor Q with QQᵀ = g for a symmetric positive semidefinite g: Cholesky with diagonal pivoting, in the order of
/// the rows of g, one column a pivot. Errors are relative to √(g_ii g_jj), so that small blocks keep their digits. A
/// pivot below `tolerance` times its diagonal entry counts as zero: the number of columns is the rank. Throws a
/// numerical Error when g has a clearly negative pivot.
Matrix semidefinite_factor(Matrix g, double tolerance);

/// The same factor if it has fewer columns than g; none if g has full rank, or is clearly not semidefinite.
std::optional<Matrix> low_rank_factor(const Matrix& g, double tolerance);

/// The rank of a up to rounding, with rows or columns scaled to length 1, so that one far smaller than the others
/// counts too.
Index graded_rank(const Matrix& a);

/// q𝒬 with orthogonal 𝒬, with as many columns as the rank of q, so that qqᵀ is the same and every row keeps its digits;
/// q itself where it has no more columns than that.
Matrix independent_columns(Matrix q);

}  // namespace linnet::linalg
