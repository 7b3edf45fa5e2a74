#pragma once

#include <functional>
#include <string>
#include <vector>

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/solvers/carried.hpp"

namespace linnet {

/// How a run ended. No result hides a failure: every result carries this status.
enum class Status {
  completed,    ///< all steps done, or t_end reached
  stopped,      ///< a stop rule or a terminal event fired, named in `rule`
  diverged,     ///< the cost became non-finite or exceeded its start by `divergence_factor`
  interrupted,  ///< the observer asked to stop (Ctrl-C)
};

const char* to_string(Status status);

/// How far a run has come, for displays of progress.
struct Progress {
  double done = 0;  ///< steps (descent), time (flow) or records (closed form)
  double total = 0;
};

/// Called at every step; returns false to interrupt the run. May be empty.
using Observer = std::function<bool(const Progress&)>;

/// The network at one instant, as solvers pass it to the recorder.
struct Moment {
  Index step = 0;  ///< steps of descent, or internal steps of the integrator, so far
  double time = 0;
  bool due = true;    ///< to be recorded: requested, or the last
  bool last = false;  ///< nothing follows
  const Dynamics& dynamics;
};

using Visit = std::function<void(const Moment&)>;

/// An event of a gradient flow.
struct EventHit {
  std::string name;
  Index mode = -1;  ///< the index of the singular value, from 0; -1 if the event is about something else
  double time = 0;
  int direction = 0;  ///< +1 rising, -1 falling
};

/// The work of a run.
struct Statistics {
  Index steps = 0;
  Index velocity_evaluations = 0;  ///< right-hand sides of the flow; gradient evaluations of descent
  Index error_test_failures = 0;
  double seconds = 0;  ///< wall clock; the only number here that differs between repeated runs
};

/// Status, end, events and work of a run.
struct Outcome {
  Status status = Status::completed;
  std::string rule = {};  ///< the stop rule or event that stopped the run
  Index step = 0;         ///< the step at which the run ended
  double time = 0;        ///< the time at which the run ended
  /// Interrupted within a step: the network is neither that before the step nor that after it.
  bool within_step = false;
  std::vector<EventHit> events = {};
  bool unfinished = false;  ///< a leg of a flow has ended, and not the flow
  Statistics statistics = {};
  Carried carried = {};
};

}  // namespace linnet
