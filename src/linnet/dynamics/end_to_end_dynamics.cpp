#include "linnet/dynamics/end_to_end_dynamics.hpp"

#include <cmath>
#include <string>

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/error.hpp"
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
  if (weight_decay() != 0) {
    const double kept = 1 - decaying_rate(update.step, "solver.step") * weight_decay();
    if (!(kept > 0)) {
      bad_input({.field = "solver.weight_decay",
                 .expected = "less than 1/step, for a network represented by A alone",
                 .got = format_number(weight_decay())});
    }
    a_ *= std::pow(kept, *layers());
  }
  a_ += v_;
  moved();
}

double EndToEndDynamics::decaying_rate(const Layerwise& rates, const char* field) const {
  if (!rates.uniform()) {
    bad_input({.field = field,
               .expected = "equal rates, for weight decay of a network represented by A alone",
               .got = "different ones",
               .hint = "the layers' imbalances decay as one with equal rates only: train weights or a Gram state"});
  }
  return rates[0];
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
  if (weight_decay() != 0) v_ -= *layers() * decaying_rate(rates, "solver.rates") * weight_decay() * a_;
  flat::write(derivative, {&v_});
}

}  // namespace linnet
