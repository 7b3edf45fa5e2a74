#include "linnet/networks/balanced.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet::networks {

namespace {

using linalg::Stream;

void require_rank(Shape shape, Index rank) {
  require_at_least(rank, 1, "network.rank");
  if (rank > shape.modes()) {
    bad_input({.field = "network.rank",
               .expected = "at most " + std::to_string(shape.modes()) + ", the smaller dimension",
               .got = std::to_string(rank)});
  }
}

void require_room_for_end_to_end(Shape shape) {
  constexpr double copies = 3;
  require_memory(copies * matrix_bytes(static_cast<double>(shape.outputs), static_cast<double>(shape.inputs)),
                 "network.end_to_end", format_shape(shape.outputs, shape.inputs));
}

/// Singular vectors, of each side at least as many as this, or all: beyond those of A an orthonormal basis of others.
/// No square matrix is formed for a side that is far longer.
linalg::Svd svd_with(const Matrix& a, Index columns) {
  const auto is_far_longer = [&](Index side) { return side >= 4 * std::max(columns, std::min(a.rows(), a.cols())); };
  if (!is_far_longer(std::max(a.rows(), a.cols()))) return linalg::full_svd(a);
  linalg::Svd d = linalg::svd(a);
  const auto extended = [&](Matrix& u) {
    const Index missing = std::min(columns, u.rows()) - u.cols();
    if (missing <= 0) return;
    const Index given = u.cols();
    u.conservativeResize(Eigen::NoChange, given + missing);
    u.rightCols(missing).setZero();
    u.rightCols(missing) = linalg::qr_factor(u).rightCols(missing);
  };
  extended(d.u);
  extended(d.v);
  return d;
}

}  // namespace

DeepLinear balanced(const Matrix& end_to_end, double balance, Index width, std::uint64_t seed, const Layerwise& rates) {
  require_positive(rates.pair("network.rates"), "network.rates");
  require_finite(balance, "network.balance");
  require_at_least(width, 1, "network.width");
  const Shape shape = shape_of(end_to_end);
  const Index larger = balance > 0 ? shape.outputs : shape.inputs;
  if (balance != 0 && width > larger) {
    bad_input({.field = "network.width",
               .expected = "at most " + std::to_string(larger) + ", the " + (balance > 0 ? "outputs" : "inputs") +
                           ", for λ " + (balance > 0 ? ">" : "<") + " 0",
               .got = std::to_string(width),
               .hint = "W_2ᵀW_2 − W_1W_1ᵀ = λI needs a larger layer of full rank w"});
  }
  const linalg::Svd d = svd_with(end_to_end / std::sqrt(rates[0] * rates[1]), width);
  const double cutoff = std::numeric_limits<double>::epsilon() * static_cast<double>(shape.sum()) * d.s(0);
  const auto rank = static_cast<Index>((d.s.array() > cutoff).count());
  if (rank > width) {
    bad_input({.field = "network.width",
               .expected = "at least " + std::to_string(rank) + ", the rank of the end-to-end matrix",
               .got = std::to_string(width)});
  }
  const auto w = static_cast<double>(width);
  require_memory(matrix_bytes(w, 2 * w + static_cast<double>(shape.sum())), "network.width", std::to_string(width));
  const Index modes = std::min(width, d.s.size());
  Vector first = Vector::Zero(width);
  Vector second = Vector::Zero(width);
  for (Index i = 0; i < width; ++i) {
    const double s = i < modes && i < rank ? d.s(i) : 0.0;
    const double large = std::sqrt((std::hypot(balance, 2 * s) + std::abs(balance)) / 2);
    const double small = large > 0 ? s / large : 0.0;
    first(i) = balance >= 0 ? small : large;
    second(i) = balance >= 0 ? large : small;
  }
  const Matrix rotation = linalg::random_frame(width, width, {.seed = seed, .stream = Stream::rotation});
  // A layer has no more directions than its smaller dimension.
  const Index in = std::min(width, shape.inputs);
  const Index out = std::min(width, shape.outputs);
  first *= std::sqrt(rates[0]);
  second *= std::sqrt(rates[1]);
  Matrix w1 = (rotation.leftCols(in) * first.head(in).asDiagonal()) * d.v.leftCols(in).transpose();
  Matrix w2 = (d.u.leftCols(out) * second.head(out).asDiagonal()) * rotation.leftCols(out).transpose();
  return DeepLinear(std::move(w1), std::move(w2));
}

