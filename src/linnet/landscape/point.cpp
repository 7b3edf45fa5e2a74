#include "linnet/landscape/point.hpp"

#include <algorithm>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

using linalg::multiply;

Vector flatten(const DeepLinear& network) {
  Index n = 0;
  for (const Matrix& w : network.weights()) n += w.size();
  Vector theta(n);
  double* at = theta.data();
  for (const Matrix& w : network.weights()) at = std::copy_n(w.data(), w.size(), at);
  return theta;
}

DeepLinear unflatten(const Vector& theta, const std::vector<Index>& sizes) {
  std::vector<Matrix> weights;
  const double* at = theta.data();
  for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
    weights.emplace_back(Eigen::Map<const Matrix>(at, sizes[l + 1], sizes[l]));
    at += weights.back().size();
  }
  return DeepLinear(std::move(weights));
}

Point::Point(const DeepLinear& at, Cost cost)
    : cost_function_(std::move(cost)), sizes_(at.sizes()), weights_(at.weights()) {
  const Shape shape = cost_function_.shape();
  if (at.shape() != shape) {
    bad_input({.field = "network",
               .expected = format_shape(shape.outputs, shape.inputs) + " end to end, as the task",
               .got = format_shape(at.shape().outputs, at.shape().inputs)});
  }
  const std::size_t depth = weights_.size();
  for (std::vector<Matrix>* layers : {&before_, &d_before_}) layers->resize(depth + 1);
  for (std::vector<Matrix>* layers : {&after_, &d_after_, &received_}) layers->resize(depth);
  change_ = weights_;
  const Vector theta = flatten(at);
  unknowns_ = theta.size();
  move_to({theta.data(), static_cast<std::size_t>(theta.size())});
}

void Point::read(std::span<const double> flat, std::vector<Matrix>& layers) const {
  const double* at = flat.data();
  for (Matrix& m : layers) {
    std::copy_n(at, m.size(), m.data());
    at += m.size();
  }
}

void Point::move_to(std::span<const double> theta) {
  theta_ = Eigen::Map<const Vector>(theta.data(), unknowns_);
  read(theta, weights_);
  const std::size_t depth = weights_.size();
  before_[1] = weights_[0];
  for (std::size_t l = 1; l < depth; ++l) multiply(weights_[l], before_[l], before_[l + 1]);
  if (depth > 1) after_[depth - 2] = weights_[depth - 1];
  for (std::size_t l = depth - 1; l-- > 1;) multiply(after_[l], weights_[l], after_[l - 1]);
  cost_function_.evaluate(before_.back(), residual_);
  gradient_.resize(unknowns_);
  jacobian_transposed(residual_.gradient, {gradient_.data(), static_cast<std::size_t>(unknowns_)});
  received_[0] = residual_.gradient;
  for (std::size_t l = 1; l < depth; ++l) multiply(residual_.gradient, before_[l].transpose(), received_[l]);
}

const Matrix& Point::jacobian(std::span<const double> v) {
  push(v);
  return d_before_.back();
}

void Point::push(std::span<const double> v) {
  read(v, change_);
  d_before_[1] = change_[0];
  for (std::size_t l = 1; l < weights_.size(); ++l) {
    multiply(change_[l], before_[l], d_before_[l + 1]);
    multiply(1.0, weights_[l], d_before_[l], 1.0, d_before_[l + 1]);
  }
}

void Point::jacobian_transposed(const Matrix& q, std::span<double> out) {
  double* at = out.data();
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    const Matrix* part = &q;
    if (l > 0) {
      multiply(q, before_[l].transpose(), work_);
      part = &work_;
    }
    if (l + 1 < weights_.size()) {
      multiply(after_[l].transpose(), *part, layer_);
      part = &layer_;
    }
    at = std::copy_n(part->data(), part->size(), at);
  }
}

void Point::hessian(std::span<const double> v, std::span<double> out) {
  push(v);
  const std::size_t depth = weights_.size();
  if (depth > 1) d_after_[depth - 2] = change_[depth - 1];
  for (std::size_t l = depth - 1; l-- > 1;) {
    multiply(d_after_[l], weights_[l], d_after_[l - 1]);
    multiply(1.0, after_[l], change_[l], 1.0, d_after_[l - 1]);
  }
  const Matrix& d_a = d_before_.back();
  if (cost_function_.covariance()) {
    multiply(d_a, *cost_function_.covariance(), d_residual_);
  } else {
    d_residual_ = d_a;
    if (cost_function_.mask()) d_residual_.array() *= cost_function_.mask()->array();
  }
  double* at = out.data();
  for (std::size_t l = 0; l < depth; ++l) {
    const Matrix* part = &d_residual_;
    if (l > 0) {
      multiply(d_residual_, before_[l].transpose(), work_);
      multiply(1.0, residual_.gradient, d_before_[l].transpose(), 1.0, work_);
      part = &work_;
    }
    if (l + 1 < depth) {
      multiply(after_[l].transpose(), *part, layer_);
      multiply(1.0, d_after_[l].transpose(), received_[l], 1.0, layer_);
      part = &layer_;
    }
    at = std::copy_n(part->data(), part->size(), at);
  }
}

}  // namespace linnet::landscape
