#include "linnet/dynamics/balanced_velocity.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;

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

// With the thin SVD A = U S Vᵀ, F the couplings and g = s^{2−2/L} those with the directions outside U and V:
//     dA/dt = −[U (F∘Z − gZ − Zg) Vᵀ + U g UᵀR + R V g Vᵀ],  Z = UᵀRV.
void BalancedVelocity::evaluate(const linalg::Svd& a, double depth, double rate, const Matrix& r, Matrix& out) {
  const Index n = a.s.size();
  if (n == 0) {
    out.setZero(r.rows(), r.cols());
    return;
  }
  const Vector g = a.s.array().pow(2 - 2 / depth);
  multiply(a.u.transpose(), r, x_);
  multiply(r, a.v, y_);
  multiply(x_, a.v, z_);
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < n; ++i) z_(i, j) *= balanced_coupling(a.s(i), a.s(j), depth) - g(i) - g(j);
  }
  // U[(F∘Z − gZ − Zg)Vᵀ + g UᵀR] + (R V g)Vᵀ
  x_.array().colwise() *= g.array();
  multiply(1.0, z_, a.v.transpose(), 1.0, x_);
  y_.array().rowwise() *= g.transpose().array();
  multiply(-rate, a.u, x_, 0.0, out);
  multiply(-rate, y_, a.v.transpose(), 1.0, out);
}

}  // namespace linnet
