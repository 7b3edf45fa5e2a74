#include "linnet/exact/neuron_bias.hpp"

#include <cmath>

#include "linnet/dynamics/critical_start.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/neuron_flow.hpp"
#include "linnet/exact/seen_inputs.hpp"

namespace linnet {

namespace {

/// Ψ grows as |β|^{3/2}, and its curvature as 1/|a|, so that it may over- or underflow.
[[noreturn]] void out_of_range(const Vector& beta) {
  bad_input({.field = "coefficients",
             .expected = "a β of which Ψ and its derivatives can be held, below 1e308",
             .got = "|β| = " + format_number(beta.stableNorm())});
}

/// Why.
[[noreturn]] void sign_is_unknown(const Neuron& start, const Task& task, bool white) {
  if (start.a == 0 && start.w.isZero(0)) refuse_origin();
  const Residual at_zero = task.train.evaluate(Matrix::Zero(1, start.w.size()));
  if (start.a == 0 && (at_zero.gradient * start.w)(0) == 0) refuse_saddle();
  if (white) {
    bad_input({.field = "network.weights",
               .expected = "a start off the boundary between a > 0 and a < 0 at the end",
               .got = "one on it, up to rounding, which ends at the saddle a = 0",
               .hint = "move the start, or give the sign that a is to have at the end"});
  }
  bad_input({.field = "sign",
             .expected = "the sign that a has at the end, 1 or -1",
             .got = "none, for a start from which a may pass 0 (δ < 0 and C(β_0) >= C(0))",
             .hint = "train by gradient flow and take the sign of a it ends with"});
}

int sign_of(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

}  // namespace

// With ρ = |β| = |a||w|:  Ψ = ∫|w| dρ = ρ|w| − ∫|a||w| d|w| = |a||w|² − η_w(|a|³ − |a(0)|³)/(3η_a), and |a| − |a(0)| is
// made of |w|² for δ > 0. All as ρ|w| times a factor between 1/2 and 1.
double NeuronPotential::value(const Vector& beta) const {
  const double size = beta.stableNorm();
  if (size == 0) return 0;
  const auto [a, w] = neuron_sizes(size, balance, rates);
  double part = 0;
  if (balance <= 0) {
    const double kink = std::sqrt(-balance / rates[1]) / w;  // |w| at β = 0, over |w|
    part = 1 - (1 - kink) * (1 + kink) / 3;
  } else {
    const double least = std::sqrt(balance / rates[0]) / a;
    part = (2 + 2 * least - least * least) / (3 * (1 + least));
  }
  const double psi = size * w * part;
  if (!std::isfinite(psi)) out_of_range(beta);
  return psi;
}

Vector NeuronPotential::gradient(const Vector& beta) const {
  const double size = beta.stableNorm();
  if (size == 0) return Vector::Zero(beta.size());
  return neuron_sizes(size, balance, rates).w * (beta / size);
}

// M^{-1} times the warp η_w|a|: η_w|a|/√(δ² + 4η_aη_w|β|²) along β and 1/|a| across.
Matrix NeuronPotential::hessian(const Vector& beta) const {
  const double size = beta.stableNorm();
  if (size == 0 && balance <= 0) {
    bad_input({.field = "coefficients", .expected = "a β other than 0, for δ <= 0", .got = "0, where Ψ has a kink"});
  }
  const double a = neuron_sizes(size, balance, rates).a;
  if (!std::isfinite(1 / a)) out_of_range(beta);
  const double along = rates[0] * a / 2 / std::hypot(balance / 2, std::sqrt(rates[0] * rates[1]) * size);
  Matrix h = Matrix::Identity(beta.size(), beta.size()) / a;
  if (size > 0) h += (along - 1 / a) * (beta / size) * (beta / size).transpose();
  return h;
}

Vector NeuronPotential::from_gradient(const Vector& w) const {
  const double own = std::sqrt(rates[1]) * w.stableNorm();
  const double root = std::sqrt(std::abs(balance));
  if (balance < 0 && own <= root) return Vector::Zero(w.size());
  // √(δ + η_a|w|²), computed without squares.
  const double last = balance < 0 ? std::sqrt(own - root) * std::sqrt(own + root) : std::hypot(own, root);
  return (last / std::sqrt(rates[0])) * w;
}

std::optional<int> end_sign(const Neuron& start, const Task& task, const Layerwise& rates) {
  const auto known = [](int sign) { return sign == 0 ? std::nullopt : std::optional(sign); };
  const Matrix origin = Matrix::Zero(1, start.w.size());
  if (SeenInputs(task).white()) return known(NeuronFlow(start, task, rates).end_sign());
  const Residual at_zero = task.train.evaluate(origin);
  if (start.a == 0) return known(sign_of(-(at_zero.gradient * start.w)(0)));
  const bool keeps =
      balance_of(start, rates) >= 0 || task.train.evaluate(start.coefficients().transpose()).cost < at_zero.cost;
  return keeps ? known(sign_of(start.a)) : std::nullopt;
}

Vector interpolator(const Neuron& start, const Task& task, const Layerwise& rates, std::optional<int> sign) {
  require_positive(rates.pair("solver.rates"), "solver.rates");
  require_fit(start.weights().shape(), task);
  if (sign && *sign != 1 && *sign != -1) {
    bad_input({.field = "sign", .expected = "1 or -1, the sign of a at the end", .got = std::to_string(*sign)});
  }
  const SeenInputs seen(task);
  const Vector w = seen.project(start.w);
  const double balance = balance_of({.a = start.a, .w = w}, rates);
  const double a = neuron_sizes(seen.target().stableNorm(), balance, rates).a;
  if (a == 0) return seen.target();
  if (!sign) sign = end_sign(start, task, rates);
  if (!sign) sign_is_unknown(start, task, seen.white());
  return seen.target() + *sign * a * (start.w - w);
}

}  // namespace linnet
