#pragma once

#include "linnet/config/configuration.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::sweeps {

struct RunResult {
  Dataset data;
  Outcome outcome;
};

/// Runs a configuration; the result is a labelled data set. A run that diverged or was interrupted is a result too,
/// with its status in the outcome. Throws Error (input) for a configuration that is inconsistent or describes a sweep.
RunResult run(const config::Configuration& configuration, const Observer& observer = {});

/// A trajectory as a labelled data set, without provenance.
Dataset to_dataset(const Trajectory& trajectory);

}  // namespace linnet::sweeps