Matrix semi_orthogonal(Shape shape, Index rank, double scale, std::uint64_t seed) {
  require_rank(shape, rank);
  require_non_negative(scale, "network.scale");
  require_room_for_end_to_end(shape);
  const Matrix left = linalg::random_frame(shape.outputs, rank, {.seed = seed, .stream = Stream::frame_left});
  const Matrix right = linalg::random_frame(shape.inputs, rank, {.seed = seed, .stream = Stream::frame_right});
  return scale * linalg::product(left, right.transpose());
}

Matrix random_end_to_end(Shape shape, Index rank, double scale, std::uint64_t seed) {
  require_rank(shape, rank);
  require_non_negative(scale, "network.scale");
  require_room_for_end_to_end(shape);
  const Matrix left = linalg::normal_matrix(shape.outputs, rank, 1.0, {.seed = seed, .stream = Stream::frame_left});
  const Matrix right = linalg::normal_matrix(rank, shape.inputs, 1.0, {.seed = seed, .stream = Stream::frame_right});
  const Matrix a = linalg::product(left, right);
  return (scale / linalg::operator_norm(a)) * a;
}

EffectiveBalance effective_balance(const DeepLinear& weights, const Layerwise& rates) {
  if (weights.cone() != nullptr) {
    bad_input({.field = "network", .expected = "all weights of a network, for its balance", .got = "a light cone"});
  }
  require_positive(rates.pair("rates"), "rates");
  Matrix delta = linalg::product(weights.w2().transpose(), weights.w2()) / rates[1];
  delta -= linalg::product(weights.w1(), weights.w1().transpose()) / rates[0];
  const auto w = static_cast<double>(weights.width());
  EffectiveBalance found{.balance = delta.trace() / w, .distance = 0};
  delta.diagonal().array() -= found.balance;
  found.distance = delta.norm() / std::sqrt(w);
  return found;
}

EffectiveBalance expected_balance(Shape shape, Index width, const Layerwise& variance) {
  require_at_least(width, 1, "network.width");
  require_non_negative(variance.pair("network.variance"), "network.variance");
  const auto n0 = static_cast<double>(shape.inputs);
  const auto n2 = static_cast<double>(shape.outputs);
  const auto w = static_cast<double>(width);
  // The entries of Δ have the variance v off the diagonal and 2v on it. So λ = tr Δ/w has the variance 2v/w.
  const double v = n2 * variance[1] * variance[1] + n0 * variance[0] * variance[0];
  return {.balance = n2 * variance[1] - n0 * variance[0], .distance = std::sqrt((w - 1) * (w + 2) / w * v)};
}

Tilt tilt(double tau, double alpha) {
  require_positive(tau, "network.tau");
  require_positive(alpha, "network.alpha");
  return {.first = tau / alpha, .second = alpha * tau};
}

Tilt tilt_of_delta(double tau, double delta) {
  require_positive(tau, "network.tau");
  require_finite(delta, "network.delta");
  // α² = (√(4 + z²) + z)/2 with z = δ/τ², without cancellation.
  const double z = delta / tau / tau;  // τ² may underflow
  const double large = (std::hypot(2, z) + std::abs(z)) / 2;
  if (!std::isfinite(large) || !(1 / large > 0)) {
    bad_input({.field = "network.delta",
               .expected = "|δ| at most about 1e308 τ², with τ = " + format_number(tau),
               .got = format_number(delta),
               .hint = "of such layers one is 0 to double precision: take a smaller |delta| or a larger tau"});
  }
  return tilt(tau, std::sqrt(z < 0 ? 1 / large : large));
}

}  // namespace linnet::networks
