#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "linnet/sweeps/execution.hpp"

namespace linnet::sweeps {

/// What a run is compared with, one task after the other: `network.compare`. A file of this folder each, and a line in
/// the list of companions.cpp.
class Companion {
 public:
  virtual ~Companion() = default;

  /// Whether it has a trajectory of its own for each task; else what it tells comes at the end, by `finish`.
  [[nodiscard]] virtual bool beside_each_task() const { return true; }

  /// Begin a task: observables of the run that tell how far it is from this.
  virtual std::vector<Observable> begin(const Task& /*task*/) { return {}; }

  /// Of one in lockstep: train both by the same steps, and return the run.
  virtual Trajectory train_both(const Network& now, const Task& task, const GradientDescent& descent,
                                const Record& record, const Observer& observer);

  /// The same task, at the instants of the run.
  virtual Trajectory end(const Record& record, const Trajectory& run, const Observer& observer);

  /// The largest distance of the run from it in this task; of what was recorded, unless more is known.
  [[nodiscard]] virtual double largest_distance(const Trajectory& run) const;

  /// What is found beside trajectories.
  virtual void tell(const Trajectory& /*run*/, Execution& /*e*/) {}

  /// To the next task, from where this one ended; false when it cannot.
  virtual bool go_on(double /*t_end*/) { return true; }

  /// After all tasks, with the run in `e`.
  virtual void finish(Execution& /*e*/, const Observer& /*observer*/) {}

 protected:
  Companion() = default;
  Companion(const Companion&) = default;
  Companion& operator=(const Companion&) = default;
};

/// What a companion is made for; it outlives the companion.
struct CompanionSetting {
  const config::Configuration& c;
  const PreparedTask& prepared;
  const Start& start;

  /// The start before it was held as if infinitely wide.
  [[nodiscard]] const Network& network() const { return start.drawn ? *start.drawn : *start.network; }
};

/// Its description: what configurations, data sets and pages say of it without making one.
struct CompanionKind {
  std::string word;
  std::string meaning;
  std::string legend;              ///< of its curves
  std::string legend_of_run = {};  ///< of the run's; else that of its solver
  bool for_perceptrons = false;    ///< for these alone; else for linear networks alone
  std::string instead = {};        ///< a hint, where a run is of the other
  bool has_distance = false;       ///< of the run's A from its own
  bool both_ends = true;           ///< the ends of both are results of a sweep; else those of the run alone
  bool in_lockstep = false;        ///< trained by the same steps
  bool finds_plateaus = false;     ///< of the run, whose networks are kept for it
  bool uses_rates = false;         ///< those of a flow, whatever the solver
  bool uses_tolerance = false;     ///< that of a closure
  std::vector<std::pair<std::string, std::string>> numbers = {};  ///< of Execution::numbers, with long names
  /// Throws, naming what does not go with it.
  std::function<std::unique_ptr<Companion>(const CompanionSetting&)> make = {};
};

/// All, in the order of the pages; the first is none.
const std::vector<CompanionKind>& companion_kinds();

const CompanionKind& companion_kind(const config::Configuration& c);

/// Nothing where nothing is compared.
std::unique_ptr<Companion> make_companion(const config::Configuration& c, const PreparedTask& prepared,
                                          const Start& start);

/// At the instants of a run that is over.
Record along(Record record, const Trajectory& run);

/// Throws unless the start is weights of two or more layers.
Index require_layers(const CompanionSetting& setting);

/// The run's series with no values, at its instants: to fill in what is known.
Trajectory nothing_known(const Trajectory& run);

}  // namespace linnet::sweeps
