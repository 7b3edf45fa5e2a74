#include "linnet/dynamics/deep_dynamics.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/light_cone.hpp"

namespace linnet {

using linalg::multiply;

DeepDynamics::DeepDynamics(const DeepLinear& start, const Task& task)
    : LayeredDynamics(task, start.weights()), cone_(start.shared_cone()), chain_(start.sizes()) {
  if (cone_) cone_ = std::make_shared<const LightCone>(trained(*cone_));
  DeepDynamics::moved();
}

DeepDynamics::DeepDynamics(const DeepDynamics& other)
    : LayeredDynamics(other), cone_(other.cone_), masks_(other.masks_), chain_(other.chain_) {}

Network DeepDynamics::network() const {
  if (!cone_ || weight_decay() == 0) return DeepLinear(weights_).standing_for(cone_);
  return DeepLinear(weights_).standing_for(std::make_shared<const LightCone>(decayed(*cone_)));
}

void DeepDynamics::keep_zeros() {
  if (cone_ || !has_weights()) Dynamics::keep_zeros();
  masks_.clear();
  for (const Matrix& w : weights_) masks_.emplace_back((w.array() != 0).cast<double>());
}

void DeepDynamics::mask(std::vector<Matrix>& layers) const {
  for (std::size_t l = 0; l < masks_.size(); ++l) layers[l] = (masks_[l].array() != 0).select(layers[l], 0.0);
}

void DeepDynamics::moved() {
  chain_.multiply(weights_);
  refresh();
}

Index DeepDynamics::rank_limit() const {
  Index narrowest = task().shape().modes();
  for (const Matrix& w : weights_) narrowest = std::min(narrowest, w.rows());
  return narrowest;
}

void DeepDynamics::descend_along(const Update& u, const Matrix& gradient) {
  require_depth(u.step, "solver.step");
  require_order(u);
  if (u.direction == Direction::spectral) {
    descend_spectrally(u, gradient);
  } else if (u.momentum != 0) {
    descend_with_momentum(u, gradient);
  } else {
    const auto kept = [&](std::size_t l) { return 1 - u.step[l] * weight_decay(); };
    chain_.differentiate(
        weights_, gradient, u.order == Order::simultaneous,
        [&](std::size_t l, linalg::Factor a, linalg::Factor b) { multiply(-u.step[l], a, b, kept(l), weights_[l]); },
        [&](std::size_t l, const Matrix& whole) { weights_[l] = kept(l) * weights_[l] - u.step[l] * whole; });
  }
  mask(weights_);
  moved();
}

void DeepDynamics::accelerate(double keep, const Layerwise& scale, const Matrix& gradient) {
  flat::prepare(weights_, momentum_);
  // The weights do not change in between, so that two layers that are multiplied with each other need no buffer.
  chain_.differentiate(
      weights_, gradient, false,
      [&](std::size_t l, linalg::Factor a, linalg::Factor b) { multiply(-scale[l], a, b, keep, momentum_[l]); },
      [&](std::size_t l, const Matrix& whole) { momentum_[l] = keep * momentum_[l] - scale[l] * whole; });
}

void DeepDynamics::descend_with_momentum(const Update& u, const Matrix& gradient) {
  accelerate(u.momentum, u.step, gradient);
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    if (weight_decay() != 0) momentum_[l] -= u.step[l] * weight_decay() * weights_[l];
    weights_[l] += momentum_[l];
  }
}

void DeepDynamics::descend_spectrally(const Update& u, const Matrix& gradient) {
  accelerate(u.momentum, 1.0, gradient);
  for (std::size_t l = 0; l < weights_.size(); ++l) weights_[l] += u.step[l] * linalg::polar_factor(momentum_[l]);
}

double DeepDynamics::slope() const {
  std::vector<Matrix> gradients = parameter_gradients(DeepLinear(weights_), residual().gradient);
  mask(gradients);
  double sum = 0;
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    sum += (gradients[l] + weight_decay() * weights_[l]).squaredNorm();
  }
  return std::sqrt(sum);
}

void DeepDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  require_depth(rates, "solver.rates");
  flat::prepare(weights_, velocity_);
  if (inverse_ && !inverse_->inverse.idle()) {
    split_residual();
    inverse_->gradient.differentiate(weights_, velocity_);
    flat::write_descent(derivative, rates, velocity_);
    flat::add_decay(derivative, rates, weight_decay(), weights_);
    return;
  }
  chain_.differentiate(
      weights_, residual().gradient, false,
      [&](std::size_t l, linalg::Factor a, linalg::Factor b) { multiply(-rates[l], a, b, 0.0, velocity_[l]); },
      [&](std::size_t l, const Matrix& whole) { velocity_[l] = -rates[l] * whole; });
  mask(velocity_);
  flat::write(derivative, velocity_);
  flat::add_decay(derivative, rates, weight_decay(), weights_);
}

void DeepDynamics::linearize(const Layerwise& rates) {
  if (!linearization_) linearization_ = std::make_unique<Linearization>(chain_);
  linearization_->rates = rates;
  if (inverse_ && !inverse_->inverse.idle()) {
    split_residual();
    linearization_->tangent.linearize(weights_, inverse_->gradient.rest());
  } else {
    linearization_->tangent.linearize(weights_, residual().gradient);
  }
  if (inverse_) growth_ = inverse_->inverse.growth(weights_);
}

void DeepDynamics::split_residual() {
  inverse_->gradient.split(inverse_->inverse.settled(), end_to_end(), task().train, residual());
}

void DeepDynamics::jacobian(std::span<const double> v, std::span<double> product) {
  Linearization& l = *linearization_;
  flat::prepare(weights_, l.direction);
  flat::read(v, l.direction);
  task().train.curvature(residual(), l.tangent.forward(weights_, l.direction), l.room, l.dr);
  l.tangent.backward(weights_, l.direction, l.dr, l.change);
  mask(l.change);
  flat::write_descent(product, l.rates, l.change);
  flat::add_decay(product, l.rates, weight_decay(), l.direction);
}

void DeepDynamics::prepare_inverse(const Layerwise& rates, double gamma) {
  if (!inverse_) inverse_ = std::make_unique<Inverse>();
  inverse_->inverse.prepare({weights_, end_to_end(), task().train, residual(), weight_decay()}, rates, gamma);
}

void DeepDynamics::invert(std::span<double> v) {
  if (inverse_->inverse.idle() && weight_decay() == 0) return;
  flat::prepare(weights_, inverse_->direction);
  flat::read(v, inverse_->direction);
  inverse_->inverse.apply(inverse_->direction);
  flat::write(v, inverse_->direction);
}

}  // namespace linnet
