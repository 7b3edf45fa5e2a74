#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet::linalg {

/// The check that every decomposition makes first: throws a numerical Error if an entry is not finite.
void require_finite_entries(const Matrix& a);

/// a = u diag(s) v^T, thin: u is rows x k, v is cols x k, k = min(rows, cols); s falls and is >= 0.
struct Svd {
  Matrix u;
  Vector s;
  Matrix v;
};

/// Divide and conquer (LAPACK's dgesdd on native builds), about 22 n^3 flops for a square matrix.
/// Throws a numerical Error if `a` has a non-finite number or the iteration does not converge.
Svd svd(const Matrix& a);

/// The same with u and v square: the singular vectors first, then an orthonormal basis of their complement.
Svd full_svd(const Matrix& a);

/// The singular values alone, falling; about a fifth of the cost of `svd` on native builds (LAPACK's dlasq1 of the
/// bidiagonal form).
Vector singular_values(const Matrix& a);

/// ‖a‖_op, the largest singular value.
double operator_norm(const Matrix& a);

/// u vᵀ of a = u diag(s) vᵀ, the polar factor, of the rank of `a`: singular values within rounding of the largest,
/// max(rows, cols) × 1.4e-14 of it, count as 0. One SVD and one product.
Matrix polar_factor(const Matrix& a);

/// a = vectors diag(values) vectors^T, values rising; `a` symmetric (its lower triangle is read).
struct SymmetricEigen {
  Vector values;
  Matrix vectors;
};

/// LAPACK's dsyevd on native builds, O(n³). Throws a numerical Error when `a` has a non-finite number.
SymmetricEigen symmetric_eigen(const Matrix& a);

/// The eigenvalues alone, rising; about a third of the cost.
Vector symmetric_eigenvalues(const Matrix& a);

/// How many eigenvalues of a symmetric `a` (its lower triangle is read) are negative, up to rounding of ‖a‖: by
/// Sylvester's law of inertia from its LDLᵀ factorization (LAPACK's dsytrf on native builds), n³/3 flops.
Index negative_eigenvalues(Matrix a);

/// The first factor of a = 𝒬𝓡 by Householder reflections, rows x cols with orthonormal columns; rows >= cols.
Matrix qr_factor(Matrix a);

/// R, upper triangular, of a = RᵀR; `a` symmetric (its upper triangle is read). Relative to √(a_ii a_jj) the backward
/// error is that of rounding. Throws a numerical Error when `a` is not positive definite.
Matrix cholesky(Matrix a);

/// b ← b R^{-1}, R upper triangular.
void divide(Matrix& b, const Matrix& r);

/// The first columns of H_1H_2⋯, H_k = I − factors_k uuᵀ, as many as there are reflections: u is column k from the
/// diagonal on, where it is 1.
Matrix reflections(Matrix reflectors, const Vector& factors);

}  // namespace linnet::linalg
