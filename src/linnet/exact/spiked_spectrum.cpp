#include "linnet/exact/spiked_spectrum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

SpikedModel::SpikedModel(Shape shape, Index rank) {
  require_at_least(shape.modes(), 1, "task.target");
  const double taken = static_cast<double>(std::min(rank, shape.modes())) / 2;
  larger_ = static_cast<double>(std::max(shape.outputs, shape.inputs)) - taken;
  smaller_ = static_cast<double>(shape.modes()) - taken;
  aspect_ = smaller_ / larger_;
}

double SpikedModel::unit() const { return std::sqrt(larger_); }

double SpikedModel::edge() const { return 1 + std::sqrt(aspect_); }

double SpikedModel::observed(double x) const {
  if (!(x > std::pow(aspect_, 0.25))) return edge();
  return std::sqrt((x + 1 / x) * (x + aspect_ / x));
}

double SpikedModel::strength(double y) const {
  if (!(y > edge())) return 0;
  // (y² − 1 − β)² − 4β, by its factors: y near the edge keeps its digits.
  const double below = 1 - std::sqrt(aspect_);
  const double root = std::sqrt((y - edge()) * (y + edge()) * (y - below) * (y + below));
  return std::sqrt((y * y - 1 - aspect_ + root) / 2);
}

double SpikedModel::overlap(double x) const {
  if (!(x > std::pow(aspect_, 0.25))) return 0;
  const double x2 = x * x;
  return (x2 - aspect_ / x2) / std::sqrt((x2 + aspect_) * (x2 + 1));
}

double SpikedModel::shrunk(double y) const {
  if (!(y > edge())) return 0;
  const double below = 1 - std::sqrt(aspect_);
  return std::sqrt((y - edge()) * (y + edge()) * (y - below) * (y + below)) / y;
}

double SpikedModel::added(double x) const { return 1 + aspect_ + aspect_ / (x * x); }

double SpikedModel::unseen(double x) const {
  const double x2 = x * x;
  return ((1 + aspect_) * x2 + 3 * aspect_ - aspect_ * aspect_ / x2) / ((1 + aspect_ / x2) * (x2 + 1));
}

// With y² = 1 + β + 2√β cos φ the density of the bulk (Marchenko & Pastur 1967) is smooth in φ ∈ [0, π],
//     (2/π) sin²φ / (1 + β + 2√β cos φ) dφ.
double SpikedModel::quantile(double above) const {
  constexpr int count = 2000;
  const double root = std::sqrt(aspect_);
  const double step = std::numbers::pi / count;
  const auto square = [&](double angle) { return std::max(1 + aspect_ + 2 * root * std::cos(angle), 0.0); };
  double mass = 0;  // from the largest down, by the midpoint rule
  for (int k = 0; k < count; ++k) {
    const double angle = (k + 0.5) * step;
    const double sine = std::sin(angle);
    const double part = 2 / std::numbers::pi * sine * sine / square(angle) * step;
    if (mass + part >= above) return std::sqrt(square((k + (above - mass) / part) * step));
    mass += part;
  }
  return 1 - root;
}

double SpikedModel::largest_of_noise() const {
  constexpr double quantile = 2.02345;  // of the Tracy–Widom law of real matrices, 99 %
  const double m = std::sqrt(std::max(larger_ - 0.5, 0.5));
  const double n = std::sqrt(std::max(smaller_ - 0.5, 0.5));
  const double spread = (m + n) * std::cbrt(1 / m + 1 / n);
  return std::sqrt(((m + n) * (m + n) + quantile * spread) / larger_);
}

