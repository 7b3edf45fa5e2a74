#pragma once

#include "linnet/config/configuration.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/storage/dataset.hpp"
#include "linnet/training/trajectory.hpp"

namespace linnet::sweeps {

struct RunResult {
  Dataset data;
  Outcome outcome;
  std::optional<Checkpoint> checkpoint = std::nullopt;  ///< of one run of descent or flow, unless it diverged
};

/// One run as a configuration says it, as a labelled data set. A run that diverged or was interrupted is a result too:
/// its outcome says so. With `from` the run goes on from a checkpoint of an earlier one; max_steps and t_end count from
/// the start of that. `saving` is for a run on its way. Throws Error (input) for a configuration that does not fit, or
/// that asks for a sweep.
RunResult run(const config::Configuration& configuration, const Observer& observer = {},
              const Checkpoint* from = nullptr, const Saving& saving = {});

/// A trajectory as a labelled data set, without provenance.
Dataset to_dataset(const Trajectory& trajectory);

}  // namespace linnet::sweeps
