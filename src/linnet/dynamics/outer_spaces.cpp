#include "linnet/dynamics/outer_spaces.hpp"

#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/span.hpp"

namespace linnet {

void require_fit(const DeepLinear& network, const Cost& cost) {
  const Shape shape = cost.shape();
  if (network.shape() == shape) return;
  bad_input({.field = "network",
             .expected = format_shape(shape.outputs, shape.inputs) + " end to end, as the task",
             .got = format_shape(network.shape().outputs, network.shape().inputs)});
}

OuterSpaces::OuterSpaces(const DeepLinear& start, const Cost& cost, bool spare) {
  require_fit(start, cost);
  if (cost.mask() || !cost.has_target()) return;
  const std::vector<Matrix>& w = start.weights();
  const Index more = spare ? 1 : 0;
  outputs_ = linalg::joint_span(w.back(), cost.target(), more);
  if (cost.is_full_matrix() && cost.samples() == nullptr) {
    inputs_ = linalg::joint_span(w.front().transpose(), cost.target().transpose(), more);
  }
}

DeepLinear OuterSpaces::inside(const DeepLinear& network) const {
  std::vector<Matrix> w = network.weights();
  if (outputs_) w.back() = linalg::product(outputs_->transpose(), w.back());
  if (inputs_) w.front() = linalg::product(w.front(), *inputs_);
  return DeepLinear(std::move(w));
}

Matrix OuterSpaces::inside(const Matrix& end_to_end) const {
  Matrix a = outputs_ ? linalg::product(outputs_->transpose(), end_to_end) : end_to_end;
  return inputs_ ? linalg::product(a, *inputs_) : a;
}

Cost OuterSpaces::inside(const Cost& cost) const {
  const Samples* data = cost.samples();
  return cost.with_targets(inside(cost.target()), data != nullptr && outputs_
                                                      ? linalg::product(outputs_->transpose(), data->targets)
                                                      : Matrix());
}

DeepLinear OuterSpaces::whole(const DeepLinear& inside) const {
  std::vector<Matrix> w = inside.weights();
  if (outputs_) w.back() = linalg::product(*outputs_, w.back());
  if (inputs_) w.front() = linalg::product(w.front(), inputs_->transpose());
  return DeepLinear(std::move(w));
}

Matrix OuterSpaces::whole(const Matrix& end_to_end) const {
  Matrix a = outputs_ ? linalg::product(*outputs_, end_to_end) : end_to_end;
  return inputs_ ? linalg::product(a, inputs_->transpose()) : a;
}

}  // namespace linnet
