#pragma once

#include <cstdint>

#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// The direction of fastest escape from a critical point θ*: on θ* + r ρ the cost is C(θ*) + value r^L to leading
/// order, and gradient flow moves by dr/dt = strength L^{1−L/2} r^{L−1}.
struct EscapeDirection {
  DeepLinear direction;  ///< ρ, of norm 1
  double strength = 0;   ///< s
  double value = 0;      ///< −s L^{−L/2}
};

/// The same network with `extra` unused neurons, of zero weights in and out, in every hidden layer.
DeepLinear padded(const DeepLinear& network, Index extra);

/// The fastest escape in closed form (*Saddle-to-saddle*). At the origin, or at a critical point with an unused neuron
/// in every hidden layer, the cost of weights V_l of the unused neurons alone is C(A) + tr(∇C(A)ᵀ V_L⋯V_1), of degree
/// L. With (s, u, v) the largest singular triple of ∇C(A), V_l = L^{−½} z_l z_{l−1}ᵀ, z_0 = v, z_L = −u, z_l the first
/// unused neuron. Throws for one layer, a layer without an unused neuron (`padded` adds some), a point that is not
/// critical within `tolerance` (‖∂C/∂θ‖ over |∇C(A)|), and at a minimum, where ∇C(A) = 0 or the cost is within 1e-8 of
/// its least value, relative to its fall from A = 0, and no direction of escape exists.
EscapeDirection escape_direction(const DeepLinear& at, const Cost& cost, double tolerance = 1e-6);

/// Options of `find_escape_direction`.
struct EscapeSearch {
  std::uint64_t seed = 0;
  double tolerance = 1e-10;  ///< of the direction, ‖ρ' − ρ‖ in an iteration
  Index max_steps = 100'000;
  double critical = 1e-6;  ///< the largest ‖∂C/∂θ‖ of a critical point, over |∇C(A)|
};

/// The fastest escape found numerically, independently of this formula. For two layers and any critical point: the
/// eigenvector of the smallest eigenvalue of the Hessian. For more layers: the maximum of −tr(∇C(A)ᵀ V_L⋯V_1) over the
/// unit sphere of the unused neurons' weights, by a shifted power iteration, ρ ← ρ − ∇form/(shift) normalized, from a
/// random start. Other directions in the kernel of the Hessian are not searched. Throws as `escape_direction` does, and
/// a numerical Error if the iteration does not converge or the cost does not fall in any direction.
EscapeDirection find_escape_direction(const DeepLinear& at, const Cost& cost, const EscapeSearch& options = {});

/// The time from r_0 to r_1 > r_0 by dr/dt = s L^{1−L/2} r^{L−1}: ln(r_1/r_0)/s for two layers, (r_1 − r_0)/s for one,
/// and finite for r_1 = inf from three layers on.
double escape_time(Index depth, double strength, double r_0, double r_1);

/// r(t) from r_0 by the same law; inf from the time of its divergence on.
double escape_radius(Index depth, double strength, double r_0, double t);

}  // namespace linnet::landscape
