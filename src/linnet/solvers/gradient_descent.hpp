#pragma once

#include <span>

#include "linnet/solvers/outcome.hpp"
#include "linnet/solvers/stop_rule.hpp"

namespace linnet {

/// Gradient descent. A step k is time t = k √(η_1η_2): with equal steps t = kη, gradient flow's time.
struct GradientDescent {
  PerLayer step = 1e-3;  ///< η_l
  Index max_steps = 1000;
  Order order = Order::simultaneous;
  std::vector<StopRule> stop = {};  ///< looked at before each update; the first that fires is named in the outcome
  double divergence_factor = 1e6;   ///< diverged: the cost is not finite, or this many times max(C at start, C(0))
};

/// Move `dynamics` down; `companions` take the same steps but have no say in when to stop. `visit` sees steps 0, 1, …
/// with errors taken before the update, the last one marked. Allocates nothing per step beyond what `visit` does.
Outcome descend(Dynamics& dynamics, std::span<Dynamics* const> companions, const GradientDescent& options,
                const Visit& visit, const Observer& observer);

}  // namespace linnet
