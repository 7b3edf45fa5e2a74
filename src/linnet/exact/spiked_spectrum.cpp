#include "linnet/exact/spiked_spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

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

// With y² = 1 + β + 2√β cos φ the density of the bulk (Marchenko & Pastur 1967) is smooth in φ ∈ [0, π],
//     (2/π) sin²φ / (1 + β + 2√β cos φ) dφ.
double SpikedModel::median() const {
  constexpr int count = 2000;
  const double root = std::sqrt(aspect_);
  const double step = std::numbers::pi / count;
  const auto square = [&](double angle) { return std::max(1 + aspect_ + 2 * root * std::cos(angle), 0.0); };
  double mass = 0;  // from the largest down, by the midpoint rule
  for (int k = 0; k < count; ++k) {
    const double angle = (k + 0.5) * step;
    const double sine = std::sin(angle);
    const double part = 2 / std::numbers::pi * sine * sine / square(angle) * step;
    if (mass + part >= 0.5) return std::sqrt(square((k + (0.5 - mass) / part) * step));
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

SpectrumEstimate estimate_spectrum(linalg::Svd of, Shape shape, std::optional<double> noise) {
  if (noise) require_non_negative(*noise, "noise");
  const Vector& y = of.s;
  if (y.size() == 0 || !(y(0) > 0)) {
    bad_input({.field = "task.target",
               .expected = "a target with entries other than 0",
               .got = "a target of rank 0",
               .hint = "there is nothing to learn"});
  }
  const SpikedModel alone(shape);  // noise without a signal
  const auto entries = static_cast<double>(shape.outputs) * static_cast<double>(shape.inputs);
  // Singular values below it are of no noise, but of rounding.
  const double rounding = 4 * epsilon * alone.unit() * alone.unit() * y(0);
  SpectrumEstimate e{.spectrum = {}, .noise_known = noise.has_value(), .strengths = {}, .shape = shape};
  const double median = y(y.size() / 2);
  e.noise = noise ? *noise : median <= rounding ? 0.0 : median / (alone.unit() * alone.median());
  const double squares = y.squaredNorm();
  SpikedModel model = alone;
  for (int iteration = 0; iteration < 50; ++iteration) {
    e.edge = std::max(e.noise * alone.unit() * alone.largest_of_noise(), rounding);
    const Index rank = (y.array() > e.edge).count();
    model = SpikedModel(shape, rank);
    e.strengths = y.head(rank);
    const double unit = e.noise * model.unit();
    if (unit > 0) {
      for (double& s : e.strengths) s = unit * model.strength(s / unit);
    }
    if (e.noise_known || e.noise == 0) break;
    // E‖Y‖² = ‖A*‖² + entries σ²; the part of the noise along the signal moves strengths and ‖Y‖² alike.
    const double before = e.noise;
    e.noise = std::sqrt(std::max(squares - e.strengths.squaredNorm(), 0.0) / entries);
    if (std::abs(e.noise - before) <= 1e-12 * before) break;
  }
  const double unit = e.noise * model.unit();
  TaskSpectrum& s = e.spectrum;
  s.target = y;
  s.weight = Vector::Ones(y.size());
  s.overlap = Vector::Zero(y.size());
  for (Index i = 0; i < e.rank(); ++i) s.overlap(i) = unit > 0 ? unit * model.shrunk(y(i) / unit) : y(i);
  s.unseen = std::max(e.strengths.squaredNorm() - s.overlap.squaredNorm(), 0.0);
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
  return estimate_spectrum(linalg::svd(target), {.outputs = target.rows(), .inputs = target.cols()}, noise);
}

}  // namespace linnet
