#pragma once

#include "linnet/landscape/point.hpp"

namespace linnet::landscape {

/// Options of the eigenvalue searches.
struct Lanczos {
  double tolerance = 1e-10;   ///< of an eigenvalue, relative to the largest absolute value
  Index max_restarts = 1000;  ///< of the implicitly restarted iteration
  Index dense_up_to = 1000;   ///< up to this number of unknowns the Hessian is formed and diagonalized
};

/// Eigenvalues of the Hessian, with eigenvectors as columns ordered as θ.
struct Extremes {
  Vector smallest;  ///< the k smallest, rising
  Matrix smallest_vectors;
  Vector largest;  ///< the k largest, falling
  Matrix largest_vectors;
  bool dense = false;  ///< whether all eigenvalues were computed
};

/// The k smallest and k largest eigenvalues of the Hessian at the point, with multiplicity. For few unknowns, or fewer
/// than 8k, they come from the whole spectrum. Otherwise from Lanczos's method with a fixed random start (Spectra). A
/// Krylov space contains only one vector of an eigenspace, so that the vectors found are shifted away and the rest is
/// searched until nothing is left below (above) the k-th. Throws for k outside 1 … unknowns, and a numerical Error when
/// Lanczos does not converge, as near a minimum with many eigenvalues that are almost 0.
Extremes extreme_eigenvalues(Point& point, Index k, const Lanczos& options = {});

/// Both ends of the Hessian's spectrum: `extreme_eigenvalues` without vectors.
struct HessianRange {
  double smallest = 0;
  double largest = 0;
};

HessianRange hessian_range(Point& point, const Lanczos& options = {});

/// Options of `hessian_index`.
struct IndexSearch {
  double tolerance = 1e-8;    ///< an eigenvalue counts as negative below −tolerance times the largest in size
  Index factor_up_to = 6000;  ///< unknowns up to which the Hessian is formed and factored: its index is then exact
  Index limit = 64;           ///< beyond: stop once so many negative eigenvalues are found
  Lanczos lanczos = {};
};

/// The index of the Hessian: the number of descent directions of a critical point.
struct HessianIndex {
  Index negative = 0;  ///< the number of negative eigenvalues, with multiplicity
  bool exact = true;   ///< false: a lower bound, because the search reached its limit or did not converge
};

/// For few unknowns from all eigenvalues; for more from an LDLᵀ factorization, by Sylvester's law of inertia; for even
/// more by Lanczos's method. The first two are exact: 6000 unknowns take about 2 s and 0.3 gigabytes.
HessianIndex hessian_index(Point& point, const IndexSearch& options = {});

/// The whole Hessian, unknowns square: unknowns() products.
Matrix dense_hessian(Point& point);

}  // namespace linnet::landscape
