#pragma once

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

// One driver for every network: its form (weights, Gram state, self-consistent, perceptron) picks the dynamics.

/// Gradient descent. BLAS runs on one thread meanwhile, so that results do not depend on the number of cores.
/// Throws linnet::Error (input) for what does not fit, for an observable that the network has not got and for a start
/// that it cannot leave (`require_way_down`); a run that diverges is a result, with its status.
Trajectory train(const Network& start, const Task& task, const GradientDescent& solver, const Record& record = {},
                 const Observer& observer = {});

/// Gradient flow by SUNDIALS; in linnet::linnet only.
Trajectory train(const Network& start, const Task& task, const GradientFlow& solver, const Record& record = {},
                 const Observer& observer = {});

/// Two networks on the same task by the same steps of descent, on the same batches; the first one's stop rules end
/// both.
struct Comparison {
  Trajectory first;
  Trajectory second;
  Vector distance;  ///< ‖A − A'‖_F at each record; where a perceptron is one of them the root mean square over
                    ///< the training samples of |f(x_i) − f'(x_i)|
  double largest_distance = 0;  ///< over all steps, recorded or not
};

Comparison compare(const Network& first, const Network& second, const Task& task, const GradientDescent& solver,
                   const Record& record = {}, const Observer& observer = {});

/// The closed form as a trajectory over [0, t_end], comparable with a trained one; `best` is the optimum over all
/// times. t_end = inf goes with a schedule that lists its instants. The observer hears of every record, and on the way
/// to the optimum; interrupted, the trajectory ends at its last record.
Trajectory trace(const ModeFlow& exact, const Task& task, double t_end, const Record& record = {},
                 const Observer& observer = {});
Trajectory trace(const ExactFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});
/// Its weights as they are, signs included; `best` is not looked for.
Trajectory trace(const NeuronFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});
/// Observables of the representations are nan: one layer has none.
Trajectory trace(const OneLayerFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});

}  // namespace linnet
