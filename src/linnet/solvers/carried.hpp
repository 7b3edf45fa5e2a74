#pragma once

#include <optional>
#include <vector>

#include "linnet/solvers/stop_rule.hpp"

namespace linnet {

/// What a solver carries from step to step beside the network: with it a run is continued as if it had not ended.
struct Carried {
  Index step = 0;                                     ///< steps so far; internal ones of a flow
  double time = 0;                                    ///< gradient-flow time so far
  double first_cost = 0;                              ///< max(C at the start, C(0)), by which divergence is seen
  std::vector<Matrix> momentum = {};                  ///< V_l of the heavy ball; none without momentum
  std::optional<ErrorHistory> errors = std::nullopt;  ///< of the stop rules, without its functions; none without rules
  std::optional<double> start_size = std::nullopt;    ///< root mean square of the unknowns where a flow began
};

}  // namespace linnet
