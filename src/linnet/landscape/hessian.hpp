#pragma once

#include "linnet/landscape/point.hpp"

namespace linnet::landscape {

struct Lanczos {
  double tolerance = 1e-10;   ///< of an eigenvalue, over the largest in size
  Index max_restarts = 1000;  ///< of the implicitly restarted iteration
  Index dense_below = 200;    ///< the Hessian of fewer unknowns is formed and diagonalized
};

/// Eigenvalues of the Hessian with vectors in columns, as θ.
struct Extremes {
  Vector smallest;  ///< the k smallest, rising
  Matrix smallest_vectors;
  Vector largest;  ///< the k largest, falling
  Matrix largest_vectors;
  bool dense = false;  ///< whether found from all of them
};

/// The k smallest and k largest eigenvalues of the Hessian at the point, repeated as often as they occur: a Krylov
/// space holds one vector of an eigenspace, so what was found is shifted away and the rest searched until nothing is
/// left below (above) the k-th. By Lanczos from a fixed random start (Spectra), and densely when there are few unknowns
/// or 4k exceeds a half of them. Throws for k outside 1 … unknowns, and a numerical Error when Lanczos does not
/// converge.
Extremes extreme_eigenvalues(Point& point, Index k, const Lanczos& options = {});

struct IndexSearch {
  double tolerance = 1e-8;  ///< an eigenvalue counts as negative below −tolerance times the largest in size
  Index limit = 64;         ///< without all eigenvalues at hand: stop once so many negative ones are found
  Lanczos lanczos = {};
};

struct HessianIndex {
  Index negative = 0;   ///< the number of negative eigenvalues, with multiplicity
  bool exact = true;    ///< false: at least so many, the search stopped at its limit
  double smallest = 0;  ///< the smallest eigenvalue
};

/// The index of the Hessian: how many directions of descent a critical point has.
HessianIndex hessian_index(Point& point, const IndexSearch& options = {});

/// The whole Hessian, unknowns square: unknowns() products.
Matrix dense_hessian(Point& point);

}  // namespace linnet::landscape
