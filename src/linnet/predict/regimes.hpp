#pragma once

#include <optional>
#include <vector>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/network.hpp"

namespace linnet {

/// How a mode of the target is learned.
enum class Regime {
  lazy,          ///< by a kernel that is there from the start
  active,        ///< by a kernel that grows: y_i > κ
  delayed_rich,  ///< y_i ≤ κ, and yet by a kernel that is not there at the start: a layer has to turn to u_i or v_i
  never,         ///< the mode is never learned
};

const char* to_string(Regime regime);  ///< "lazy", "active", "delayed-rich", "never"

/// u_iᵀ A v_i of each mode.
Vector strengths(const linalg::Svd& modes, const Matrix& a);

/// The motion of the tangent kernel K on each mode, from a network to another on the same path:
///
///     θ_i = ‖(K_end − K_0)[u_i v_iᵀ]‖ / ‖K_end[u_i v_iᵀ]‖,   K[M] = Σ_l η_l K_l^out M K_l^in.
///
/// For an aligned start from 0 it is 1 − κ/√(κ² + y²); with a part m of the kernel missing at the start of a lazy mode
/// √m. 0 where K_end gives the mode nothing. O(n³). Throws for networks without a tangent kernel.
Vector kernel_motion(const Network& start, const Network& end, const linalg::Svd& modes, const Layerwise& rates);

/// From the motion θ_i: lazy up to 1 − 1/√2, which is y_i ≤ κ of an aligned start from 0. Else active for y_i > κ, and
/// where there is no κ (nan); delayed-rich for y_i ≤ κ. A mode with nothing to learn, y_i ≤ 1e-12 y_1, is never.
Regime regime_of(double motion, double y, double largest_y, double kappa, bool learned);

}  // namespace linnet
