#pragma once

#include "linnet/landscape/point.hpp"

namespace linnet::landscape {

/// The x of least ‖Hx − b‖ in the Krylov spaces of b, where H is the Hessian at the point (MINRES of Paige and
/// Saunders). For b in the range of H it is H⁺b, also for an indefinite H. One product for each iteration, at most as
/// many as unknowns.
Vector least_residual(Point& point, const Vector& b, double tolerance);

/// What to do about a step of Newton's method of more than a tenth of |θ|.
enum class Far { refuse, shorten };

/// Newton's method with minimal residuals reduces ‖∂C/∂θ‖ to at most `goal`, at a critical point of any kind; it
/// converges quadratically near the point. Returns false if it does not converge.
bool to_critical(Point& point, double goal, Far far);

}  // namespace linnet::landscape
