#include "linnet/exact/neuron_flow.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/growing_columns.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

/// (1 − e^{−2xt})/(2x), t at x = 0.
double integral(double x, double t) { return x > 0 ? -std::expm1(-2 * x * t) / (2 * x) : t; }

/// The slowest direction of a downstream neuron moves at the rate y²/|κ| and the fastest at |κ|. At this time both have
/// ended and neither overflows.
void require_range(double y, double kappa, double balance) {
  constexpr double most = 1e150;
  if (y > most) {
    bad_input({.field = "task",
               .expected = "targets β* of at most 1e150 √(η_wη_a)",
               .got = format_number(y),
               .hint = "scale the targets and the weights"});
  }
  if (y == 0 || std::abs(kappa) <= most * std::min(y, 1.0)) return;
  bad_input({.field = "network.balance",
             .expected = "|δ| of at most 2e150 η_wη_a, and as much times |β*|/√(η_wη_a)",
             .got = format_number(balance),
             .hint = "the limit of large |δ| is reached long before"});
}

}  // namespace

// With ŵ = w/√η_w, â = a/√η_a and time η_aη_wσ²t the rates are 1, and as â² = |ŵ|² + δ the flow is
//
//     ŵ' = (−κ + ν) ŵ + â ŷ,   â' = (κ + ν) â + ŷᵀŵ,   ŷ = β*/√(η_aη_w),   κ = δ/2,
//
// with one number ν(t) for all: a linear equation except for the length, which follows from δ or from the solution of
// the Riccati equation, |Φq|/(1 + qᵀ∫Φ²q)^{½}. Φ grows by e^{rt} along (sin, cos) in the plane of ŷ and a, falls by it
// along (−cos, sin), and moves the rest by e^{−κt}.
NeuronFlow::NeuronFlow(Neuron start, const Task& task, const Layerwise& rates)
    : task_(task), rates_(rates), start_(std::move(start)) {
  require_positive(rates.pair("solver.rates"), "solver.rates");
  require_fit(start_.weights().shape(), task);
  const SeenInputs seen(task);
  if (!seen.white()) {
    bad_input({.field = "task",
               .expected = "inputs that are white on the space they span, for the closed form",
               .got = task.name,
               .hint = "whiten the inputs or train by gradient flow"});
  }
  balance_ = balance_of(start_, rates);
  const Vector w = seen.project(start_.w);
  unseen_ = start_.w - w;
  const double root = std::sqrt(rates[0] * rates[1]);
  speed_ = rates[0] * rates[1] * seen.variance();
  y_ = seen.target().stableNorm() / root;
  axis_ = y_ > 0 ? Vector(seen.target().stableNormalized()) : Vector::Zero(w.size());
  const double part = axis_.dot(w);
  rest_ = w.size() > 1 || y_ == 0 ? Vector(w - part * axis_) : Vector::Zero(1);
  const double scale = 1 / std::sqrt(rates[0]);
  kappa_ = balance_of({.a = start_.a, .w = w}, rates) / (2 * root * root);
  size_ = std::hypot(start_.a / std::sqrt(rates[1]), scale * w.norm());
  const double unit = size_ > 0 ? size_ : 1.0;
  a_ = start_.a / std::sqrt(rates[1]) / unit;
  along_ = scale * part / unit;
  rest_ *= scale / unit;
  across_ = rest_.norm();
  require_range(y_, kappa_, balance_);
  r_ = std::hypot(y_, kappa_);
  if (r_ > 0) {
    const double larger = std::sqrt((r_ + std::abs(kappa_)) / (2 * r_));
    const double smaller = y_ / std::sqrt(2 * r_ * (r_ + std::abs(kappa_)));
    cos_ = kappa_ >= 0 ? larger : smaller;
    sin_ = kappa_ >= 0 ? smaller : larger;
  }
  growing_ = sin_ * along_ + cos_ * a_;
  decaying_ = sin_ * a_ - cos_ * along_;
  look_for_saddles();
}

double NeuronFlow::clock(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  return speed_ > 0 ? std::min(speed_ * t, 1e305 / std::max(1.0, r_)) : 0.0;
}

// Divided by e^{mt}, m being the fastest growth rate of the start's components.
NeuronFlow::Direction NeuronFlow::direction(double t) const {
  const double time = clock(t);
  if (time == 0 || size_ == 0) return {.along = along_, .a = a_, .rest = 1, .length = 1 / std::max(size_, 1e-300)};
  const double downstream = std::max(-kappa_, 0.0);
  const bool grows = growing_ != 0;
  const double fastest = grows ? r_ : downstream;
  const double lead = grows && kappa_ < 0 ? y_ * (y_ / (r_ - kappa_)) : 0.0;  // of it over `downstream`
  const double start = std::exp(-2 * fastest * time);
  const double passed = integral(r_, time);
  Direction d{};
  if (grows) {
    const double decayed = std::exp(-2 * r_ * time);
    const double turned = y_ * passed;  // sin cos (1 − e^{−2rt})
    d.along = along_ * (sin_ * sin_ + cos_ * cos_ * decayed) + a_ * turned;
    d.a = a_ * (cos_ * cos_ + sin_ * sin_ * decayed) + along_ * turned;
  } else {
    const double decayed = decaying_ * std::exp(-(r_ + fastest) * time);
    d.along = -cos_ * decayed;
    d.a = sin_ * decayed;
  }
  d.rest = kappa_ < 0 ? std::exp(-lead * time) : std::exp(-(kappa_ + fastest) * time);
  const double rests = kappa_ < 0 ? std::exp(-2 * lead * time) : start;
  d.length = std::sqrt(start / (size_ * size_) + (growing_ * growing_ + decaying_ * decaying_ * start) * passed +
                       across_ * across_ * rests * integral(std::abs(kappa_), time));
  return d;
}

