#pragma once

#include <optional>
#include <vector>

#include "linnet/solvers/outcome.hpp"

namespace linnet {

/// An event to locate during a gradient flow. Its times are found by root finding and reported in the outcome. A level
/// that is only approached, within the uncertainty of the tolerance, does not count as crossed. A singular value has
/// crossed a level once its distance exceeds 20 rtol times the sum of the two, or half the level; cost and gradient
/// once it exceeds rounding. If this happens in a later step than the crossing itself, a terminal event ends the run at
/// the beginning of that later step.
struct FlowEvent {
  enum class Kind {
    threshold_crossing,  ///< a singular value of A crosses `value` (κ); one SVD per internal step
    cost_below,          ///< C falls to `value`
    gradient_below,      ///< ‖∇C(A)‖_F falls to `value`; of a perceptron |∂C/∂θ|
    slope_below,         ///< |∂C/∂θ + μθ| falls to `value` (Dynamics::slope)
  };
  Kind kind = Kind::cost_below;
  double value = 0;
  bool terminal = false;  ///< end the run there
};

const char* to_string(FlowEvent::Kind kind);

/// Gradient flow dW_l/dt = −η_l(∂C/∂W_l + μW_l) by SUNDIALS, with error control. The error of a step, divided by rtol
/// |y| + atol for each unknown, is at most 1 in root mean square. For `bdf` |y| is the root mean square over all
/// unknowns.
///
/// From a small start a deep network waits near saddles for times that are powers of 1/|θ_0|, while learned modes relax
/// in times of order 1. Such a flow is stiff, and `bdf` is the method for it. Time keeps its full precision however
/// long the wait, because the count of time restarts where the steps become small compared with t.
///
/// The velocity of ReLU jumps where a sample crosses a neuron's hyperplane. `bdf` is the method for it too, with an
/// rtol of 1e-2 to 1e-6: it integrates rounded kinks (PerceptronDynamics), while records are of the network itself.
/// Explicit methods integrate the jumps by error control alone; the number of their steps grows as 1/rtol, and for few
/// samples only loose tolerances are affordable (docs/theory.md, "Gradient flow over kinks"). An rtol below 1e-8 is
/// refused.
struct GradientFlow {
  enum class Method {
    adams,                 ///< CVODE's Adams methods: 1 to 2 velocities a step
    bdf,                   ///< CVODE's backward differentiation formulas, by Newton's method and GMRES
    explicit_runge_kutta,  ///< ARKODE's Dormand and Prince, order 5(4)
  };

  double t_end = 1;         ///< in all, with the time before a run that is continued
  Layerwise rates = 1.0;    ///< η_l
  double weight_decay = 0;  ///< μ, of the cost C + (μ/2)Σ‖W_l‖²
  bool keep_zeros = false;  ///< weights of a deep network that are 0 at the start stay 0: masks of its layers
  double rtol = 1e-9;
  std::optional<double> atol =
      std::nullopt;  ///< if not given: 1e-12, or rtol times the start's root mean square if that is less
  Method method = Method::adams;
  std::vector<FlowEvent> events = {};
  Index max_steps = 1'000'000;  ///< internal steps, over the whole run
  /// After so many internal steps the integrator begins anew, from the network as a checkpoint has it, so that a run
  /// that is resumed there has the bits of one that was not cut. 0: never, and then it is not saved on its way.
  Index restart_every = 0;
  double divergence_factor = 1e6;  ///< as in GradientDescent
};

/// Throws for options that make no sense.
void check(const GradientFlow& options);

/// Moves `dynamics` along its flow. `visit` is called at t = 0, at the requested `times` (within (0, t_end], rising; by
/// the integrator's dense output) and at the end. `observer` is called after every internal step, with `dynamics` at
/// its end. An event below whose value the run starts is reported at t = 0. Throws a numerical Error with the time if
/// the integrator fails. With `from`, what the outcome of an earlier run carried, the flow goes on from its time to
/// t_end, and `times` are within (from, t_end]. The integrator begins anew there, so that the two parts are the whole
/// to its tolerance. With `leg` > 0 it ends after so many internal steps, as `unfinished`.
Outcome flow(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
             const Observer& observer, const Carried* from = nullptr, Index leg = 0);

}  // namespace linnet
