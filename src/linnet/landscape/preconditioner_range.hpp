#pragma once

#include "linnet/landscape/hessian.hpp"
#include "linnet/networks/preconditioner.hpp"

namespace linnet::landscape {

/// The ends of the spectrum of M, both >= 0.
struct PreconditionerRange {
  double smallest = 0;  ///< 0 where it is below the error
  double largest = 0;
  [[nodiscard]] double condition() const;  ///< largest over smallest; inf when the smallest is 0
};

/// How fast the fastest and slowest directions of A answer the cost. All eigenvalues are computed for up to two layers
/// and for fewer than `dense_below` unknowns n_0n_L: absolute error of rounding times n_0n_L times the largest. Beyond,
/// by Lanczos (Spectra) with M as an operator, 2L products of the end-to-end size each time: absolute error `tolerance`
/// times the largest. Throws a numerical Error when that does not converge.
PreconditionerRange preconditioner_range(const Preconditioner& m, const Lanczos& options = {});

}  // namespace linnet::landscape
