#include "linnet/networks/closure.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

/// G J G by its blocks, [[C_1² − AᵀA, ·], [A C_1 − C_2 A, A Aᵀ − C_2²]]; those of G² differ from them in signs alone.
struct Terms {
  Matrix inputs;       // n_0 x n_0
  Matrix across;       // n_2 x n_0
  Matrix outputs;      // n_2 x n_2
  double g2_norm = 0;  // ‖G²‖_F
};

double norm_of_blocks(const Matrix& inputs, const Matrix& across, const Matrix& outputs) {
  return std::sqrt(inputs.squaredNorm() + 2 * across.squaredNorm() + outputs.squaredNorm());
}

Terms terms(const GramState& g) {
  const Matrix& c1 = g.input_representation();
  const Matrix& c2 = g.output_representation();
  const Matrix& a = g.end_to_end();
  Terms t{.inputs = linalg::product(c1, c1), .across = linalg::product(a, c1), .outputs = linalg::product(c2, c2)};
  const Matrix inputs = linalg::product(a.transpose(), a);
  const Matrix across = linalg::product(c2, a);
  const Matrix outputs = linalg::product(a, a.transpose());
  t.g2_norm = norm_of_blocks(t.inputs + inputs, t.across + across, t.outputs + outputs);
  t.inputs -= inputs;
  t.across -= across;
  t.outputs = outputs - t.outputs;
  return t;
}

double residual(Terms t, const GramState& g, double balance, double scale2) {
  if (t.g2_norm == 0) return 0;
  t.inputs += balance * g.input_representation();
  t.inputs.diagonal().array() -= scale2;
  t.across += balance * g.end_to_end();
  t.outputs += balance * g.output_representation();
  t.outputs.diagonal().array() += scale2;
  return norm_of_blocks(t.inputs, t.across, t.outputs) / t.g2_norm;
}

/// The power of 2 below the largest entry, or 1: with it fourth powers of G/size are within the range of numbers.
double size_of(const GramState& g) {
  const double size = std::max(g.input_representation().maxCoeff(), g.output_representation().maxCoeff());
  return size > 0 ? std::ldexp(1.0, std::ilogb(size)) : 1.0;
}

GramState over(const GramState& g, double size) {
  return {g.input_representation() / size, g.end_to_end() / size, g.output_representation() / size};
}

/// λ and c² of G from those of G/size.
Closure in_units_of(double size, const Closure& unit) {
  return {.balance = size * unit.balance, .scale2 = size * size * unit.scale2, .residual = unit.residual};
}

}  // namespace

double Closure::threshold() const { return std::sqrt(std::max(0.0, balance * balance / 4 + scale2)); }

PerLayer Closure::scales() const {
  const double kappa = threshold();
  return {std::max(0.0, kappa - balance / 2), std::max(0.0, kappa + balance / 2)};
}

Closure fit_closure(const GramState& given) {
  const double size = size_of(given);
  const GramState state = over(given, size);
  const Matrix& c1 = state.input_representation();
  const Matrix& c2 = state.output_representation();
  const Matrix& a = state.end_to_end();
  Terms t = terms(state);
  // Normal equations of min ‖GJG + λG − c²J‖: unknowns (−λ, c²) with basis G, J.
  const auto n = static_cast<double>(state.shape().sum());
  const double gg = c1.squaredNorm() + 2 * a.squaredNorm() + c2.squaredNorm();
  const double gj = c1.trace() - c2.trace();
  const double bg =
      c1.cwiseProduct(t.inputs).sum() + 2 * a.cwiseProduct(t.across).sum() + c2.cwiseProduct(t.outputs).sum();
  const double bj = t.inputs.trace() - t.outputs.trace();
  Closure fit;
  const double determinant = gg * n - gj * gj;
  if (determinant > 1e-14 * gg * n) {
    fit.balance = -(bg * n - bj * gj) / determinant;
    fit.scale2 = (gg * bj - gj * bg) / determinant;
  }
  fit.residual = residual(std::move(t), state, fit.balance, fit.scale2);
  return in_units_of(size, fit);
}

Closure fit_balance(const GramState& given) {
  const double size = size_of(given);
  const GramState state = over(given, size);
  const Matrix& c1 = state.input_representation();
  const Matrix& c2 = state.output_representation();
  const Matrix& a = state.end_to_end();
  Terms t = terms(state);
  const double gg = c1.squaredNorm() + 2 * a.squaredNorm() + c2.squaredNorm();
  const double bg =
      c1.cwiseProduct(t.inputs).sum() + 2 * a.cwiseProduct(t.across).sum() + c2.cwiseProduct(t.outputs).sum();
  Closure fit;
  if (gg > 0) fit.balance = -bg / gg;
  fit.residual = residual(std::move(t), state, fit.balance, 0);
  return in_units_of(size, fit);
}

// tr C_1 = n_0(κ − λ/2) + E(κ) and tr C_2 = n_2(κ + λ/2) + E(κ), E = Σ (√(κ² + s²) − κ). Their difference gives λ(κ);
// then the first rises with κ, from κ = |λ|/2 on.
Closure match_closure(const GramState& state) {
  const auto n0 = static_cast<double>(state.shape().inputs);
  const auto n2 = static_cast<double>(state.shape().outputs);
  const double first = state.input_representation().trace();
  const double second = state.output_representation().trace();
  const Vector s = linalg::singular_values(state.end_to_end());
  const auto balance = [&](double kappa) { return 2 * (second - first - (n2 - n0) * kappa) / (n0 + n2); };
  const auto missing = [&](double kappa) {
    const double excess = (s.array().square() / ((s.array().square() + kappa * kappa).sqrt() + kappa)).sum();
    return first - n0 * (kappa - balance(kappa) / 2) - excess;
  };
  double low = 0;
  double high = (first + second) / std::min(n0, n2);
  Closure found;
  if (high > 0 && s.size() > 0) {
    for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
      const double middle = (low + high) / 2;
      (missing(middle) > 0 ? low : high) = middle;
    }
    found.balance = balance(high);
    found.scale2 = high * high - found.balance * found.balance / 4;
    if (found.scale2 <= 0) return fit_balance(state);
  }
  found.residual = closure_residual(state, found.balance, found.scale2);
  return found;
}

double closure_residual(const GramState& given, double balance, double scale2) {
  const double size = size_of(given);
  const GramState state = over(given, size);
  return residual(terms(state), state, balance / size, scale2 / size / size);
}

}  // namespace linnet
