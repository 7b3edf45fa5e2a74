#include "linnet/dynamics/self_consistent_dynamics.hpp"

#include <cmath>

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

SelfConsistentDynamics::SelfConsistentDynamics(const SelfConsistent& start, const Task& task)
    : Dynamics(task), a_(start.end_to_end()), scales_(start.scales()) {
  refresh();
}

// In the rescaled variables Â = A/√(η_1η_2): Ĉ_1 = âI + V e Vᵀ, Ĉ_2 = b̂I + U e Uᵀ with the excess
// e = (κ̂² + ŝ²)^{½} − κ̂ = ŝ²/((κ̂² + ŝ²)^{½} + κ̂), and dA/dt = −η_1η_2(Ĉ_2R + RĈ_1).
void SelfConsistentDynamics::evaluate_velocity(PerLayer rates, const Matrix& r) {
  const double product = rates.product();
  const PerLayer scales{scales_.first / rates.first, scales_.second / rates.second};
  const double kappa = (scales.first + scales.second) / 2;
  linalg::Svd d = linalg::svd(a_);
  const Vector s2 = d.s.array().square() / product;
  const Vector bottom = (s2.array() + kappa * kappa).sqrt() + kappa;
  const Vector excess = (bottom.array() > 0).select(s2.array() / bottom.array(), 0.0);

  v_.noalias() = (-product * (scales.first + scales.second)) * r;
  multiply(d.u.transpose(), r, x_);
  x_.array().colwise() *= excess.array();
  multiply(-product, d.u, x_, 1.0, v_);
  multiply(r, d.v, y_);
  y_.array().rowwise() *= excess.transpose().array();
  multiply(-product, y_, d.v.transpose(), 1.0, v_);
}

void SelfConsistentDynamics::descend(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  evaluate_velocity(update.step.pair("solver.step"), gradient);
  a_ += v_;
  refresh();
}

void SelfConsistentDynamics::get(std::span<double> state) const { flat::write(state, {&a_}); }

void SelfConsistentDynamics::set(std::span<const double> state) {
  flat::read(state, {&a_});
  refresh();
}

void SelfConsistentDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  evaluate_velocity(rates.pair("solver.rates"), residual().gradient);
  flat::write(derivative, {&v_});
}

}  // namespace linnet
