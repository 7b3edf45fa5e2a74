#include "layers.hpp"

#include <algorithm>

#include "linnet/linalg/product.hpp"

namespace linnet::explorer {

Layers::Layers(const DeepLinear& start, const Task& task)
    : task_(&task), weights_(start.weights()), gradients_(weights_), chain_(start.sizes()) {
  for (const Matrix& w : weights_) numbers_ += w.size();
  moved();
}

void Layers::moved() {
  chain_.multiply(weights_);
  task_->train.evaluate(end_to_end(), residual_);
}

Vector Layers::state() const {
  Vector all(numbers_);
  double* to = all.data();
  for (const Matrix& w : weights_) to = std::copy_n(w.data(), w.size(), to);
  return all;
}

void Layers::set(const Vector& state) {
  const double* at = state.data();
  for (Matrix& w : weights_) {
    std::copy_n(at, w.size(), w.data());
    at += w.size();
  }
  moved();
}

void Layers::velocity(Vector& derivative) {
  chain_.differentiate(
      weights_, residual_.gradient, false,
      [&](std::size_t l, linalg::Factor a, linalg::Factor b) { linalg::multiply(-1.0, a, b, 0.0, gradients_[l]); },
      [&](std::size_t l, const Matrix& whole) { gradients_[l] = -whole; });
  double* to = derivative.data();
  for (const Matrix& g : gradients_) to = std::copy_n(g.data(), g.size(), to);
}

void Layers::descend(double step) {
  chain_.differentiate(
      weights_, residual_.gradient, true,
      [&](std::size_t l, linalg::Factor a, linalg::Factor b) { linalg::multiply(-step, a, b, 1.0, weights_[l]); },
      [&](std::size_t l, const Matrix& whole) { weights_[l] -= step * whole; });
  moved();
}

}  // namespace linnet::explorer
