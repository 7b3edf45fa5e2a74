#include "linnet/dynamics/deep_limits_dynamics.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

DeepLinearizedDynamics::DeepLinearizedDynamics(const DeepLinearized& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), kernel_(start.kernel()) {}

void DeepLinearizedDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  rates.require_depth(static_cast<Index>(kernel_.size()), field);
  const std::size_t last = kernel_.size() - 1;
  if (last == 0) {
    out = -rates[0] * r;
    return;
  }
  // The last layer's K^out and the first one's K^in are identities.
  multiply(-rates[last], r, kernel_[last].in, 0.0, out);
  multiply(-rates[0], kernel_[0].out, r, 1.0, out);
  for (std::size_t l = 1; l < last; ++l) {
    multiply(kernel_[l].out, r, x_);
    multiply(-rates[l], x_, kernel_[l].in, 1.0, out);
  }
}

namespace {

double only_rate(const Layerwise& rates, const char* field) {
  if (!rates.uniform()) {
    bad_input({.field = field,
               .expected = "equal rates, for balanced weights",
               .got = "different ones",
               .hint = "unequal rates do not keep weights balanced: train them, kind = \"deep\""});
  }
  return rates[0];
}

}  // namespace

double balanced_coupling(double s, double other, double depth) {
  const double large = std::max(s, other);
  const double small = std::min(s, other);
  if (large == 0) return depth == 1 ? 1 : 0;
  const double scale = std::pow(large, 2 - 2 / depth);
  if (small == 0) return scale;
  // With q = (s'/s)² = e^{−x}: (1 − e^{−x})/(1 − e^{−x/L}).
  const double x = 2 * std::log(large / small);
  if (x == 0) return depth * scale;
  return scale * std::expm1(-x) / std::expm1(-x / depth);
}

DeepBalancedDynamics::DeepBalancedDynamics(const DeepBalanced& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), depth_(start.depth()) {}

// With A = U S Vᵀ thin, F the couplings and g = s^{2−2/L} those with what U and V leave out:
//   dA/dt = −[U (F∘Z − gZ − Zg) Vᵀ + U g UᵀR + R V g Vᵀ],  Z = UᵀRV.
void DeepBalancedDynamics::move(const Layerwise& rates, const char* field, const Matrix& r, Matrix& out) {
  const double rate = only_rate(rates, field);
  if (depth_ == 1) {  // what U and V leave out couples with itself here
    out = -rate * r;
    return;
  }
  const linalg::Svd d = linalg::svd(end_to_end());
  const Index n = d.s.size();
  const Vector g = d.s.array().pow(2 - 2 / depth_);
  multiply(d.u.transpose(), r, x_);
  multiply(r, d.v, y_);
  multiply(x_, d.v, z_);
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < n; ++i) z_(i, j) *= balanced_coupling(d.s(i), d.s(j), depth_) - g(i) - g(j);
  }
  // U[(F∘Z − gZ − Zg)Vᵀ + g UᵀR] + (R V g)Vᵀ
  x_.array().colwise() *= g.array();
  multiply(1.0, z_, d.v.transpose(), 1.0, x_);
  y_.array().rowwise() *= g.transpose().array();
  multiply(-rate, d.u, x_, 0.0, out);
  multiply(-rate, y_, d.v.transpose(), 1.0, out);
}

}  // namespace linnet
