#pragma once

#include <optional>
#include <vector>

#include "linnet/solvers/outcome.hpp"

namespace linnet {

/// Something to find on the way of a gradient flow: its times are located by root finding and reported in the outcome.
/// A level that is only approached, within what the tolerance leaves uncertain, is not crossed: a singular value is on
/// the other side once it is further from it than 20 rtol of their sum, or half of it, cost and gradient than rounding.
/// Where that is in a later step, a terminal event ends the run at the beginning of that one.
struct FlowEvent {
  enum class Kind {
    threshold_crossing,  ///< a singular value of A crosses `value` (κ); one SVD per internal step
    cost_below,          ///< C falls to `value`
    gradient_below,      ///< ‖∇C(A)‖_F falls to `value`; of a perceptron |∂C/∂θ|
  };
  Kind kind = Kind::cost_below;
  double value = 0;
  bool terminal = false;  ///< end the run there
};

const char* to_string(FlowEvent::Kind kind);

/// Gradient flow dW_l/dt = −η_l ∂C/∂W_l by SUNDIALS, with error control. A step's error, over rtol |y| + atol in each
/// unknown, is at most 1 in root mean square; for `bdf`, |y| is that of all unknowns, in root mean square too.
///
/// From a small start a deep network waits near saddles for times that are powers of 1/|θ_0|, while the modes it has
/// learned relax in times of order 1: that is stiff, and `bdf` is the method for it. It keeps its step of time to full
/// precision however long the wait: t is counted anew from where the steps become small against it.
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

  double t_end = 1;
  Layerwise rates = 1.0;  ///< η_l
  double rtol = 1e-9;
  std::optional<double> atol =
      std::nullopt;  ///< without one: 1e-12, or rtol times the start's root mean square if less
  Method method = Method::adams;
  std::vector<FlowEvent> events = {};
  Index max_steps = 1'000'000;     ///< internal steps, over the whole run
  double divergence_factor = 1e6;  ///< as in GradientDescent
};

/// Throws for options that make no sense.
void check(const GradientFlow& options);

/// Move `dynamics` along its flow; `visit` sees t = 0, the times asked for (within (0, t_end], rising), by the
/// integrator's own dense output, and the end; `observer` is asked after every internal step, with `dynamics` there.
/// An event below whose value the run starts is hit at t = 0. Throws a numerical Error naming the time when the
/// integrator gives up.
Outcome flow(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
             const Observer& observer);

}  // namespace linnet
