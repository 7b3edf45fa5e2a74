#include "linnet/exact/mirror.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/seen_inputs.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;

Array asinh_of(const Vector& s, const Array& kappa) {
  return (s.array() / kappa).unaryExpr([](double x) { return std::asinh(x); });
}

double potential(const Vector& s, const Array& kappa) {
  const Array square = s.array().square();
  const Array excess = square / ((kappa * kappa + square).sqrt() + kappa);  // √(κ² + s²) − κ
  return 0.5 * (s.array() * asinh_of(s, kappa) - excess).sum();
}

/// Minimizes Σ κ/2 cosh(θ_0 + 2Vν) − bᵀν, whose gradient is the residual of the data.
class Dual {
 public:
  Dual(const SeenInputs& seen, const Diagonal& start)
      : basis_(seen.basis()),
        aim_(basis_.transpose() * seen.target()),
        kappa_(start.thresholds()),
        angle_(asinh_of(start.values(), kappa_)) {}

  [[nodiscard]] Vector solve() const {
    Vector nu = Vector::Zero(aim_.size());
    const double scale = std::max(aim_.norm(), values(nu).norm());  // the size of the terms whose sum is the residual
    if (scale == 0) return values(nu);
    for (int iteration = 0; iteration < 500; ++iteration) {
      const Vector missed = basis_.transpose() * values(nu) - aim_;
      if (missed.norm() <= 1e-14 * scale) break;
      const Vector next = nu + descent(nu, missed);
      if (next == nu) break;
      nu = next;
    }
    Vector s = values(nu);
    const double left = (basis_.transpose() * s - aim_).norm() / scale;
    if (!(left <= 1e-10)) {
      numerical_failure(
          {.field = "network.threshold",
           .expected = "a κ at which the interpolator can be solved for",
           .got = format_number(kappa_.minCoeff()) + ", at which " + format_number(left) + " of the data is missed",
           .hint = "take a larger κ"});
    }
    return s;
  }

 private:
  [[nodiscard]] Array angles(const Vector& nu) const { return angle_ + 2 * (basis_ * nu).array(); }

  [[nodiscard]] Vector values(const Vector& nu) const { return kappa_ * angles(nu).sinh(); }

  [[nodiscard]] double objective(const Vector& nu) const {
    return (kappa_ / 2 * angles(nu).cosh()).sum() - aim_.dot(nu);
  }

  /// A Newton step, by the singular values of the root of the Hessian. No angle moves by more than 3 at once, and the
  /// step is shortened where the objective would rise.
  [[nodiscard]] Vector descent(const Vector& nu, const Vector& missed) const {
    const Vector root = (2 * kappa_ * angles(nu).cosh()).sqrt();
    const linalg::Svd d = linalg::svd(root.asDiagonal() * basis_);
    Vector step = -(d.v * d.s.array().square().inverse().matrix().asDiagonal() * d.v.transpose() * missed);
    step *= std::min(1.0, 3 / (2 * (basis_ * step).cwiseAbs().maxCoeff()));
    const double here = objective(nu);
    const double rounding =
        1e-14 * (std::abs(here) + 2 * std::abs(aim_.dot(nu)));  // of its two terms, which may cancel
    const double slope = missed.dot(step);
    double part = 1;
    while (part > 1e-12 && !(objective(nu + part * step) <= here + 1e-4 * part * slope + rounding)) {
      part /= 2;
    }
    return part * step;
  }

  const Matrix& basis_;
  Vector aim_;
  Array kappa_;
  Array angle_;  // θ_0
};

}  // namespace

double HyperbolicEntropy::value(const Vector& s) const { return potential(s, Array::Constant(s.size(), threshold)); }

double mirror_potential(const Diagonal& network) { return potential(network.values(), network.thresholds()); }

Vector HyperbolicEntropy::gradient(const Vector& s) const {
  return 0.5 * asinh_of(s, Array::Constant(s.size(), threshold));
}

Vector HyperbolicEntropy::curvature(const Vector& s) const {
  return 0.5 / (threshold * threshold + s.array().square()).sqrt();
}

Vector HyperbolicEntropy::from_gradient(const Vector& p) const { return threshold * (2 * p.array()).sinh(); }

Vector interpolator(const Diagonal& start, const Task& task) {
  require_fit(start.shape(), task);
  const SeenInputs seen(task);
  if (seen.all()) return seen.target();
  return Dual(seen, start).solve();
}

}  // namespace linnet
