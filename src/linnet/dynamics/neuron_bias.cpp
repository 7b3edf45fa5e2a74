#include "linnet/dynamics/neuron_bias.hpp"

#include <cmath>

#include "linnet/dynamics/neuron_flow.hpp"
#include "linnet/dynamics/seen_inputs.hpp"
#include "linnet/error.hpp"

namespace linnet {

namespace {

/// (|w|, |a|) of the neuron of this |β|, neither by a difference.
struct Layers {
  double w;
  double a;
};

Layers layers_of(double size, double balance, PerLayer rates) {
  const double root = std::hypot(balance, 2 * std::sqrt(rates.product()) * size);
  const double larger = (root + std::abs(balance)) / 2;
  const double smaller = larger > 0 ? size * (size / larger) * rates.product() : 0.0;
  const double first = balance >= 0 ? smaller : larger;
  const double second = balance >= 0 ? larger : smaller;
  return {.w = std::sqrt(first / rates.second), .a = std::sqrt(second / rates.first)};
}

int sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

}  // namespace

// With ρ = |β| = |a||w|:  Ψ = ∫|w| dρ = ρ|w| − ∫|a||w| d|w| = |a||w|² − η_w(|a|³ − |a(0)|³)/(3η_a), and |a| − |a(0)| is
// made of |w|² for δ > 0.
double NeuronPotential::value(const Vector& beta) const {
  const auto [w, a] = layers_of(beta.norm(), balance, rates);
  if (balance <= 0) {
    const double kink = std::sqrt(-balance / rates.second);  // |w| at β = 0
    // a² is η_a(w² − kink²)/η_w: nothing cancels.
    return a * (w * w - (w - kink) * (w + kink) / 3);
  }
  const double a0 = std::sqrt(balance / rates.first);
  return w * w * (2 * a * a + 2 * a * a0 - a0 * a0) / (3 * (a + a0));
}

Vector NeuronPotential::gradient(const Vector& beta) const {
  const double size = beta.norm();
  if (size == 0) return Vector::Zero(beta.size());
  return (layers_of(size, balance, rates).w / size) * beta;
}

// M^{-1} times the warp η_w|a|: η_w|a|/√(δ² + 4η_aη_w|β|²) along β and 1/|a| across.
Matrix NeuronPotential::hessian(const Vector& beta) const {
  const double size = beta.norm();
  if (size == 0 && balance <= 0) {
    bad_input({.field = "coefficients", .expected = "a β other than 0, for δ <= 0", .got = "0, where Ψ has a kink"});
  }
  const double a = layers_of(size, balance, rates).a;
  const double along = rates.first * a / std::hypot(balance, 2 * std::sqrt(rates.product()) * size);
  Matrix h = Matrix::Identity(beta.size(), beta.size()) / a;
  if (size > 0) h += (along - 1 / a) * (beta / size) * (beta / size).transpose();
  return h;
}

Vector NeuronPotential::from_gradient(const Vector& w) const {
  const double square = balance + rates.second * w.squaredNorm();
  return square > 0 ? Vector(std::sqrt(square / rates.first) * w) : Vector::Zero(w.size());
}

std::optional<int> end_sign(const Neuron& start, const Task& task, PerLayer rates) {
  const auto known = [](int sign) { return sign == 0 ? std::nullopt : std::optional(sign); };
  const Matrix origin = Matrix::Zero(1, start.w.size());
  if (SeenInputs(task).white()) return known(NeuronFlow(start, task, rates).end_sign());
  const Residual at_zero = task.train.evaluate(origin);
  if (start.a == 0) return known(sign_of(-(at_zero.gradient * start.w)(0)));
  const bool keeps =
      balance_of(start, rates) >= 0 || task.train.evaluate(start.coefficients().transpose()).cost < at_zero.cost;
  return keeps ? known(sign_of(start.a)) : std::nullopt;
}

Vector interpolator(const Neuron& start, const Task& task, PerLayer rates, std::optional<int> sign) {
  require_positive(rates.first, "solver.rates");
  require_positive(rates.second, "solver.rates");
  require_fit(start.weights().shape(), task);
  if (sign && *sign != 1 && *sign != -1) {
    bad_input({.field = "sign", .expected = "1 or -1, the sign of a at the end", .got = std::to_string(*sign)});
  }
  const SeenInputs seen(task);
  if (!sign) sign = end_sign(start, task, rates);
  if (!sign) {
    bad_input({.field = "sign",
               .expected = "the sign that a has at the end, 1 or -1",
               .got = "none, for a start from which a may pass 0 (δ < 0 and C(β_0) >= C(0)) or stay there",
               .hint = "train by gradient flow and take the sign of a it ends with"});
  }
  const Vector w = seen.project(start.w);
  const double balance = balance_of({.a = start.a, .w = w}, rates);
  const double a = layers_of(seen.target().norm(), balance, rates).a;
  return seen.target() + *sign * a * (start.w - w);
}

}  // namespace linnet
