#include "linnet/networks/closure.hpp"

#include <Eigen/Core>
#include <cmath>

#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

struct Terms {
  Matrix g;
  Matrix gjg;
  double g2_norm = 0;  // ‖G²‖_F
  Index inputs = 0;
};

Terms terms(const GramState& state) {
  Terms t{.g = state.gram(), .gjg = {}, .inputs = state.shape().inputs};
  Matrix jg = t.g;
  jg.bottomRows(state.shape().outputs) *= -1;
  linalg::multiply(t.g, jg, t.gjg);
  t.g2_norm = linalg::product(t.g, t.g).norm();
  return t;
}

double j_trace(const Matrix& m, Index inputs) {  // ⟨J, m⟩
  return m.diagonal().head(inputs).sum() - m.diagonal().tail(m.rows() - inputs).sum();
}

double residual(Terms t, double balance, double scale2) {
  if (t.g2_norm == 0) return 0;
  t.gjg += balance * t.g;
  t.gjg.diagonal().head(t.inputs).array() -= scale2;
  t.gjg.diagonal().tail(t.gjg.rows() - t.inputs).array() += scale2;
  return t.gjg.norm() / t.g2_norm;
}

}  // namespace

double Closure::threshold() const { return std::sqrt(std::max(0.0, balance * balance / 4 + scale2)); }

PerLayer Closure::scales() const {
  const double kappa = threshold();
  return {std::max(0.0, kappa - balance / 2), std::max(0.0, kappa + balance / 2)};
}

Closure fit_closure(const GramState& state) {
  const Terms t = terms(state);
  // Normal equations of min ‖GJG + λG − c²J‖: unknowns (−λ, c²) with basis G, J.
  const auto n = static_cast<double>(t.g.rows());
  const double gg = t.g.squaredNorm();
  const double gj = j_trace(t.g, t.inputs);
  const double bg = t.g.cwiseProduct(t.gjg).sum();
  const double bj = j_trace(t.gjg, t.inputs);
  Closure fit;
  const double determinant = gg * n - gj * gj;
  if (determinant > 1e-14 * gg * n) {
    fit.balance = -(bg * n - bj * gj) / determinant;
    fit.scale2 = (gg * bj - gj * bg) / determinant;
  }
  fit.residual = residual(t, fit.balance, fit.scale2);
  return fit;
}

double closure_residual(const GramState& state, double balance, double scale2) {
  return residual(terms(state), balance, scale2);
}

}  // namespace linnet
