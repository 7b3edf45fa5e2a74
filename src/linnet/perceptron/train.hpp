#pragma once

#include <optional>
#include <vector>

#include "linnet/perceptron/observables.hpp"
#include "linnet/perceptron/task.hpp"
#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet {

/// What to keep of a run.
struct PerceptronRecord {
  std::vector<PerceptronObservable> observables = {perceptron_observables::train_error()};
  Schedule schedule = Schedule::automatic();
  bool keep_networks = false;  ///< a copy of the network at every record, while it is finite
};

/// A run. `trajectory` is that of a linear network but for its networks: `final` and `networks` are empty there, its
/// threshold is nan, and `best` is the record of the smallest test error, when test errors are recorded.
struct PerceptronRun {
  Trajectory trajectory;
  std::optional<Perceptron> final = std::nullopt;  ///< none when the run ended beyond finite numbers
  std::vector<Perceptron> networks = {};           ///< at each record, when they were to be kept
};

/// Gradient descent on C = (1/P) Σ|f(x_i) − y_i|² (no ½): W_l ← W_l − η_l ∂C/∂W_l, all layers from the old weights;
/// step k is time t = kη. Stop rules, momentum, batches, divergence and interruption are those of linear networks
/// (`gradient_below` of |∂C/∂θ|); with batches, divergence is seen by the batch's cost. A rule that needs the test
/// error has it computed at every step. BLAS runs on one thread meanwhile. Nothing is allocated between records, but by
/// rules that look at the accuracy. Throws linnet::Error (input) for what does not fit and for a start that it cannot
/// leave (`require_way_down`); a run that diverges is a result, with its status.
PerceptronRun train(const Perceptron& start, const PerceptronTask& task, const GradientDescent& solver,
                    const PerceptronRecord& record = {}, const Observer& observer = {});

/// Gradient flow dW_l/dt = −η_l ∂C/∂W_l by SUNDIALS. The velocity of ReLU jumps where a sample crosses a neuron's
/// hyperplane, and a sample that both sides push there stays. `bdf` is the method for ReLU, with an rtol of 1e-2 to
/// 1e-6: it integrates with kinks rounded over 10 rtol times the root mean square of what hidden neurons receive at the
/// start. Explicit methods integrate the jumps by error control alone; the number of their steps grows as 1/rtol, and
/// for few samples only loose tolerances are affordable (docs/theory.md, "Gradient flow over kinks"). An rtol
/// below 1e-8 is refused. Records are of the network itself. Events: cost_below and gradient_below (of |∂C/∂θ|).
PerceptronRun train(const Perceptron& start, const PerceptronTask& task, const GradientFlow& solver,
                    const PerceptronRecord& record = {}, const Observer& observer = {});

}  // namespace linnet