namespace {

constexpr double range = 1e100;  // of singular values, whose squares must not overflow

void require_singular_values(const Vector& y) {
  if (y.size() == 0 || !(y(0) > 0)) {
    bad_input({.field = "task.target",
               .expected = "a target with entries other than 0",
               .got = y.size() == 0 ? "one without entries" : "a target of rank 0",
               .hint = "there is nothing to learn"});
  }
  if (!(y(0) > 1 / range && y(0) < range)) {
    bad_input({.field = "task.target",
               .expected = "a largest singular value between 1e-100 and 1e100",
               .got = format_number(y(0)),
               .hint = "choose another unit"});
  }
}

/// How many singular values are signal, and the σ of the rest, where σ is not known.
struct Split {
  Index rank = 0;
  double noise = 0;
};

Split split(const Vector& y, Shape shape, double rounding) {
  // A part of the rest, from above, and how much of that of noise its singular value is, at least.
  constexpr std::array<std::pair<double, double>, 2> alike{{{0.5, 0.5}, {0.8, 0.25}}};
  Split found;
  for (Index rank = 0; rank < y.size(); ++rank) {
    // A sum anew, not a difference: noise may be far smaller than the signal.
    const double squares = y.tail(y.size() - rank).squaredNorm();
    const Shape rest{.outputs = shape.outputs - rank, .inputs = shape.inputs - rank};
    const SpikedModel model(rest);
    const double entries = static_cast<double>(rest.outputs) * static_cast<double>(rest.inputs);
    found = {.rank = rank, .noise = std::sqrt(squares / entries)};
    if (y(rank) <= rounding) return {.rank = rank, .noise = 0};
    const double unit = found.noise * model.unit();
    const auto count = static_cast<double>(y.size() - rank);
    // The least singular values of a small square matrix may be anything.
    const auto looked_at = count < 16 ? alike.begin() + 1 : alike.end();
    const bool like_noise = std::all_of(alike.begin(), looked_at, [&](const auto& part) {
      return y(rank + static_cast<Index>(part.first * count)) >= part.second * unit * model.quantile(part.first);
    });
    if (like_noise && y(rank) <= unit * model.largest_of_noise()) return found;
  }
  return {.rank = y.size(), .noise = 0};
}

}  // namespace

SpectrumEstimate estimate_spectrum(linalg::Svd of, Shape shape, std::optional<double> noise) {
  if (noise) require_non_negative(*noise, "noise");
  const Vector& y = of.s;
  require_singular_values(y);
  const SpikedModel alone(shape);  // noise without a signal
  const auto entries = static_cast<double>(shape.outputs) * static_cast<double>(shape.inputs);
  // Singular values below it are of no noise, but of rounding.
  const double rounding = 4 * epsilon * alone.unit() * alone.unit() * y(0);
  SpectrumEstimate e{.spectrum = {}, .noise_known = noise.has_value(), .strengths = {}, .shape = shape};
  Index rank = 0;
  if (noise) {
    e.noise = *noise;
    e.edge = std::max(e.noise * alone.unit() * alone.largest_of_noise(), rounding);
    rank = (y.array() > e.edge).count();
  } else {
    const Split found = split(y, shape, rounding);
    rank = found.rank;
    e.noise = found.noise;
  }
  const SpikedModel model(shape, rank);
  const bool noisy = e.noise * model.unit() > rounding;
  e.strengths = y.head(rank);
  const double rest = y.tail(y.size() - rank).squaredNorm();
  for (int iteration = 0; noisy && iteration < 50; ++iteration) {
    const double unit = e.noise * model.unit();
    double taken = 0;  // of the noise, along the signal, in units of σ²
    for (Index i = 0; i < rank; ++i) {
      e.strengths(i) = unit * model.strength(y(i) / unit);
      if (e.strengths(i) > 0) taken += model.unit() * model.unit() * model.added(e.strengths(i) / unit);
    }
    if (e.noise_known) break;
    // E‖Y‖² = ‖A*‖² + entries σ²; the part of the noise along the signal moves strengths and ‖Y‖² alike.
    const double before = e.noise;
    e.noise = std::sqrt(rest / std::max(entries - taken, 1.0));
    if (std::abs(e.noise - before) <= 1e-14 * before) break;
  }
  if (!e.noise_known) e.edge = std::max(e.noise * alone.unit() * alone.largest_of_noise(), rounding);
  const double unit = e.noise * model.unit();
  // A singular value that is signal beside smaller ones may be below the edge of the model itself.
  rank = noisy ? (e.strengths.array() > 0).count() : rank;
  e.strengths.conservativeResize(rank);
  TaskSpectrum& s = e.spectrum;
  s.target = y;
  s.weight = Vector::Ones(y.size());
  s.overlap = Vector::Zero(y.size());
  for (Index i = 0; i < rank; ++i) {
    s.overlap(i) = noisy ? unit * model.shrunk(y(i) / unit) : y(i);
    if (noisy) s.unseen += unit * unit * model.unseen(e.strengths(i) / unit);
  }
  s.entries = entries;
  s.train_count = entries;
  s.vectors = std::move(of);
  return e;
}

SpectrumEstimate estimate_spectrum(const Matrix& target, std::optional<double> noise) {
  if (!target.allFinite()) {
    bad_input({.field = "task.target",
               .expected = "finite entries",
               .got = "nan or inf",
               .hint = "a matrix with unseen entries has no spectrum; use tasks.completion and train"});
  }
  if (target.size() == 0) require_singular_values({});
  return estimate_spectrum(linalg::svd(target), {.outputs = target.rows(), .inputs = target.cols()}, noise);
}

}  // namespace linnet
