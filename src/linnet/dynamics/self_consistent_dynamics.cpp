#include "linnet/dynamics/self_consistent_dynamics.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/linalg/root_excess.hpp"

namespace linnet {

SelfConsistentDynamics::SelfConsistentDynamics(const SelfConsistent& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task, start.threshold() == 0),
      scales_(start.scales()),
      rates_(start.rates()) {}

// In the rescaled variables Â = A/√(η_1η_2): Ĉ_1 = âI + V e Vᵀ, Ĉ_2 = b̂I + U e Uᵀ with the excess e = (κ̂² + ŝ²)^{½} −
// κ̂, and dA/dt = −η_1η_2(Ĉ_2R + RĈ_1).
void SelfConsistentDynamics::move(const Layerwise& layer_rates, const char* field, const Matrix& r, Matrix& out) {
  const Layerwise& rates = layer_rates.pair(field);
  const double root = std::sqrt(rates[0] * rates[1]);
  if (keeps_low_rank()) {
    balanced_.evaluate(decomposition(), 2, root, r, out);
    return;
  }
  const double kappa = kept_ * (scales_[0] / rates[0] + scales_[1] / rates[1]) / 2;
  out = -root * linalg::root_excess(end_to_end(), kappa * root, r) - (rates[0] * rates[1] * 2 * kappa) * r;
}

void SelfConsistentDynamics::descend_along(const Update& update, const Matrix& gradient) {
  EndToEndDynamics::descend_along(update, gradient);
  if (weight_decay() != 0) kept_ *= std::pow(1 - update.step[0] * weight_decay(), 2);
}

Index SelfConsistentDynamics::unknowns() const { return EndToEndDynamics::unknowns() + (weight_decay() != 0 ? 1 : 0); }

void SelfConsistentDynamics::get(std::span<double> state) const {
  EndToEndDynamics::get(state);
  if (weight_decay() != 0) state.back() = kept_;
}

void SelfConsistentDynamics::set(std::span<const double> state) {
  // Rounding and the integrator's tolerance must not make a scale negative.
  if (weight_decay() != 0) kept_ = std::max(state.back(), 0.0);
  EndToEndDynamics::set(state);
}

void SelfConsistentDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  EndToEndDynamics::velocity(rates, derivative);
  if (weight_decay() != 0) derivative.back() = -2 * rates[0] * weight_decay() * kept_;
}

}  // namespace linnet
