#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linnet/sweeps/execution.hpp"

namespace linnet::sweeps {

/// What a run is compared with, one task after the other: `network.compare`. Each companion is a file of this folder,
/// and a line in the list of companions.cpp.
class Companion {
 public:
  virtual ~Companion() = default;

  /// Whether it has a trajectory for each task; else its results come at the end, by `finish`.
  [[nodiscard]] virtual bool beside_each_task() const { return true; }

  /// Begins a task; returns observables of the run that measure its distance from the companion.
  virtual std::vector<Observable> begin(const Task& /*task*/) { return {}; }

  /// If in lockstep: trains both by the same steps, and returns the run.
  virtual Trajectory train_both(const Network& now, const Task& task, const GradientDescent& descent,
                                const Record& record, const Observer& observer);

  /// Ends the task; returns its own trajectory at the instants of the run.
  virtual Trajectory end(const Record& record, const Trajectory& run, const Observer& observer);

  /// The largest distance of the run from the companion in this task: over the records, or over all steps if known.
  [[nodiscard]] virtual double largest_distance(const Trajectory& run) const;

  /// Adds results other than trajectories.
  virtual void tell(const Trajectory& /*run*/, Execution& /*e*/) {}

  /// Goes on to the next task from the end of this one; false if that is impossible.
  virtual bool go_on(double /*t_end*/) { return true; }

  /// Goes on to the next task from this network, that of the run, whose layers were made anew. Throws unless it can.
  virtual void begin_again(const Network& network);

  /// Called after all tasks, with the run in `e`.
  virtual void finish(Execution& /*e*/, const Observer& /*observer*/) {}

 protected:
  Companion() = default;
  Companion(const Companion&) = default;
  Companion& operator=(const Companion&) = default;
};

/// The inputs for making a companion; they must outlive it.
struct CompanionSetting {
  const config::Configuration& c;
  const PreparedTask& prepared;
  const Start& start;

  /// The network drawn, also if the start treats it as infinitely wide.
  [[nodiscard]] const Network& network() const { return start.drawn ? *start.drawn : *start.network; }
};

/// The description of a companion, for configurations, data sets and pages.
struct CompanionKind {
  std::string word;
  std::string meaning;
  std::string legend;              ///< of its curves in pictures
  std::string legend_of_run = {};  ///< of the run's curves; empty: that of the solver
  bool for_perceptrons = false;    ///< for perceptrons only; else for linear networks only
  std::string instead = {};        ///< a hint for runs of the other family
  bool has_distance = false;       ///< of the run's A from that of the companion
  bool both_ends = true;           ///< a sweep stores the ends of both; else that of the run only
  bool in_lockstep = false;        ///< trained by the same steps
  bool finds_plateaus = false;     ///< of the run, whose networks are kept for this
  bool with_weight_decay = false;  ///< whether it knows weight decay
  bool with_masks = false;         ///< whether it knows weights that stay 0
  bool uses_rates = false;         ///< whether it uses the rates of a flow with every solver
  bool uses_tolerance = false;     ///< whether it uses the tolerance of the closure
  std::vector<std::pair<std::string, std::string>> numbers = {};  ///< keys of Execution::numbers, with long names
  /// Throws if the companion does not support this setting, naming what it does not support.
  std::function<std::unique_ptr<Companion>(const CompanionSetting&)> make = {};
};

/// All companions, in the order of the pages; the first is "none".
const std::vector<CompanionKind>& companion_kinds();

const CompanionKind& companion_kind(const config::Configuration& c);

/// Null if nothing is compared.
std::unique_ptr<Companion> make_companion(const config::Configuration& c, const PreparedTask& prepared,
                                          const Start& start);

/// The same record at the instants of a finished run.
Record along(Record record, const Trajectory& run);

/// The number of layers; throws unless the start has the weights of two or more layers.
Index require_layers(const CompanionSetting& setting);

/// A trajectory with the instants and series of the run and nan as values, for a companion to fill in what is known.
Trajectory nothing_known(const Trajectory& run);

}  // namespace linnet::sweeps
