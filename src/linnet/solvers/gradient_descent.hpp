#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "linnet/solvers/outcome.hpp"
#include "linnet/solvers/stop_rule.hpp"

namespace linnet {

/// Gradient descent. Step k is time t = k (Π η_l)^{1/L}/(1 − μ). With equal steps and no momentum this is t = kη, the
/// time of gradient flow.
struct GradientDescent {
  Layerwise step = 1e-3;   ///< η_l
  double momentum = 0;     ///< μ in [0, 1): V ← μV − η∂C/∂W, W ← W + V; only for explicit weights
  Index batch = 0;         ///< samples a step, for tasks with samples; 0: all of them
  std::uint64_t seed = 0;  ///< of the order of the samples
  Index first_batch = 0;   ///< the batch of the first step: k to continue after k steps of another run
  Index max_steps = 1000;  ///< in all, with those before a run that is continued
  Order order = Order::simultaneous;
  std::vector<StopRule> stop = {};  ///< checked before each update; the outcome names the first that fires
  double divergence_factor = 1e6;   ///< diverged: the cost is not finite, or this many times max(C at start, C(0))
};

/// Throws for options that make no sense, or a stop rule that needs a test which the task does not have.
void check(const GradientDescent& options, const Dynamics& dynamics);

/// Whether a step is to be recorded; called once for each step, 0, 1, ….
using IsDue = std::function<bool(Index step)>;

/// Called after the visit of each step but the last, where a run can be cut: `carried` gives what goes on beside the
/// network. `last`: the run is interrupted here. A run that goes on from there visits the step again.
using Cut = std::function<void(const std::function<Carried()>& carried, bool last)>;

/// Moves `dynamics` by gradient descent. `companions` take the same steps, on the same batches, but have no influence
/// on when to stop. `visit` is called at steps 0, 1, … before the update; the last step is marked. With minibatches,
/// the cost of all samples is computed only at the first step, where a record is due and for stop rules; divergence is
/// detected by the batch's cost. A step allocates nothing beyond what `visit` does. With `from`, what the outcome of an
/// earlier run carried, steps, time, batches, momentum, stop rules and the limit of divergence go on from there;
/// `dynamics` is at its end, and `visit` is called there first.
Outcome descend(Dynamics& dynamics, std::span<Dynamics* const> companions, const GradientDescent& options,
                const IsDue& is_due, const Visit& visit, const Observer& observer, const Carried* from = nullptr,
                const Cut& cut = {});

}  // namespace linnet
