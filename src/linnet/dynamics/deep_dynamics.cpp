#include "linnet/dynamics/deep_dynamics.hpp"

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/error.hpp"

namespace linnet {

using linalg::multiply;

namespace {

/// `moves` with the shapes of `weights`, 0 when they are new.
void prepare(const std::vector<Matrix>& weights, std::vector<Matrix>& moves) {
  if (!moves.empty()) return;
  for (const Matrix& w : weights) moves.push_back(Matrix::Zero(w.rows(), w.cols()));
}

}  // namespace

DeepDynamics::DeepDynamics(const DeepLinear& start, const Task& task)
    : Dynamics(task), chain_(start.sizes()), weights_(start.weights()) {
  moved();
}

DeepDynamics::DeepDynamics(const DeepDynamics& other)
    : Dynamics(other), chain_(other.chain_), weights_(other.weights_), momentum_(other.momentum_) {}

void DeepDynamics::moved() {
  chain_.multiply(weights_);
  refresh();
}

void DeepDynamics::descend(const Update& u, const Matrix& gradient) {
  u.step.require_depth(static_cast<Index>(weights_.size()), "solver.step");
  const bool simultaneous = u.order == Order::simultaneous;
  if (!simultaneous && weights_.size() > 2) {
    bad_input({.field = "solver.order",
               .expected = "\"simultaneous\", for more than two layers",
               .got = "\"sequential\" and " + std::to_string(weights_.size()) + " layers"});
  }
  if (u.momentum == 0) {
    chain_.differentiate(
        weights_, gradient, simultaneous,
        [&](std::size_t l, linalg::Factor a, linalg::Factor b) { multiply(-u.step[l], a, b, 1.0, weights_[l]); },
        [&](std::size_t l, const Matrix& whole) { weights_[l] -= u.step[l] * whole; });
  } else {
    if (!simultaneous) {
      bad_input(
          {.field = "solver.momentum", .expected = "0, for sequential updates", .got = format_number(u.momentum)});
    }
    prepare(weights_, momentum_);
    // No weights change on the way: two layers multiplied with one another need no buffer.
    chain_.differentiate(
        weights_, gradient, false,
        [&](std::size_t l, linalg::Factor a, linalg::Factor b) {
          multiply(-u.step[l], a, b, u.momentum, momentum_[l]);
        },
        [&](std::size_t l, const Matrix& whole) { momentum_[l] = u.momentum * momentum_[l] - u.step[l] * whole; });
    for (std::size_t l = 0; l < weights_.size(); ++l) weights_[l] += momentum_[l];
  }
  moved();
}

Index DeepDynamics::unknowns() const {
  Index count = 0;
  for (const Matrix& w : weights_) count += w.size();
  return count;
}

void DeepDynamics::get(std::span<double> state) const { flat::write(state, weights_); }

void DeepDynamics::set(std::span<const double> state) {
  flat::read(state, weights_);
  moved();
}

void DeepDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  rates.require_depth(static_cast<Index>(weights_.size()), "solver.rates");
  prepare(weights_, velocity_);
  if (inverse_ && !inverse_->inverse.idle()) {
    differentiate_from_ends();
    for (std::size_t l = 0; l < weights_.size(); ++l) velocity_[l] *= -rates[l];
    flat::write(derivative, velocity_);
    return;
  }
  chain_.differentiate(
      weights_, residual().gradient, false,
      [&](std::size_t l, linalg::Factor a, linalg::Factor b) { multiply(-rates[l], a, b, 0.0, velocity_[l]); },
      [&](std::size_t l, const Matrix& whole) { velocity_[l] = -rates[l] * whole; });
  flat::write(derivative, velocity_);
}

void DeepDynamics::differentiate_from_ends() {
  const std::size_t last = weights_.size() - 1;
  const Matrix& r = residual().gradient;
  std::vector<Matrix>& from_inputs = inverse_->ends.from_inputs;
  std::vector<Matrix>& from_outputs = inverse_->ends.from_outputs;
  Matrix& turns = inverse_->ends.turns;
  from_inputs.resize(weights_.size());
  from_outputs.resize(weights_.size());
  const auto before = [&](std::size_t l) -> const Matrix& { return l == 0 ? r : from_inputs[l]; };
  const auto behind = [&](std::size_t l) -> const Matrix& { return l == last ? r : from_outputs[l]; };
  for (std::size_t l = 0; l < last; ++l) multiply(before(l), weights_[l].transpose(), from_inputs[l + 1]);
  for (std::size_t l = last; l > 0; --l) multiply(weights_[l].transpose(), behind(l), from_outputs[l - 1]);
  for (std::size_t l = 0; l <= last; ++l) {
    const bool inputs_first = 2 * l >= last;
    const std::size_t turns_left = inputs_first ? last - l : l;
    velocity_[l] = inputs_first ? before(l) : behind(l);
    for (std::size_t k = 0; k < turns_left; ++k) {
      std::swap(velocity_[l], turns);
      if (inputs_first) {
        multiply(weights_[last - k].transpose(), turns, velocity_[l]);
      } else {
        multiply(turns, weights_[k].transpose(), velocity_[l]);
      }
    }
  }
}

void DeepDynamics::linearize(const Layerwise& rates) {
  if (!linearization_) linearization_ = std::make_unique<Linearization>(chain_);
  linearization_->rates = rates;
  linearization_->tangent.linearize(weights_, residual().gradient);
  if (inverse_) growth_ = inverse_->inverse.growth(weights_);
}

void DeepDynamics::jacobian(std::span<const double> v, std::span<double> product) {
  Linearization& l = *linearization_;
  prepare(weights_, l.direction);
  flat::read(v, l.direction);
  task().train.curvature(l.tangent.forward(weights_, l.direction), l.dr);
  l.tangent.backward(weights_, l.direction, l.dr, l.change);
  for (std::size_t i = 0; i < l.change.size(); ++i) l.change[i] *= -l.rates[i];
  flat::write(product, l.change);
}

void DeepDynamics::prepare_inverse(const Layerwise& rates, double gamma) {
  if (!inverse_) inverse_ = std::make_unique<Inverse>();
  inverse_->inverse.prepare({weights_, end_to_end(), residual().gradient, task().train}, rates, gamma);
}

void DeepDynamics::invert(std::span<double> v) {
  if (inverse_->inverse.idle()) return;
  prepare(weights_, inverse_->direction);
  flat::read(v, inverse_->direction);
  inverse_->inverse.apply(inverse_->direction);
  flat::write(v, inverse_->direction);
}

}  // namespace linnet
