#pragma once

#include <vector>

#include "linnet/landscape/nearest_minimum.hpp"

namespace linnet::landscape {

/// A critical point above the minimum.
struct SaddleDistance {
  double lower = 0;          ///< proven lower bound
  double upper = 0;          ///< |θ^s − θ_0|, an upper bound unless exact
  DeepLinear point;          ///< θ^s
  double gradient_norm = 0;  ///< ‖∂C/∂θ‖ there
  Index rank = 0;            ///< of A
  double cost = 0;
  bool exact = false;  ///< the start is a saddle itself: lower = upper = 0
};

/// Options of `nearest_saddle`.
struct SaddleSearch {
  /// End-to-end matrices of critical points to try, such as `end_to_ends(greedy_low_rank(…).saddles)`; if empty,
  /// `sums_of_modes` for costs without a mask.
  std::vector<Matrix> critical = {};
  /// The largest ‖∂C/∂θ‖ of a critical point, relative to ‖∇C‖ (Σ_l Π_{j≠l} ‖W_j‖²)^{½}, there or at the start; and the
  /// largest distance, relative to |θ_0|, at which a start counts as a saddle itself.
  double tolerance = 1e-8;
  Index max_candidates = 64;  ///< cuts to try, the nearest first; at most 16 from 1000 unknowns on
  Index search_below = 100;   ///< unknowns up to which other critical points are searched too
  Index restarts = 24;        ///< of this search
  MinimumSearch fit = {};
};

/// The distance from θ_0 to the nearest saddle found. All gradients F_lᵀ∇C(A)B_lᵀ vanish on a `Cut` of the network from
/// the row and column spaces V and U of ∇C(A), after any layer except the last. The search tries, for each such layer,
///
/// - at A = 0, the cut nearest to θ_0 of all inputs or of all outputs: never farther than two layers of zeros, and the
/// nearest of such cuts if both parts have at most two layers;
/// - at A = 0 and every other critical A, the nearest weights of this A in a cut;
/// - for few unknowns, Newton's method on ∂C/∂θ = 0 and steps along its solutions towards θ_0, from these weights, from
/// cuts that differ from mode to mode of ∇C(A), and from random points nearby.
///
/// Lower bound: `saddle_bound`.
///
/// Throws for one layer, whose cost has no saddle, for a cost that is minimal at A = 0, and for `critical` matrices of
/// another shape or that are not critical.
SaddleDistance nearest_saddle(const DeepLinear& start, const Cost& cost, const SaddleSearch& options = {});

/// A lower bound of the distance of θ_0 to every saddle, for any convex cost C(A). At a saddle ∇C(A) ≠ 0, and the
/// gradients of the first and last layers vanish: there are unit vectors with (W_L⋯W_2)ᵀu = 0 and W_{L−1}⋯W_1v = 0. So
/// each product changes at least by its smallest singular value over u, or v. For two layers,
///
///     d ≥ (σ_min(W_2ᵀ)² + σ_min(W_1)²)^{½},
///
/// exact if u and v belong to one mode of the task and A is learned in the others. For more layers, whose two products
/// share layers, the larger of the two `least_change`s. 0 if the hidden layers are narrower than the outputs and the
/// inputs. Throws for one layer. Takes L(L − 1) products and their norms.
double saddle_bound(const DeepLinear& start);

}  // namespace linnet::landscape
