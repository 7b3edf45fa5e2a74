#pragma once

#include "linnet/predict/prediction.hpp"

namespace linnet::command {

/// Prints errors and kernel of a prediction, and what it says of each mode of the target.
void print_prediction(const Prediction& prediction);

}  // namespace linnet::command
