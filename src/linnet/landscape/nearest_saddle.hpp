#pragma once

#include <vector>

#include "linnet/landscape/nearest_minimum.hpp"

namespace linnet::landscape {

/// A critical point above the minimum.
struct SaddleDistance {
  double upper = 0;          ///< |θ^s − θ_0|; no proof that there is none nearer, unless exact
  DeepLinear point;          ///< θ^s
  double gradient_norm = 0;  ///< ‖∂C/∂θ‖ there
  Index rank = 0;            ///< of A
  double cost = 0;
  bool exact = false;  ///< the start is a saddle itself
};

struct SaddleSearch {
  /// End-to-end matrices of critical points to look at, as `end_to_ends(greedy_low_rank(…).saddles)`; without any,
  /// `sums_of_modes` for costs without a mask.
  std::vector<Matrix> critical = {};
  double tolerance = 1e-8;    ///< ‖∂C/∂θ‖ of a critical point, over that of the start or |∇C(0)|, the larger
  Index refine_below = 1000;  ///< unknowns up to which cuts of inner layers are looked at too
  Index max_candidates = 64;  ///< ways to look at, those first that the cut alone takes least far
  MinimumSearch fit = {};
};

/// The distance from θ_0 to the nearest saddle found. All gradients F_lᵀ∇C(A)B_lᵀ vanish when for two layers i < j the
/// layers up to i no longer receive the inputs that ∇C(A) sees, W_i⋯W_1 V = 0, and from j on no longer feed the outputs
/// that it sees, UᵀW_L⋯W_j = 0, U and V its column and row spaces: a cut. Tried are, for all i < j,
///
/// - at A = 0, projections of one layer each, one of which cuts it off from all: never farther than two layers of
///   zeros;
/// - at A = 0 and every other critical A, projections of W_1 and W_L, then the nearest weights of this A;
/// - at the same A, projections of any W_i and W_j, then Newton's method on ∂C/∂θ = 0 and steps along its solutions
///   towards θ_0.
///
/// Throws for one layer, whose cost has no saddle, for a cost that is least at A = 0, and for `critical` matrices of
/// another shape or that are not critical.
SaddleDistance nearest_saddle(const DeepLinear& start, const Cost& cost, const SaddleSearch& options = {});

}  // namespace linnet::landscape
