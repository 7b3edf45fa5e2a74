#include "linnet/dynamics/end_to_end_dynamics.hpp"

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

EndToEndDynamics::EndToEndDynamics(const Matrix& start, const Task& task, bool keeps_rank)
    : LinearDynamics(task),
      a_(start),
      v_(start.rows(), start.cols()),
      rank_(keeps_rank ? linalg::graded_rank(start) : task.shape().modes()) {
  if (keeps_low_rank()) decompose();
  refresh();
}

void EndToEndDynamics::descend_along(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  move(update.step, "solver.step", gradient, v_);
  a_ += v_;
  moved();
}

void EndToEndDynamics::decompose() {
  svd_ = linalg::svd(a_);
  svd_.u.conservativeResize(Eigen::NoChange, rank_);
  svd_.s.conservativeResize(rank_);
  svd_.v.conservativeResize(Eigen::NoChange, rank_);
}

void EndToEndDynamics::moved() {
  if (keeps_low_rank() && a_.allFinite()) {
    decompose();
    linalg::multiply(Matrix(svd_.u * svd_.s.asDiagonal()), svd_.v.transpose(), a_);
  }
  refresh();
}

const linalg::Svd& EndToEndDynamics::decomposition() {
  if (!keeps_low_rank()) decompose();
  return svd_;
}

void EndToEndDynamics::become(const Matrix& a) {
  a_ = a;
  moved();
}

void EndToEndDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void EndToEndDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  moved();
}

void EndToEndDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  move(rates, "solver.rates", residual().gradient, v_);
  flat::write(derivative, {&v_});
}

}  // namespace linnet
