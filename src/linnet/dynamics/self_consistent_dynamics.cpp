#include "linnet/dynamics/self_consistent_dynamics.hpp"

#include <cmath>

#include "linnet/linalg/root_excess.hpp"

namespace linnet {

SelfConsistentDynamics::SelfConsistentDynamics(const SelfConsistent& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task, start.threshold() == 0), scales_(start.scales()) {}

// In the rescaled variables Â = A/√(η_1η_2): Ĉ_1 = âI + V e Vᵀ, Ĉ_2 = b̂I + U e Uᵀ with the excess e = (κ̂² + ŝ²)^{½} −
// κ̂, and dA/dt = −η_1η_2(Ĉ_2R + RĈ_1).
void SelfConsistentDynamics::move(const Layerwise& layer_rates, const char* field, const Matrix& r, Matrix& out) {
  const PerLayer rates = layer_rates.pair(field);
  const double root = std::sqrt(rates.product());
  if (keeps_low_rank()) {
    balanced_.evaluate(decomposition(), 2, root, r, out);
    return;
  }
  const PerLayer scales{scales_.first / rates.first, scales_.second / rates.second};
  const double kappa = (scales.first + scales.second) / 2;
  out = -root * linalg::root_excess(end_to_end(), kappa * root, r) - (rates.product() * 2 * kappa) * r;
}

}  // namespace linnet
