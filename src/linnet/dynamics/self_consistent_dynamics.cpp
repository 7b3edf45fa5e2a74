#include "linnet/dynamics/self_consistent_dynamics.hpp"

#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

SelfConsistentDynamics::SelfConsistentDynamics(const SelfConsistent& start, const Task& task)
    : EndToEndDynamics(start.end_to_end(), task), scales_(start.scales()) {}

// In the rescaled variables Â = A/√(η_1η_2): Ĉ_1 = âI + V e Vᵀ, Ĉ_2 = b̂I + U e Uᵀ with the excess
// e = (κ̂² + ŝ²)^{½} − κ̂ = ŝ²/((κ̂² + ŝ²)^{½} + κ̂), and dA/dt = −η_1η_2(Ĉ_2R + RĈ_1).
void SelfConsistentDynamics::move(const Layerwise& layer_rates, const char* field, const Matrix& r, Matrix& out) {
  const PerLayer rates = layer_rates.pair(field);
  const double product = rates.product();
  const PerLayer scales{scales_.first / rates.first, scales_.second / rates.second};
  const double kappa = (scales.first + scales.second) / 2;
  linalg::Svd d = linalg::svd(end_to_end());
  const Vector s2 = d.s.array().square() / product;
  const Vector bottom = (s2.array() + kappa * kappa).sqrt() + kappa;
  const Vector excess = (bottom.array() > 0).select(s2.array() / bottom.array(), 0.0);

  out.noalias() = (-product * (scales.first + scales.second)) * r;
  multiply(d.u.transpose(), r, x_);
  x_.array().colwise() *= excess.array();
  multiply(-product, d.u, x_, 1.0, out);
  multiply(r, d.v, y_);
  y_.array().rowwise() *= excess.transpose().array();
  multiply(-product, y_, d.v.transpose(), 1.0, out);
}

}  // namespace linnet
