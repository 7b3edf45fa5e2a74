#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "linnet/solvers/outcome.hpp"
#include "linnet/solvers/step_schedule.hpp"
#include "linnet/solvers/stop_rule.hpp"

namespace linnet {

/// Gradient descent. Step k is time t = k (Π η_l)^{1/L}/(1 − β). With equal steps and no momentum this is t = kη, the
/// time of gradient flow. With a schedule t is the sum of the steps so far, (Π η_l)^{1/L}/(1 − β) times the sum of its
/// factors.
///
/// Weight decay is that of the cost C + (μ/2)Σ‖W_l‖²: each gradient is ∂C/∂W_l + μW_l, with momentum too, as in
/// PyTorch's SGD. All costs, errors and gradients that are recorded or looked at by stop rules are those of C, but for
/// `slope_below`.
///
/// Spectral descent, W_l ← W_l − η_l U_lV_lᵀ with the singular vectors of ∂C/∂W_l, moves every mode of a layer at the
/// same speed. With momentum the vectors are those of the sum Σ_j β^j ∂C/∂W_l of past gradients (the update of "Muon").
/// Its time is the sum of its steps, not gradient flow's; weights and perceptrons have it.
struct GradientDescent {
  Layerwise step = 1e-3;    ///< η_l
  double momentum = 0;      ///< β in [0, 1): V ← βV − η∂C/∂W, W ← W + V; only for explicit weights
  double weight_decay = 0;  ///< μ
  bool keep_zeros = false;  ///< weights of a deep network that are 0 at the start stay 0: masks of its layers
  StepSchedule schedule = {};
  Direction direction = Direction::gradient;
  Index batch = 0;           ///< samples or observed entries a step, for tasks that have them; 0: all of them
  bool replacement = false;  ///< draws each sample of a batch alone; else a pass takes each once
  std::uint64_t seed = 0;    ///< of the order of the samples
  double label_noise = 0;    ///< deviation of fresh noise on the targets of each step: entries of Y, or of samples
  Index first_batch = 0;     ///< the batch of the first step: k to continue after k steps of another run
  Index max_steps = 1000;    ///< in all, with those before a run that is continued
  Order order = Order::simultaneous;
  std::vector<StopRule> stop = {};  ///< checked before each update; the outcome names the first that fires
  double divergence_factor = 1e6;   ///< diverged: the cost is not finite, or this many times max(C at start, C(0))
};

/// (Π η_l)^{1/L}/(1 − β), the time of a step; of spectral descent (Π η_l)^{1/L}.
double time_of_step(const GradientDescent& options);

/// The times of these steps, which rise.
std::vector<double> times_of(const GradientDescent& options, const std::vector<Index>& steps);

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
