#pragma once

#include "linnet/exact/exact_flow.hpp"

namespace linnet {

/// The closed form of the nearest start that satisfies the closure: with the A(0) of this one and the representations
/// that the closure assigns to it.
struct NearestClosedForm {
  ExactFlow flow;
  double error = 0;  ///< estimate of the largest ‖A − A'‖_F/‖Y‖_F over all times
};

/// The closure of a prediction from weights or a Gram state, for its layers W_l/√η_l. If a closure is satisfied within
/// the tolerance, least squares give λ and c² to the last digits, and c = 0 exactly. Elsewhere least squares follow the
/// noise of the larger layer, and the traces predict better (`match_closure`).
Closure predicting_closure(const Network& start, const Layerwise& rates, double tolerance);

/// Of weights or a Gram state. The error estimate is the largest distance to two other closed forms, which agree with
/// it if the closure is satisfied: from A(0) and the larger of the true representations, and from A(0) and the smaller
/// one (c = 0: from the true G(0)). Costs three closed forms, each O(n³) a time. Throws as `ExactFlow` does for a task
/// without closed form, and for correlated inputs that the start mixes.
NearestClosedForm nearest_closed_form(const Network& start, const Task& task, const Layerwise& rates);

}  // namespace linnet
