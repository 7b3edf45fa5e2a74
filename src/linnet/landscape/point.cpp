#include "linnet/landscape/point.hpp"

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::landscape {

namespace {

std::span<const double> span_of(const Vector& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }
std::span<double> span_of(Vector& v) { return {v.data(), static_cast<std::size_t>(v.size())}; }

}  // namespace

Vector flatten(const DeepLinear& network) {
  Index n = 0;
  for (const Matrix& w : network.weights()) n += w.size();
  Vector theta(n);
  flat::write(span_of(theta), network.weights());
  return theta;
}

DeepLinear unflatten(const Vector& theta, const std::vector<Index>& sizes) {
  std::vector<Matrix> weights;
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) weights.emplace_back(sizes[l + 1], sizes[l]);
  flat::read(span_of(theta), weights);
  return DeepLinear(std::move(weights));
}

Point::Point(const DeepLinear& at, Cost cost)
    : cost_function_(std::move(cost)),
      weights_(at.weights()),
      chain_(std::make_unique<linalg::Chain>(at.sizes())),
      tangent_(*chain_),
      direction_(weights_),
      image_(weights_) {
  require_fit(at, cost_function_);
  move_to(flatten(at));
}

void Point::move_to(const Vector& theta) {
  stop_if_asked();
  theta_ = theta;
  flat::read(span_of(theta), weights_);
  chain_->multiply(weights_);
  cost_function_.evaluate(end_to_end(), residual_);
  jacobian_transposed(residual_.gradient, gradient_);
  linearized_ = false;
}

const Matrix& Point::jacobian(const Vector& v) {
  flat::read(span_of(v), direction_);
  return tangent_.forward(weights_, direction_);
}

void Point::jacobian_transposed(const Matrix& q, Vector& out) {
  stop_if_asked();
  chain_->differentiate(
      weights_, q, false,
      [&](std::size_t l, const linalg::Factor& a, const linalg::Factor& b) { linalg::multiply(a, b, image_[l]); },
      [&](std::size_t l, const Matrix& whole) { image_[l] = whole; });
  out.resize(theta_.size());
  flat::write(span_of(out), image_);
}

void Point::hessian(std::span<const double> v, std::span<double> out) {
  stop_if_asked();
  if (!linearized_) tangent_.linearize(weights_, residual_.gradient);
  linearized_ = true;
  flat::read(v, direction_);
  cost_function_.curvature(residual_, tangent_.forward(weights_, direction_), room_, d_residual_);
  tangent_.backward(weights_, direction_, d_residual_, image_);
  flat::write(out, image_);
}

Vector Point::hessian(const Vector& v) {
  Vector out(v.size());
  hessian(span_of(v), span_of(out));
  return out;
}

}  // namespace linnet::landscape
