#include "linnet/landscape/newton.hpp"

#include <cmath>
#include <utility>

namespace linnet::landscape {

Vector least_residual(Point& point, const Vector& b, double tolerance) {
  const double size = b.norm();
  Vector x = Vector::Zero(b.size());
  Vector v_before = x;
  Vector w_before = x;
  Vector w = x;
  Vector v = b / size;
  double beta = 0;
  double left = size;
  double c_before = 1, c = 1, s_before = 0, s = 0;
  for (Index i = 0; i < b.size() + 20 && std::abs(left) > tolerance * size; ++i) {
    Vector next = point.hessian(v);
    const double alpha = v.dot(next);
    next -= alpha * v + beta * v_before;
    const double beta_next = next.norm();
    const double delta = c * alpha - c_before * s * beta;
    const double rho = std::hypot(delta, beta_next);
    if (!(rho > 0)) break;
    const Vector w_next = (v - s_before * beta * w_before - (s * alpha + c_before * c * beta) * w) / rho;
    c_before = std::exchange(c, delta / rho);
    s_before = std::exchange(s, beta_next / rho);
    x += c * left * w_next;
    left *= -s;
    if (!(beta_next > 0)) break;
    w_before = std::exchange(w, w_next);
    v_before = std::exchange(v, next / beta_next);
    beta = beta_next;
  }
  return x;
}

bool to_critical(Point& point, double goal, Far far) {
  for (int i = 0; i < 50; ++i) {
    const double before = point.gradient_norm();
    if (before <= goal) return true;
    const Vector theta = point.theta();
    Vector step = least_residual(point, -point.gradient(), 1e-8);
    const double limit = 0.1 * theta.norm();
    if (!(step.norm() <= limit)) {
      if (far == Far::refuse || !step.allFinite()) return false;
      step *= limit / step.norm();
    }
    double part = 1;
    do {
      point.move_to(theta + part * step);
      part /= 2;
    } while (!(point.gradient_norm() < (1 - 1e-4 * part) * before) && part > 1e-3);
    if (!(point.gradient_norm() < before)) return false;
  }
  return false;
}

}  // namespace linnet::landscape
