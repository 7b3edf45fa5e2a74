#include "linnet/exact/reach.hpp"

#include "linnet/linalg/product.hpp"
#include "linnet/linalg/span.hpp"

namespace linnet {

namespace {

/// Orthonormal columns that span those of both, where that is at most half of the dimensions.
std::optional<Matrix> half_span(const Matrix& a, const Matrix& b) {
  if (2 * (a.cols() + b.cols()) > a.rows()) return std::nullopt;
  return linalg::joint_span(a, b);
}

}  // namespace

Reach::Reach(const Network& start, const Matrix& target, bool all_inputs) {
  if (const DeepLinear* weights = two_layers_of(start)) {
    outputs_ = half_span(target, weights->w2());
    inputs_ = half_span(target.transpose(), weights->w1().transpose());
  } else if (const auto* closed = std::get_if<SelfConsistent>(&start)) {
    outputs_ = half_span(target, closed->end_to_end());
    inputs_ = half_span(target.transpose(), closed->end_to_end().transpose());
  }
  if (all_inputs) inputs_.reset();
}

Matrix Reach::inside(const Matrix& end_to_end) const {
  Matrix a = outputs_ ? linalg::product(outputs_->transpose(), end_to_end) : end_to_end;
  return inputs_ ? linalg::product(a, *inputs_) : a;
}

DeepLinear Reach::inside(const DeepLinear& weights) const {
  return {inputs_ ? linalg::product(weights.w1(), *inputs_) : weights.w1(),
          outputs_ ? linalg::product(outputs_->transpose(), weights.w2()) : weights.w2()};
}

Matrix Reach::outputs(const Matrix& inside) const { return outputs_ ? linalg::product(*outputs_, inside) : inside; }

Matrix Reach::inputs(const Matrix& inside) const { return inputs_ ? linalg::product(*inputs_, inside) : inside; }

}  // namespace linnet
