#include "linnet/dynamics/end_to_end_dynamics.hpp"

#include "linnet/dynamics/flat_state.hpp"

namespace linnet {

EndToEndDynamics::EndToEndDynamics(const Matrix& start, const Task& task)
    : Dynamics(task), a_(start), v_(start.rows(), start.cols()) {
  refresh();
}

void EndToEndDynamics::descend(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  move(update.step, "solver.step", gradient, v_);
  a_ += v_;
  refresh();
}

void EndToEndDynamics::become(const Matrix& a) {
  a_ = a;
  refresh();
}

void EndToEndDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void EndToEndDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  refresh();
}

void EndToEndDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  move(rates, "solver.rates", residual().gradient, v_);
  flat::write(derivative, {&v_});
}

}  // namespace linnet
