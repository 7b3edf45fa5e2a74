#pragma once

#include "linnet/landscape/point.hpp"

namespace linnet::landscape {

/// The x of least ‖Hx − b‖ that the Krylov spaces of b hold, H the Hessian at the point (Paige and Saunders' MINRES);
/// for a b in the range of H it is H⁺b, whatever the sign of H. One product an iteration, at most as many as unknowns.
Vector least_residual(Point& point, const Vector& b, double tolerance);

/// What to do about a step of Newton's method of more than a tenth of |θ|.
enum class Far { refuse, shorten };

/// Newton's method with minimal residuals down ‖∂C/∂θ‖ to at most `goal`: to a critical point of any kind,
/// quadratically once it is near. False when it does not come there.
bool to_critical(Point& point, double goal, Far far);

}  // namespace linnet::landscape
