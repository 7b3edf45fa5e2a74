#pragma once

#include "linnet/design/design.hpp"

namespace linnet {

/// Y without the inputs that are not there: outputs x rank of the inputs.
Shape seen_shape(const Task& task);

/// What is known of the test error, as the options ask for it; `design` is told the source and the estimate. Throws,
/// naming the field, where nothing is known.
Risk risk_of(const Task& task, const DesignOptions& options, Design& design);

}  // namespace linnet
