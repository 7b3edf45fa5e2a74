#pragma once

#include <functional>

#include "linnet/training/trajectory.hpp"

namespace linnet {

using TrainOne = std::function<Trajectory(const Network& start, const Record& record)>;

/// Calls `train_one` from `start`. If that is a light cone with a tolerance, from cones of rising order, until A(t) of
/// two neighbours agrees at the records (docs/theory.md, "Any width at any depth"): the last run, with its order and
/// the distance as the estimate of its error. A run that is raised is not saved on its way. Throws a numerical Error,
/// with the best that was reached, where a higher order brings no progress or exceeds the memory.
Trajectory trained_to_tolerance(const Network& start, const Record& record, const TrainOne& train_one);

}  // namespace linnet
