#include "linnet/dynamics/saddle_gradient.hpp"

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

void SaddleGradient::split(const Matrix& inputs, const Matrix& end_to_end, const Cost& cost, const Residual& residual) {
  rest_ = residual.gradient;
  v_ = inputs;
  if (inputs.cols() == 0) return;
  // One iteration of subspace iteration updates the modes to the present A, as all its other singular values are far
  // smaller.
  multiply(end_to_end, v_, thin_);
  u_ = linalg::qr_factor(thin_);
  multiply(end_to_end.transpose(), u_, thin_);
  v_ = linalg::qr_factor(thin_);
  if (cost.covariance()) {
    // Inputs that no sample has must not receive rounding errors of the others.
    multiply(u_.transpose(), residual.difference, thin_);
    multiply(thin_, *cost.covariance(), r_);
  } else {
    multiply(u_.transpose(), rest_, r_);
  }
  multiply(-1.0, u_, r_, 1.0, rest_);
  multiply(rest_, v_, r_across_);
  multiply(-1.0, r_across_, v_.transpose(), 1.0, rest_);
}

void SaddleGradient::differentiate(const std::vector<Matrix>& weights, std::vector<Matrix>& out) {
  const std::size_t last = weights.size() - 1;
  const bool learned = v_.cols() > 0;
  from_inputs_.resize(weights.size());
  from_outputs_.resize(weights.size());
  const auto before = [&](std::size_t l) -> const Matrix& { return l == 0 ? rest_ : from_inputs_[l]; };
  const auto behind = [&](std::size_t l) -> const Matrix& { return l == last ? rest_ : from_outputs_[l]; };
  if (learned) {
    first_ = weights.front();
    multiply(first_, v_, thin_);
    multiply(-1.0, thin_, v_.transpose(), 1.0, first_);
    last_ = weights.back();
    multiply(u_.transpose(), last_, thin_);
    multiply(-1.0, u_, thin_, 1.0, last_);
  }
  const auto layer = [&](std::size_t l) -> const Matrix& {
    return learned && l == 0 ? first_ : learned && l == last ? last_ : weights[l];
  };
  for (std::size_t l = 0; l < last; ++l) {
    multiply(before(l), layer(l).transpose(), from_inputs_[l + 1]);
  }
  for (std::size_t l = last; l > 0; --l) {
    multiply(layer(l).transpose(), behind(l), from_outputs_[l - 1]);
  }
  for (std::size_t l = 0; l <= last; ++l) {
    const bool inputs_first = 2 * l >= last;
    const std::size_t turns_left = inputs_first ? last - l : l;
    out[l] = inputs_first ? before(l) : behind(l);
    for (std::size_t k = 0; k < turns_left; ++k) {
      std::swap(out[l], turns_);
      if (inputs_first) {
        multiply(layer(last - k).transpose(), turns_, out[l]);
      } else {
        multiply(turns_, layer(k).transpose(), out[l]);
      }
    }
  }
  if (learned) add_learned(weights, out);
}

void SaddleGradient::add_learned(const std::vector<Matrix>& weights, std::vector<Matrix>& out) {
  const std::size_t last = weights.size() - 1;
  inputs_.resize(weights.size());
  outputs_.resize(weights.size());
  rows_.resize(weights.size());
  columns_.resize(weights.size());
  inputs_[0] = v_;
  rows_[0] = r_;
  outputs_[last] = u_;
  columns_[last] = r_across_;
  for (std::size_t l = 0; l < last; ++l) {
    multiply(weights[l], inputs_[l], inputs_[l + 1]);
    multiply(rows_[l], weights[l].transpose(), rows_[l + 1]);
  }
  for (std::size_t l = last; l > 0; --l) {
    multiply(weights[l].transpose(), outputs_[l], outputs_[l - 1]);
    multiply(weights[l].transpose(), columns_[l], columns_[l - 1]);
  }
  for (std::size_t l = 0; l <= last; ++l) {
    multiply(1.0, outputs_[l], rows_[l], 1.0, out[l]);
    multiply(1.0, columns_[l], inputs_[l].transpose(), 1.0, out[l]);
  }
}

}  // namespace linnet
