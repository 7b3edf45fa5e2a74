#include "linnet/exact/riccati_flow.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;
constexpr double no_time =
    1e-17;  // up to this time, in units of 1/the fastest rate, the second order is below rounding of the first

}  // namespace

double rescaled_clock(const Layerwise& rates, double variance) {
  const double clock = rates[0] * rates[1] * variance;
  if (clock >= 1e-300 && clock <= 1e300) return clock;
  bad_input({.field = "solver.rates",
             .expected = "learning rates of a product, times the variance of the inputs, within 1e-300 … 1e300",
             .got = format_number(rates[0]) + ", " + format_number(rates[1])});
}

RiccatiFlow::RiccatiFlow(const Matrix& target, const Start& start, double root, double clock)
    : kappa_(start.kappa), clock_(clock) {
  linalg::Svd d = linalg::full_svd(target);
  settle(d.s);
  u_ = std::move(d.u);
  v_ = std::move(d.v);
  y_ = std::move(d.s);
  rescaled_y_ = Vector::Zero(std::max(target.rows(), target.cols()));
  rescaled_y_.head(y_.size()) = y_ / root;
  latest_ = std::min(1e300 / std::hypot(rescaled_y_.maxCoeff(), kappa_), 1e300);
  larger_ = linalg::product(v_.transpose(), start.inputs);
  smaller_ = linalg::product(u_.transpose(), start.outputs);
  if (start.outputs_larger) larger_.swap(smaller_);
  size_ = std::max(larger_.norm(), smaller_.norm());
  earliest_ = no_time / (std::hypot(rescaled_y_.maxCoeff(), kappa_) + size_ * size_);
  growing_ = GrowingColumns::of(larger_, smaller_, rescaled_y_, kappa_);
  look_for_saddles(std::max(start.neurons, larger_.cols()));
}

// For a singular value y of Y with r = (y² + κ²)^{½}, x = rt, σ = sinh(x)/r, and on the plane of its two singular
// vectors F = [[−κ, y], [y, κ]], the larger side second:  Φ = cosh x + σF and K = σΦ. Everything below is scaled by the
// power of e^x that keeps it in range:  s = σe^{−x}, and for the larger side  b = (cosh x + σκ)e^{−x}. With Φ = LLᵀ, L
// triangular from the larger side on and det Φ = 1, Q(t) = Lσ^{−½}𝒬 where 𝒬𝓡 = [σ^{½}LᵀQ_0; I].
RiccatiFlow::Rows RiccatiFlow::at(double t) const {
  const linalg::SerialBlas serial;
  const Index pairs = y_.size();
  const Index n1 = larger_.rows();
  const Index n2 = smaller_.rows();
  const Index r0 = larger_.cols();
  if (t == 0 || r0 == 0 || clock_ == 0) return {.larger = larger_, .smaller = smaller_};
  const double time = std::min(clock_ * t, latest_);
  if (time < earliest_) return first_order(time);
  if (growing_) {
    if (std::optional<Rows> rows = growing_->at(time)) return *std::move(rows);
  }
  const Array y = rescaled_y_.array();
  const Array r = (y.square() + kappa_ * kappa_).sqrt();
  const Array x = r * time;
  const Array excess = (r + kappa_ > 0).select(y.square() / (r + kappa_), 0.0);  // r − κ
  const Array e2 = (-2 * x).exp();
  const Array s = (r > 0).select(-(-2 * x).unaryExpr([](double z) { return std::expm1(z); }) / (2 * r), time);
  const Array b = (1 + e2) / 2 + s * kappa_;
  const Array ratio = y * s / b;

  Matrix rows = Matrix::Zero(n1 + n2 + r0, r0);
  rows.topRows(n1) = larger_;
  rows.topRows(pairs) += ratio.head(pairs).matrix().asDiagonal() * smaller_.topRows(pairs);
  rows.middleRows(n1, n2) = smaller_;
  rows.bottomRows(r0).setIdentity();
  // log(σ^{½}L) of the two sides, relative to e^{κt}: rates that differ by little keep their difference.
  Vector log_weights(n1 + n2 + r0);
  log_weights << (0.5 * (s * b).log() + excess * time).head(n1).matrix(),
      (0.5 * (s / b).log() - kappa_ * time).head(n2).matrix(), Vector::Constant(r0, -kappa_ * time);
  const Matrix q = linalg::graded_qr_factor(std::move(rows), log_weights);

  // Lσ^{−½}: (Φ/σ)^{½} of the larger side, and e^{−x}(bs)^{−½} of the remainder.
  const Vector on_larger = (b / s).sqrt().head(n1);
  const Vector on_smaller = ((-x).exp() / (b * s).sqrt()).head(n2);
  Rows at{.larger = on_larger.asDiagonal() * q.topRows(n1), .smaller = on_smaller.asDiagonal() * q.middleRows(n1, n2)};
  at.smaller.topRows(pairs) += ratio.head(pairs).matrix().asDiagonal() * at.larger.topRows(pairs);
  return at;
}

/// Q_0 + t(F − G_0/2)Q_0; further terms are below rounding.
RiccatiFlow::Rows RiccatiFlow::first_order(double t) const {
  const Index pairs = y_.size();
  const auto y = rescaled_y_.head(pairs).asDiagonal();
  const Matrix metric = linalg::self_product(larger_.transpose()) + linalg::self_product(smaller_.transpose());
  Matrix larger = kappa_ * larger_ - 0.5 * linalg::product(larger_, metric);
  Matrix smaller = -kappa_ * smaller_ - 0.5 * linalg::product(smaller_, metric);
  larger.topRows(pairs) += y * smaller_.topRows(pairs);
  smaller.topRows(pairs) += y * larger_.topRows(pairs);
  return {.larger = larger_ + t * larger, .smaller = smaller_ + t * smaller};
}

std::pair<double, double> RiccatiFlow::ends() const {
  const double fastest = std::hypot(rescaled_y_.maxCoeff(), kappa_) + size_ * size_;
  constexpr double largest = 1e300;
  const double last = std::min(latest_ / std::max(clock_, latest_ / largest), largest);
  return {fastest > 0 ? std::min(1e-4 / fastest / clock_, last / 2) : last / 2, last};
}

}  // namespace linnet
