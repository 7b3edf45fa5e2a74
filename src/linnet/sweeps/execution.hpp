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

/// The cost in the plane through three plateaus of a run, and the points of the run projected onto the plane.
struct PlateauSlice {
  landscape::Slice grid;
  Matrix path;      ///< records x 2
  Matrix plateaus;  ///< 3 x 2
  /// A path of the greedy algorithm, with its hidden layers rotated to those of the run.
  struct Greedy {
    std::vector<double> time;  ///< shifted: the cost passes half of its fall when that of the run does
    std::vector<double> cost;
    std::vector<double> x;  ///< in the plane
    std::vector<double> y;
  };
  std::vector<Greedy> greedy = {};
};

/// The results of one configuration: a run, and what it is compared with.
struct Execution {
  struct Run {
    std::string dynamics;            ///< the name of the dynamics, for legends
    std::vector<Trajectory> phases;  ///< one for each task; fewer if the run ended early
  };
  std::vector<Run> runs;  ///< the run itself first
  /// The largest ‖A − A'‖_F / √(n_0n_2): over all steps if in lockstep, over the records for a closed form.
  double largest_distance = std::numeric_limits<double>::quiet_NaN();
  Vector learning_times = {};                         ///< record.learned x modes, of the last task
  std::vector<landscape::GreedySaddle> saddles = {};  ///< compare = "greedy": those of the algorithm,
  std::vector<double> escapes = {};                   ///< strength found numerically, nan at a minimum,
  std::vector<landscape::Plateau> plateaus = {};      ///< and the run's plateaus
  std::map<std::string, double> numbers = {};         ///< results of a companion other than trajectories, by name
  std::optional<PlateauSlice> slice = {};
  std::map<std::string, std::string> attributes = {};  ///< information about a closed form

  [[nodiscard]] const Trajectory& last() const { return runs.front().phases.back(); }
};

/// Makes the start, trains or traces one task after the other, and compares. For a configuration whose start is a
/// network; `modes_suffice` is for the others.
Execution execute(const config::Configuration& c, const PreparedTask& task, const Start& start, const Record& record,
                  const Observer& observer, const Checkpoint* from = nullptr);

/// Throws, of `option`, for a configuration whose run cannot be cut and continued: a closed form, a run that is
/// compared with something, tasks in turn.
void require_to_go_on(const config::Configuration& c, const std::string& option);

/// The instants at which `execute` records, for one phase.
std::vector<double> record_times(const config::Configuration& c, const Record& record);

/// The name of the dynamics of the run, for legends.
std::string name_of_run(const config::Configuration& c);

/// The time at which each mode has reached each fraction, one fraction after another; nan if the start ends at a
/// saddle. None if the observer interrupts.
std::optional<Vector> learning_times(const ExactFlow& exact, const std::vector<double>& fractions,
                                     const Observer& observer);

}  // namespace linnet::sweeps
