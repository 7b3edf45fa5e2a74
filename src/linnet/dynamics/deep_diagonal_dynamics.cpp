#include "linnet/dynamics/deep_diagonal_dynamics.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

DeepDiagonalDynamics::DeepDiagonalDynamics(const DeepDiagonal& start, const Task& task)
    : LayeredDynamics(task, start.layers()), gradients_(start.layers()) {
  DeepDiagonalDynamics::moved();
}

Network DeepDiagonalDynamics::network() const {
  Matrix weights(static_cast<Index>(weights_.size()), a_.size());
  for (std::size_t l = 0; l < weights_.size(); ++l) weights.row(static_cast<Index>(l)) = weights_[l];
  return DeepDiagonal(weights);
}

void DeepDiagonalDynamics::moved() {
  diagonal::multiply(weights_, a_);
  refresh();
}

void DeepDiagonalDynamics::differentiate(const Matrix& gradient) {
  diagonal::differentiate(weights_, gradient, gradients_);
  if (weight_decay() == 0) return;
  for (std::size_t l = 0; l < weights_.size(); ++l) gradients_[l] += weight_decay() * weights_[l];
}

void DeepDiagonalDynamics::descend_along(const Update& u, const Matrix& gradient) {
  require_depth(u.step, "solver.step");
  require_order(u);
  if (u.direction == Direction::spectral) {
    bad_input({.field = "solver",
               .expected = "steps along the gradient, for a diagonal network, whose layers are no matrices",
               .got = "spectral descent"});
  }
  differentiate(gradient);
  if (u.momentum != 0) flat::prepare(weights_, momentum_);
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    if (u.order == Order::sequential && l > 0) differentiate(gradient);
    if (u.momentum == 0) {
      weights_[l] -= u.step[l] * gradients_[l];
    } else {
      momentum_[l] = u.momentum * momentum_[l] - u.step[l] * gradients_[l];
      weights_[l] += momentum_[l];
    }
  }
  moved();
}

double DeepDiagonalDynamics::slope() const {
  std::vector<Matrix> gradients = weights_;
  diagonal::differentiate(weights_, residual().gradient, gradients);
  double sum = 0;
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    sum += (gradients[l] + weight_decay() * weights_[l]).squaredNorm();
  }
  return std::sqrt(sum);
}

void DeepDiagonalDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  require_depth(rates, "solver.rates");
  differentiate(residual().gradient);
  flat::write_descent(derivative, rates, gradients_);
}

}  // namespace linnet
