#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "linnet/landscape/plateaus.hpp"
#include "linnet/landscape/slice.hpp"
#include "linnet/sweeps/experiment.hpp"

namespace linnet::sweeps {

/// The cost in the plane through three plateaus of a run, with what lies on it or is projected to it.
struct Slice {
  landscape::Slice grid;
  Matrix path;      ///< records x 2
  Matrix plateaus;  ///< 3 x 2
};

/// What one configuration comes to: a run, and what it is compared with.
struct Execution {
  struct Run {
    std::string dynamics;            ///< what moved, as a word for legends
    std::vector<Trajectory> phases;  ///< one a task; fewer when the run ended before
  };
  std::vector<Run> runs;  ///< the run itself first
  /// The largest ‖A − A'‖_F / √(n_0n_2): over all steps in lockstep, over the records against a closed form.
  double largest_distance = std::numeric_limits<double>::quiet_NaN();
  Vector learning_times = {};                         ///< record.learned x modes, of the last task
  std::vector<landscape::GreedySaddle> saddles = {};  ///< compare = "greedy": those of the algorithm,
  std::vector<double> escapes = {};                   ///< strength found numerically, nan at a minimum,
  std::vector<landscape::Plateau> plateaus = {};      ///< and the run's plateaus
  std::map<std::string, double> numbers = {};         ///< what a companion tells beside trajectories, by name
  std::optional<Slice> slice = {};
  std::map<std::string, std::string> attributes = {};  ///< what a closed form has to say of itself

  [[nodiscard]] const Trajectory& last() const { return runs.front().phases.back(); }
};

/// Start, train or trace one task after the other, compare. For a configuration whose start is a network; see
/// `modes_suffice` for the one that has none. With `from` it goes on from there, in place of the start; throws where
/// that is not one run of descent or flow on one task.
Execution execute(const config::Configuration& c, const PreparedTask& task, const Start& start, const Record& record,
                  const Observer& observer, const Checkpoint* from = nullptr);

/// The instants at which each phase of `execute` records, of one phase.
std::vector<double> record_times(const config::Configuration& c, const Record& record);

/// What moves, as words for legends.
std::string name_of_run(const config::Configuration& c);

/// Each mode's time for each fraction, one fraction after another; nan where the start ends at a saddle. Nothing when
/// the observer interrupts it.
std::optional<Vector> learning_times(const ExactFlow& exact, const std::vector<double>& fractions,
                                     const Observer& observer);

}  // namespace linnet::sweeps
