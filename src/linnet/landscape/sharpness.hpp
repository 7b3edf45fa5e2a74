#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::landscape {

// Sharpness is the largest eigenvalue of the Hessian ∂²C/∂θ², the observable hessian_largest.

/// How sharp the global minima of networks of one depth are, of any widths that can represent Y (docs/theory.md,
/// "Sharpness").
struct MinimizerSharpness {
  double least = 0;     ///< no global minimum has a sharpness below this
  double balanced = 0;  ///< of every balanced one, to which the flow tends from small weights; for white inputs it is
                        ///< `least`, else at most the condition number of the inputs times that
};

/// Of a task whose cost is quadratic without weights of entries: with 𝓜 = ·Σ and the right singular vector x of YΣ^{½},
///
///     least = L ‖YΣ^{½}x‖^{2−2/L} ‖Σ^{½}x‖^{2/L},   which is L y_1^{2−2/L} for white inputs.
///
/// Two decompositions, and for inputs that are not white the Hessian of a balanced network. Throws for other costs, and
/// for a depth below 1.
MinimizerSharpness minimizer_sharpness(const Task& task, Index depth);

/// The largest sharpness of a minimum that descent with this step, the same for all layers, does not leave: 2(1 + β)/η.
double edge_of_stability(double step, double momentum = 0);

}  // namespace linnet::landscape
