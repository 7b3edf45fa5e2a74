#pragma once

#include <vector>

#include "linnet/config/configuration.hpp"
#include "linnet/predict/prediction.hpp"
#include "linnet/storage/dataset.hpp"

namespace linnet::sweeps {

struct Predicted {
  Prediction prediction;
  Dataset data;  ///< of the trace: as of a run, with method, reason, error estimate, and what is said of each mode
};

/// What `predict` says of a configuration: its task, start and observables, at the rates of its solver. Without `times`
/// they are a hundred up to the end of the solver's run. Throws Error (input) for a configuration of a sweep or of
/// several tasks, and for one without a start.
Predicted predicted(const config::Configuration& configuration, const std::vector<double>& times,
                    const std::optional<PredictMethod>& method, std::optional<double> tolerance);

}  // namespace linnet::sweeps