Neuron NeuronFlow::at(double t) const {
  if (t == 0) return start_;
  const Direction d = direction(t);
  const double w = std::sqrt(rates_[0]) / d.length;
  return {.a = std::sqrt(rates_[1]) * d.a / d.length, .w = w * d.along * axis_ + w * d.rest * rest_ + unseen_};
}

double NeuronFlow::threshold() const { return std::abs(balance_) / (2 * std::sqrt(rates_[0] * rates_[1])); }

Vector NeuronFlow::coefficients(double t) const { return at(t).coefficients(); }

double NeuronFlow::magnitude(double t) const {
  const Neuron n = at(t);
  return n.a * n.w.norm();
}

double NeuronFlow::alignment(double t) const {
  const Direction d = direction(t);
  const double length = std::hypot(d.along, d.rest * across_);
  return y_ > 0 && length > 0 ? d.along / length : std::nan("");
}

// |ŵ across β*| moves as e^{−κt} over a common length, so that sinh(artanh φ) = along/across is along(t) e^{κt} over
// it, and τ the change of artanh φ. Without anything across, that of ln(along e^{κt}): the same in the limit.
double NeuronFlow::warp(double t) const {
  if (std::isnan(alignment(0))) return std::nan("");
  const Direction d = direction(t);
  const double time = clock(t);
  const double growth = growing_ != 0 ? (kappa_ >= 0 ? r_ + kappa_ : y_ * (y_ / (r_ - kappa_))) * time : 0.0;
  if (t == infinity && growth > 0) return std::copysign(infinity, d.along);
  if (across_ == 0) {
    if (!(d.along / along_ > 0)) return std::nan("");
    return std::copysign(1.0, along_) * (std::log(d.along / along_) + growth);
  }
  const double now = d.along / across_;
  // asinh(x e^g) is ±(ln 2|x| + g) where e^g is large.
  const double end = growth < 300 || now == 0 ? std::asinh(now * std::exp(std::min(growth, 300.0)))
                                              : std::copysign(std::log(2 * std::abs(now)) + growth, now);
  return end - std::asinh(along_ / across_);
}

Matrix NeuronFlow::end_to_end(double t) const { return coefficients(t).transpose(); }

GramState NeuronFlow::gram_state(double t) const { return GramState::from_weights(at(t).weights()); }

double NeuronFlow::cost(double t) const { return task_.train.evaluate(end_to_end(t)).cost; }

double NeuronFlow::train_error(double t) const { return task_.train.error(end_to_end(t)); }

double NeuronFlow::kernel_distance(double t) const {
  const TangentKernel start(Network(start_.weights()), rates_);
  const TangentKernel now(Network(at(t).weights()), rates_);
  const std::optional<Matrix> root = task_.train.input_root();
  return root ? linnet::kernel_distance(start.seen_through(*root), now.seen_through(*root))
              : linnet::kernel_distance(start, now);
}

int NeuronFlow::end_sign() const {
  if (r_ == 0 || cos_ == 0 || growing_ == 0) return 0;
  return growing_ > 0 ? 1 : -1;
}

// a(t) = 0:  e^{2rt} = 1 + |a|/(cos |growing|).
double NeuronFlow::sign_change() const {
  if (end_sign() == 0) return infinity;
  if (a_ == 0) return 0;
  if ((a_ > 0) == (growing_ > 0)) return infinity;
  return std::log1p(std::abs(a_) / (cos_ * std::abs(growing_))) / (2 * r_ * speed_);
}

double NeuronFlow::critical_alignment() const {
  const double w = std::hypot(along_, across_);
  return -std::abs(a_) / w * (cos_ / sin_);
}

// A growing component that is only rounding counts as 0: such a start ends at the saddle.
void NeuronFlow::look_for_saddles() {
  if (y_ == 0) return;
  const double rounded = sin_ * std::hypot(along_, across_) + cos_ * std::abs(a_);
  const double part = rounded > 0 ? std::abs(growing_) / rounded : 0.0;
  if (part * promised_error > epsilon) return;
  at_saddle_ = part <= 16 * epsilon;
  if (at_saddle_) {
    growing_ = 0;
    warning_ =
        "the start is, up to rounding, on the boundary between a > 0 and a < 0 at the end: it is taken to end at the "
        "saddle";
  } else {
    warning_ =
        "the start is near the boundary between a > 0 and a < 0 at the end: it comes close to a saddle, and when it "
        "leaves is known to a relative error of " +
        format_number(epsilon / part);
  }
}

}  // namespace linnet
