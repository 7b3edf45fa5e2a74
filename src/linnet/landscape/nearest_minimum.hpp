#pragma once

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// The distance to the nearest global minimum, between two bounds.
struct MinimumDistance {
  double lower = 0;         ///< proven lower bound
  double upper = 0;         ///< |θ* − θ_0| of the nearest minimum found
  DeepLinear point;         ///< θ*
  double residual = 0;      ///< residual ‖Π(A − A*)‖_F at θ*, relative to ‖ΠA*‖_F
  double stationarity = 0;  ///< norm of the component of θ_0 − θ* along the minima: 0 where the distance is stationary
  bool exact = false;       ///< lower = upper: one layer, or a start that is a minimum itself
};

/// Options of `nearest_minimum`.
struct MinimumSearch {
  double tolerance = 1e-10;  ///< of the residual; or 1e-4 of that of the start, at least 1e-13, if this is less
  Index max_steps = 200;     ///< along the set of minima
};

/// The distance from θ_0 to {θ: Π(A_θ − A*) = 0}, the global minima. Π projects onto the observed entries of a mask, or
/// onto the range of Σ_xx; otherwise it is the identity. A* is the target or, if a hidden layer is narrower than its
/// rank, the best matrix of that rank (of Y Σ_xx^{½} for regression).
///
/// Upper bound: steps Jᵀ(JJᵀ + μ)^{-1} Π(A* − A) of Levenberg and Marquardt reach the set. The systems in JJᵀ q = Σ_l
/// F_lF_lᵀ q B_lᵀB_l are solved by conjugate gradients. Then θ moves along the set by the tangential component of θ_0 −
/// θ while this reduces the distance. There are three starts: θ_0, the balanced minimum whose hidden frames are rotated
/// towards θ_0, and a small perturbation of the better result.
///
/// Lower bound, the larger of two. With D = Π(A* − A_0), A_θ − A_0 is a sum over the sets S of layers that change. Each
/// term is at most c_S Π_S δ_l in Frobenius norm, where δ_l = ‖W_l − W_l⁰‖_F and c_S is the product of the operator
/// norms of the stretches of unchanged layers. By the inequalities of Cauchy and Maclaurin, with q_m = Σ_{|S|=m} c_S²,
///
///     ‖D‖_F ≤ Σ_m (q_m binom(L, m))^{½} (d²/L)^{m/2}    at distance d,
///
/// which increases with d. Second, |θ|² ≥ L Σ_i s_i(A)^{2/L} for all weights of A, so that d ≥ L^{½}(Σ_i
/// s_i(A*)^{2/L})^{½} − |θ_0|; for a mask, the sum is replaced by its lower bound ‖ΠA*‖_F^{2/L}. Both are exact for
/// one layer.
///
/// Throws when the network does not fit the cost, when the best matrix of low rank is not unique, and a numerical Error
/// when no minimum is reached (a mask and a narrow layer may have none).
MinimumDistance nearest_minimum(const DeepLinear& start, const Cost& cost, const MinimumSearch& options = {});

}  // namespace linnet::landscape
