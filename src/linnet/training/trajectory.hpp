#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linnet/observables/observable.hpp"
#include "linnet/observables/schedule.hpp"
#include "linnet/solvers/outcome.hpp"

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
};

/// The values of an observable along a run.
struct Series {
  std::string name;
  std::string long_name;
  std::string units;
  Over over = Over::nothing;
  Matrix values;  ///< records x entries of the observable
};

/// The instant of the smallest test error, over all steps or over the records (Record::best_of).
struct Best {
  Index step = 0;
  double time = 0;
  double train_error = 0;
  double test_error = 0;
  std::map<std::string, double> values;  ///< Record::at_best
};

/// A run: times x observables, how it ended and how long it took. Closed forms return the same type.
struct Trajectory {
  std::vector<Index> step;   ///< at each record (internal steps for a flow)
  std::vector<double> time;  ///< gradient-flow time at each record
  std::vector<Series> series;
  Outcome outcome;
  Shape shape;               ///< outputs and inputs of the network
  Threshold threshold;       ///< κ; nan if the network has none
  std::string warning = {};  ///< why results may be misleading, for example that an observable could not be computed
                             ///< and is nan; usually empty
  /// If the task has a test; of a perceptron, if the run computes its test error.
  std::optional<Best> best = std::nullopt;
  std::vector<Network> networks = {};           ///< at each record, if Record::keep_networks
  std::optional<Network> final = std::nullopt;  ///< none if the run ended with numbers that are not finite

  /// Throws for an unknown name, with the nearest known one.
  [[nodiscard]] const Series& operator[](const std::string& name) const;
  /// A scalar observable as a vector over the records.
  [[nodiscard]] Vector values(const std::string& name) const;
};

}  // namespace linnet
