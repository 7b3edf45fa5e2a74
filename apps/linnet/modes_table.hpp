#pragma once

#include <vector>

#include "linnet/predict/prediction.hpp"

namespace linnet::command {

/// Prints errors, also at these times, and kernel of a prediction, and what it says of each mode of the target.
void print_prediction(const Prediction& prediction, const std::vector<double>& times = {});

}  // namespace linnet::command
