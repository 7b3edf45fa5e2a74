#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/observables/observable.hpp"
#include "linnet/observables/schedule.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/training/checkpoint.hpp"
#include "linnet/training/unfinished.hpp"

namespace linnet {

/// The instants among which the smallest test error is looked for.
enum class BestOf {
  steps,    ///< all steps, recorded or not; internal steps of a flow
  records,  ///< the records only
};

/// What to keep of a run.
struct Record {
  std::vector<Observable> observables = {observables::train_error()};
  Schedule schedule = Schedule::automatic();
  std::optional<double> threshold = std::nullopt;  ///< κ; if not given, that of the start
  /// Scalars, of a linear network only those of A, measured where the test error was smallest.
  std::vector<Observable> at_best = {};
  bool keep_networks = false;  ///< a copy of the network at every record, while it is finite
  /// The test error of a linear network takes hardly any time. That of a perceptron is a pass over the test samples,
  /// and is computed only where the run records it or uses it. Beside a step on all samples this takes two thirds of
  /// the step if there are as many test samples as training samples, nine steps if there are ten times as many. Descent
  /// by batches computes it at records only.
  BestOf best_of = BestOf::steps;
  Saving saving = {};  ///< of runs of descent and flow; two in lockstep are not saved
};

/// The values of an observable along a run.
struct Series {
  std::string name;
  std::string long_name;
  std::string units;
  Over over = Over::nothing;
  Matrix values;                                               ///< records x what it is over
  std::vector<std::pair<std::string, Index>> dimensions = {};  ///< of Over::own
};

/// How well the light cone of a wide network (networks/light_cone.hpp) stands for it in a run.
struct ConeAccuracy {
  Index order = 0;           ///< k: words of at most k turns
  std::vector<Index> sizes;  ///< n_0, d_1, …, n_L of the cone
  double estimate = 0;  ///< the largest ‖A_k − A_{k−1}‖_F at the records, relative to the largest ‖A‖_F; 0 where
                        ///< the cone has all words, nan where the order was given
};

/// A run: times x observables, how it ended and how long it took. Closed forms return the same type.
struct Trajectory {
  std::vector<Index> step;   ///< at each record (internal steps for a flow)
  std::vector<double> time;  ///< gradient-flow time at each record
  std::vector<Series> series;
  Outcome outcome;
  Shape shape;                                      ///< outputs and inputs of the network
  Threshold threshold;                              ///< κ; nan where there is none
  std::string warning = {};                         ///< what to know before trusting it, as where an observable
                                                    ///< was not found and is nan; most often empty
  std::optional<Best> best = std::nullopt;          ///< when the task has a test; of a perceptron, and it is looked at
  std::vector<Network> networks = {};               ///< at each record, when they were to be kept
  std::optional<Network> final = std::nullopt;      ///< none when the run ended beyond finite numbers
  std::optional<ConeAccuracy> cone = std::nullopt;  ///< of a start that is a light cone
  std::shared_ptr<const Continuation> continuation = nullptr;  ///< of descent and flow that have a `final`

  /// To continue the run. Throws where there is nothing to continue: closed forms, runs that diverged or were
  /// interrupted within a step.
  [[nodiscard]] Checkpoint checkpoint() const;
  [[nodiscard]] const Series& operator[](const std::string& name) const;  ///< throws naming the nearest one
  /// A scalar observable as a vector over the records.
  [[nodiscard]] Vector values(const std::string& name) const;
};

}  // namespace linnet
