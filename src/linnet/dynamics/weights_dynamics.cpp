#include "linnet/dynamics/weights_dynamics.hpp"

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

WeightsDynamics::WeightsDynamics(const Weights& start, const Task& task)
    : Dynamics(task), w1_(start.w1()), w2_(start.w2()) {
  moved();
}

void WeightsDynamics::moved() {
  multiply(w2_, w1_, a_);
  refresh();
}

void WeightsDynamics::descend(PerLayer step, Order order) {
  const Matrix& r = residual().gradient;
  if (order == Order::sequential) {
    multiply(-step.first, w2_.transpose(), r, 1.0, w1_);
    multiply(-step.second, r, w1_.transpose(), 1.0, w2_);
  } else {
    multiply(w2_.transpose(), r, d1_);
    multiply(-step.second, r, w1_.transpose(), 1.0, w2_);
    w1_ -= step.first * d1_;
  }
  moved();
}

void WeightsDynamics::get(std::span<double> state) const { flat::write(state, {&w1_, &w2_}); }

void WeightsDynamics::set(std::span<const double> state) {
  flat::read(state, {&w1_, &w2_});
  moved();
}

void WeightsDynamics::velocity(PerLayer rates, std::span<double> derivative) {
  const Matrix& r = residual().gradient;
  multiply(-rates.first, w2_.transpose(), r, 0.0, d1_);
  multiply(-rates.second, r, w1_.transpose(), 0.0, d2_);
  flat::write(derivative, {&d1_, &d2_});
}

}  // namespace linnet
