#pragma once

#include "linnet/networks/preconditioner.hpp"

namespace linnet::landscape {

/// The ends of the spectrum of M, both >= 0.
struct PreconditionerRange {
  double smallest = 0;  ///< 0 where it is below the error
  double largest = 0;
  [[nodiscard]] double condition() const;  ///< largest over smallest; inf when the smallest is 0
};

/// Options of `preconditioner_range`.
struct PreconditionerSearch {
  double tolerance = 1e-6;  ///< of Lanczos: residual over the largest eigenvalue, a bound on the error
  Index max_restarts = 2000;
  Index dense_below = 1000;  ///< M of fewer unknowns n_0n_L is formed and diagonalized
};

/// The rates of the fastest and slowest directions of A. For up to two layers and for fewer than `dense_below` unknowns
/// all eigenvalues are computed, with an absolute error of rounding times n_0n_L times the largest. For more, Lanczos's
/// method (Spectra) uses M as an operator, at 2L products of the end-to-end size for each application. Its absolute
/// error is `tolerance` times the largest eigenvalue, and a smallest eigenvalue below this error is reported as 0,
/// because the small eigenvalues of deep networks are dense and converge slowly. Throws a numerical Error if this does
/// not converge either.
PreconditionerRange preconditioner_range(const Preconditioner& m, const PreconditionerSearch& options = {});

}  // namespace linnet::landscape
