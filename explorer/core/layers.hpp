#pragma once

#include <vector>

#include "linnet/linalg/chain.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::explorer {

/// Weights in motion: dW_l/dt = −∂C/∂W_l, or steps of gradient descent. The core's `Dynamics` does the same and much
/// that the page has no use for, but would have to load. Allocates nothing after it is made.
class Layers {
 public:
  /// `task` must outlive it.
  Layers(const DeepLinear& start, const Task& task);

  [[nodiscard]] Index numbers() const { return numbers_; }
  [[nodiscard]] DeepLinear network() const { return DeepLinear(weights_); }
  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] const Matrix& end_to_end() const { return chain_.product(weights_); }
  [[nodiscard]] double cost() const { return residual_.cost; }

  [[nodiscard]] Vector state() const;  ///< all weights, layer after layer
  void set(const Vector& state);
  void velocity(Vector& derivative);  ///< at the present weights

  void descend(double step);  ///< W_l ← W_l − η ∂C/∂W_l

 private:
  void moved();

  const Task* task_;
  std::vector<Matrix> weights_;
  std::vector<Matrix> gradients_;
  linalg::Chain chain_;
  Residual residual_;
  Index numbers_ = 0;
};

}  // namespace linnet::explorer
