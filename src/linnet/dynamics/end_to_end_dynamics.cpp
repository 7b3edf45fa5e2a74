#include "linnet/dynamics/end_to_end_dynamics.hpp"

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

EndToEndDynamics::EndToEndDynamics(const Matrix& start, const Task& task, bool keeps_rank)
    : Dynamics(task),
      a_(start),
      v_(start.rows(), start.cols()),
      rank_(keeps_rank ? linalg::graded_rank(start) : task.shape().modes()) {
  refresh();
}

void EndToEndDynamics::descend(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  move(update.step, "solver.step", gradient, v_);
  a_ += v_;
  svd_.reset();
  if (keeps_low_rank() && a_.allFinite()) a_ = of_kept_rank();
  refresh();
}

const linalg::Svd& EndToEndDynamics::decomposition() const {
  if (!svd_) {
    svd_ = linalg::svd(a_);
    if (keeps_low_rank()) {
      svd_->u = svd_->u.leftCols(rank_).eval();
      svd_->s = svd_->s.head(rank_).eval();
      svd_->v = svd_->v.leftCols(rank_).eval();
    }
  }
  return *svd_;
}

Matrix EndToEndDynamics::of_kept_rank() const {
  if (!keeps_low_rank()) return a_;
  const linalg::Svd& d = decomposition();
  return linalg::product(Matrix(d.u * d.s.asDiagonal()), d.v.transpose());
}

void EndToEndDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void EndToEndDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  svd_.reset();
  refresh();
}

void EndToEndDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  move(rates, "solver.rates", residual().gradient, v_);
  flat::write(derivative, {&v_});
}

}  // namespace linnet
