#pragma once

#include "linnet/exact/exact_flow.hpp"
#include "linnet/exact/mode_flow.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/exact/wide_flow.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

// One function for every network: the type of the network selects the dynamics.

/// Gradient descent. BLAS runs on one thread meanwhile, so that results do not depend on the number of cores. Throws
/// linnet::Error (input) for arguments that do not fit together, for an observable that the network does not have and
/// for a start that training cannot leave (`require_way_down`). A run that diverges is a result, with its status.
Trajectory train(const Network& start, const Task& task, const GradientDescent& solver, const Record& record = {},
                 const Observer& observer = {});

/// Goes on where another run has ended (`Trajectory::checkpoint`): steps, time, momentum, batches, stop rules and the
/// best moment continue, and observables compare with the start of that run. solver.max_steps and t_end count from its
/// start. The first record is that of the checkpoint.
Trajectory train(const Checkpoint& from, const Task& task, const GradientDescent& solver, const Record& record = {},
                 const Observer& observer = {});
Trajectory train(const Checkpoint& from, const Task& task, const GradientFlow& solver, const Record& record = {},
                 const Observer& observer = {});

/// Gradient flow by SUNDIALS; in linnet::linnet only.
Trajectory train(const Network& start, const Task& task, const GradientFlow& solver, const Record& record = {},
                 const Observer& observer = {});

/// Two networks on the same task, by the same steps of descent on the same batches. The stop rules of the first network
/// end both runs.
struct Comparison {
  Trajectory first;
  Trajectory second;
  Vector distance;  ///< ‖A − A'‖_F at each record; if one of them is a perceptron, the root mean square over the
                    ///< training samples of |f(x_i) − f'(x_i)|
  double largest_distance = 0;  ///< over all steps, recorded or not
};

Comparison compare(const Network& first, const Network& second, const Task& task, const GradientDescent& solver,
                   const Record& record = {}, const Observer& observer = {});

/// The closed form as a trajectory over [0, t_end], comparable with a trained one; `best` is the optimum over all
/// times. t_end = inf requires a schedule that lists its instants. The observer is called at every record and while the
/// optimum is searched; an interrupted trajectory ends at its last record.
Trajectory trace(const ModeFlow& exact, const Task& task, double t_end, const Record& record = {},
                 const Observer& observer = {});
/// Observables of the representations are refused, as only A(t) is computed.
Trajectory trace(const WideFlow& exact, const Task& task, double t_end, const Record& record = {},
                 const Observer& observer = {});
Trajectory trace(const ExactFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});
/// The weights of the neuron with their signs; `best` is not computed.
Trajectory trace(const NeuronFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});
/// Observables of the representations are nan, because one layer has none.
Trajectory trace(const OneLayerFlow& exact, double t_end, const Record& record = {}, const Observer& observer = {});

}  // namespace linnet
