#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "linnet/networks/network.hpp"
#include "linnet/observables/threshold.hpp"
#include "linnet/solvers/carried.hpp"

namespace linnet {

/// The instant of the smallest test error: of all steps, recorded or not, or of the records (Record::best_of).
struct Best {
  Index step = 0;
  double time = 0;
  double train_error = 0;
  double test_error = 0;
  std::map<std::string, double> values;  ///< Record::at_best
};

/// What a run needs beside its network to go on as if it had not ended.
struct Continuation {
  std::shared_ptr<const Network> start;  ///< what observables compare with
  Threshold threshold;
  Carried carried;
  std::optional<Best> best = std::nullopt;
  Matrix best_end_to_end = {};                         ///< at the best instant, where something is measured there, or
  std::optional<Network> best_network = std::nullopt;  ///< of a perceptron
};

/// A run that has ended, to be continued by `train`, on the task and by the solver that it had or by others. Gradient
/// descent goes on with the bits of a run that was not cut, with momentum and minibatches too, but of networks
/// represented by an A of low rank, which go on to rounding; gradient flow goes on to the tolerance of its integrator.
struct Checkpoint {
  Network network;
  Continuation continuation;
};

/// Throws, naming the field "checkpoint", unless its parts fit one another, as those of a file may not.
void check(const Checkpoint& checkpoint);

}  // namespace linnet
