#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linnet/solvers/outcome.hpp"
#include "linnet/training/checkpoint.hpp"

namespace linnet {

/// What a run had recorded where it was saved, to be one with what follows.
struct Recorded {
  /// The records of an observable that could not be computed.
  struct Failures {
    Index count = 0;
    double first = 0;  ///< the time of the first of them
    std::string why = {};
  };

  std::vector<Index> step = {};
  std::vector<double> time = {};
  std::vector<std::vector<double>> columns = {};  ///< of each observable, records one after another
  std::vector<Failures> failures = {};            ///< of each observable
  std::vector<EventHit> events = {};              ///< of a flow
  Index next = 0;                                 ///< the next step of a descent that is due
};

/// A run on its way, as it is saved: with both parts it is resumed as if it had not been cut. Descent is saved after
/// any step; a flow where its integrator begins anew (`GradientFlow::restart_every`).
struct Unfinished {
  Checkpoint checkpoint;
  Recorded recorded;
};

/// How a run is saved on its way, and what it had recorded before, if it is resumed.
struct Saving {
  std::function<bool()> due = {};  ///< asked where the run could be saved, often
  /// Called when it is due, and when the run is interrupted. The exception that it throws ends the run.
  std::function<void(const Unfinished&)> save = {};
  std::shared_ptr<const Recorded> before = nullptr;  ///< the run goes on from the checkpoint that was saved with it
};

}  // namespace linnet
