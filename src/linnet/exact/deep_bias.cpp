#include "linnet/exact/deep_bias.hpp"

#include <cmath>

#include "linnet/dynamics/critical_start.hpp"
#include "linnet/error.hpp"
#include "linnet/exact/seen_inputs.hpp"

namespace linnet {

namespace {

void require_depth(double depth) {
  if (depth >= 1 && std::isfinite(depth)) return;
  bad_input({.field = "depth", .expected = "a depth L >= 1", .got = format_number(depth)});
}

/// ρ^{L−1} of the end, from |w⊥| and |β*|. With c = |w⊥|²/|β*|^{2/L} and e^u = ρ²/|β*|^{2/L} − c the equation is
/// u + (L − 1) ln(c + e^u) = 0. Its left side rises and is convex, and is not negative at 0: Newton's method from there
/// never passes the root.
double end_factor(double across, double fitted, double depth) {
  if (fitted == 0) return std::pow(across, depth - 1);
  const double root = std::pow(fitted, 1 / depth);
  const double c = across / root * (across / root);
  double u = 0;
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double whole = c + std::exp(u);
    const double next = u - (u + (depth - 1) * std::log(whole)) / (1 + (depth - 1) * std::exp(u) / whole);
    if (!(next < u)) break;
    u = next;
  }
  return std::pow(fitted, 1 - 1 / depth) * std::exp(-u / 2);
}

}  // namespace

double DeepPotential::value(const Vector& beta) const {
  require_depth(depth);
  return depth / (depth + 1) * std::pow(beta.stableNorm(), 1 + 1 / depth);
}

Vector DeepPotential::gradient(const Vector& beta) const {
  require_depth(depth);
  const double size = beta.stableNorm();
  if (size == 0) return Vector::Zero(beta.size());
  return std::pow(size, 1 / depth) * (beta / size);
}

// |β|^{1/L − 1} across β, and 1/L of it along β.
Matrix DeepPotential::hessian(const Vector& beta) const {
  require_depth(depth);
  const double size = beta.stableNorm();
  Matrix h = Matrix::Identity(beta.size(), beta.size());
  if (depth == 1) return h;
  if (size == 0) {
    bad_input({.field = "coefficients", .expected = "a β other than 0, for L > 1", .got = "0"});
  }
  h -= (1 - 1 / depth) * (beta / size) * (beta / size).transpose();
  return std::pow(size, 1 / depth - 1) * h;
}

Vector DeepPotential::from_gradient(const Vector& w) const {
  require_depth(depth);
  return std::pow(w.stableNorm(), depth - 1) * w;
}

DeepBalanced balanced_limit(const DeepLinear& weights) {
  const double size = rescaled_size(weights, 1.0);
  double most = 0;
  for (const Matrix& delta : imbalances(weights, 1.0)) most = std::max(most, delta.norm());
  if (!(most <= 1e-8 * size)) {
    bad_input({.field = "network.weights",
               .expected = "balanced weights, W_{l+1}ᵀW_{l+1} = W_lW_lᵀ",
               .got = "a difference of " + format_number(most) + " at |θ|² = " + format_number(size),
               .hint = "small weights become balanced as they grow: DeepBalanced of their A and depth is the limit"});
  }
  return {weights.end_to_end(), static_cast<double>(weights.depth())};
}

Vector interpolator(const DeepBalanced& start, const Task& task) {
  require_fit(start.shape(), task);
  const SeenInputs seen(task);
  const Vector& target = seen.target();
  const Vector w = DeepPotential{.depth = start.depth()}.gradient(start.end_to_end().row(0).transpose());
  if (start.depth() > 1 && w.isZero(0)) refuse_origin();
  const Vector across = w - seen.project(w);
  const double rounding = 1e-12 * w.stableNorm();
  if (across.stableNorm() <= rounding) {
    const double size = target.stableNorm();
    const bool opposite = size > 0 && (w / w.stableNorm() + target / size).norm() <= 1e-12;
    if (start.depth() > 1 && seen.white() && opposite) {
      bad_input({.field = "network.weights",
                 .expected = "a start that does not end at the saddle β = 0",
                 .got = "β_0 opposite to the solution of least norm",
                 .hint = "move the start"});
    }
    return target;
  }
  return target + end_factor(across.stableNorm(), target.stableNorm(), start.depth()) * across;
}

}  // namespace linnet
