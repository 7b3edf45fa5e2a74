#include "linnet/dynamics/deep_limits_dynamics.hpp"

#include <cmath>

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

DeepLinearizedDynamics::DeepLinearizedDynamics(const DeepLinearized& start, const Task& task)
    : Dynamics(task), a_(start.end_to_end()), kernel_(start.kernel()), v_(a_.rows(), a_.cols()) {
  refresh();
}

void DeepLinearizedDynamics::evaluate_velocity(const Layerwise& rates, const Matrix& r) {
  const std::size_t last = kernel_.size() - 1;
  if (last == 0) {
    v_ = -rates[0] * r;
    return;
  }
  // The last layer's K^out and the first one's K^in are identities.
  multiply(-rates[last], r, kernel_[last].in, 0.0, v_);
  multiply(-rates[0], kernel_[0].out, r, 1.0, v_);
  for (std::size_t l = 1; l < last; ++l) {
    multiply(kernel_[l].out, r, x_);
    multiply(-rates[l], x_, kernel_[l].in, 1.0, v_);
  }
}

void DeepLinearizedDynamics::descend(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  update.step.require_depth(static_cast<Index>(kernel_.size()), "solver.step");
  evaluate_velocity(update.step, gradient);
  a_ += v_;
  refresh();
}

void DeepLinearizedDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void DeepLinearizedDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  refresh();
}

void DeepLinearizedDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  rates.require_depth(static_cast<Index>(kernel_.size()), "solver.rates");
  evaluate_velocity(rates, residual().gradient);
  flat::write(derivative, {&v_});
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
    : Dynamics(task), a_(start.end_to_end()), depth_(start.depth()) {
  refresh();
}

// With A = U S Vᵀ thin, F the couplings and g = s^{2−2/L} those with what U and V leave out:
//   dA/dt = −[U (F∘Z − gZ − Zg) Vᵀ + U g UᵀR + R V g Vᵀ],  Z = UᵀRV.
void DeepBalancedDynamics::evaluate_velocity(double rate, const Matrix& r) {
  if (depth_ == 1) {  // what U and V leave out couples with itself here
    v_ = -rate * r;
    return;
  }
  const linalg::Svd d = linalg::svd(a_);
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
  multiply(-rate, d.u, x_, 0.0, v_);
  multiply(-rate, y_, d.v.transpose(), 1.0, v_);
}

void DeepBalancedDynamics::descend(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  evaluate_velocity(only_rate(update.step, "solver.step"), gradient);
  a_ += v_;
  refresh();
}

void DeepBalancedDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void DeepBalancedDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  refresh();
}

void DeepBalancedDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  evaluate_velocity(only_rate(rates, "solver.rates"), residual().gradient);
  flat::write(derivative, {&v_});
}

}  // namespace linnet
