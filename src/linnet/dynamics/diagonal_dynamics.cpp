#include "linnet/dynamics/diagonal_dynamics.hpp"

#include <cmath>

namespace linnet {

DiagonalDynamics::DiagonalDynamics(const Diagonal& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), balances_(start.balances()), next_(end_to_end()) {}

void DiagonalDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  rates.require_depth(2, field);
  const double speed = 2 * std::sqrt(rates[0] * rates[1]);
  // κ_i = |λ_i|/2.
  out = -speed * (balances_.transpose().array().square() / 4 + end_to_end().array().square()).sqrt() * r.array();
}

// The layers are rescaled so that both have the learning rate √(η_1η_2).
void DiagonalDynamics::descend_along(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  const Layerwise& step = update.step.pair("solver.step");
  const double rate = std::sqrt(step[0] * step[1]);
  for (Index i = 0; i < balances_.size(); ++i) {
    const double x = rate * gradient(0, i);
    const auto [w, a] = pair_of(end_to_end()(0, i), balances_(i));
    const double next_w = w - x * a;
    const bool both_at_once = update.order == Order::simultaneous;
    next_(0, i) = next_w * (a - x * (both_at_once ? w : next_w));
    // a² − w² after the step, computed without the cancellation of the difference.
    balances_(i) += x * x * (both_at_once ? -balances_(i) : a * a + next_w * next_w);
  }
  become(next_);
}

}  // namespace linnet
