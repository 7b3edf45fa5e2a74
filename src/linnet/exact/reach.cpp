#include "linnet/exact/reach.hpp"

#include <algorithm>

#include "linnet/linalg/product.hpp"
#include "linnet/linalg/span.hpp"

namespace linnet {

namespace {

/// Orthonormal columns that span those of both, where that is at most half of the dimensions.
std::optional<Matrix> half_span(const Matrix& a, const Matrix& b) {
  if (2 * (a.cols() + b.cols()) > a.rows()) return std::nullopt;
  return linalg::joint_span(a, b);
}

/// c if the matrix is cI.
std::optional<double> multiple_of_identity(const Matrix& m) {
  const double c = m(0, 0);
  for (Index j = 0; j < m.cols(); ++j) {
    for (Index i = 0; i < m.rows(); ++i) {
      if (m(i, j) != (i == j ? c : 0.0)) return std::nullopt;
    }
  }
  return c;
}

}  // namespace

std::optional<SelfConsistent> infinite_width_of(const Network& network) {
  const auto* state = std::get_if<GramState>(&network);
  if (state == nullptr || !state->end_to_end().isZero(0)) return std::nullopt;
  const Shape shape = state->shape();
  constexpr Index many = 4;
  if (std::max(shape.outputs, shape.inputs) < many * std::min(shape.outputs, shape.inputs)) return std::nullopt;
  const std::optional<double> a = multiple_of_identity(state->input_representation());
  const std::optional<double> b = a ? multiple_of_identity(state->output_representation()) : std::nullopt;
  if (!b) return std::nullopt;
  return SelfConsistent(state->end_to_end(), {*a, *b});
}

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
