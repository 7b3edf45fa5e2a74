#include "linnet/dynamics/diagonal_dynamics.hpp"

#include <cmath>

namespace linnet {

DiagonalDynamics::DiagonalDynamics(const Diagonal& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), threshold_(start.threshold()) {}

void DiagonalDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  const double speed = 2 * std::sqrt(rates.pair(field).product());
  out = -speed * (threshold_ * threshold_ + end_to_end().array().square()).sqrt() * r.array();
}

}  // namespace linnet
