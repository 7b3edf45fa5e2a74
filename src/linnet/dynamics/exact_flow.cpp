#include "linnet/dynamics/exact_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/dynamics/false_position.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double promised_error = 1e-11;

void require_time(double t) {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
}

/// The layers W_l/√η_l obey the equal-rate flow.
GramState rescaled(const GramState& g, PerLayer rates) {
  return {g.input_representation() / rates.first, g.end_to_end() / std::sqrt(rates.product()),
          g.output_representation() / rates.second};
}

/// Q_0 with at most n columns: Q_0𝒬 of the QR factorization Q_0ᵀ = 𝒬𝓡, which keeps the digits of every row.
Matrix narrowed(Matrix q) {
  if (q.cols() <= q.rows()) return q;
  return linalg::product(q, linalg::qr_factor(q.transpose()));
}

/// The factor of a network known by A alone: two columns for each singular value, [√big, s/√big] and [0, c/√big].
Matrix factor_of(const SelfConsistent& network, PerLayer rates) {
  const PerLayer scales{network.scales().first / rates.first, network.scales().second / rates.second};
  const linalg::Svd d = linalg::full_svd(network.end_to_end() / std::sqrt(rates.product()));
  const double kappa = (scales.first + scales.second) / 2;
  const double half = std::abs(scales.second - scales.first) / 2;
  const double c = std::sqrt(scales.product());
  const bool outputs_larger = scales.second >= scales.first;
  const Matrix& large = outputs_larger ? d.u : d.v;
  const Matrix& small = outputs_larger ? d.v : d.u;
  const Index inputs = network.shape().inputs;
  const Index n = network.shape().sum();
  const auto sides = [&](Matrix& q, Index column, const auto& on_large, const auto& on_small) {
    auto top = q.col(column).head(inputs);
    auto bottom = q.col(column).tail(n - inputs);
    if (outputs_larger) {
      top = on_small;
      bottom = on_large;
    } else {
      top = on_large;
      bottom = on_small;
    }
  };
  Matrix q = Matrix::Zero(n, n);
  Index columns = 0;
  const Vector none_large = Vector::Zero(large.rows());
  const Vector none_small = Vector::Zero(small.rows());
  const auto root_of = [&](Index i) {
    const double s = i < d.s.size() ? d.s(i) : 0.0;
    return std::sqrt(std::hypot(kappa, s) + half);
  };
  for (Index i = 0; i < large.cols(); ++i) {
    const double root = root_of(i);
    if (root == 0) continue;
    if (i < d.s.size()) {
      sides(q, columns++, root * large.col(i), (d.s(i) / root) * small.col(i));
    } else {
      sides(q, columns++, root * large.col(i), none_small);
    }
  }
  if (c > 0) {
    for (Index i = 0; i < small.cols(); ++i) sides(q, columns++, none_large, (c / root_of(i)) * small.col(i));
  }
  return q.leftCols(columns);
}

struct Start {
  Closure closure;
  Matrix q;
};

Start start_of(const SelfConsistent& network, PerLayer rates) {
  const PerLayer scales{network.scales().first / rates.first, network.scales().second / rates.second};
  return {.closure = {.balance = scales.second - scales.first, .scale2 = scales.product(), .residual = 0},
          .q = factor_of(network, rates)};
}

/// c > 0 needs a G of full rank, and shows above the rounding of G; otherwise c = 0.
Closure closure_of(const GramState& g, bool full_rank) {
  const double size = g.input_representation().squaredNorm() + 2 * g.end_to_end().squaredNorm() +
                      g.output_representation().squaredNorm();
  if (full_rank) {
    const Closure fit = fit_closure(g);
    if (fit.scale2 > 64 * epsilon * size) return fit;
  }
  return fit_balance(g);
}

Start start_of(const GramState& g, PerLayer rates) {
  const GramState scaled = rescaled(g, rates);
  const double tolerance = 16 * epsilon * static_cast<double>(scaled.shape().sum());
  Start start{.closure = {}, .q = linalg::semidefinite_factor(scaled.gram(), tolerance)};
  start.closure = closure_of(scaled, start.q.cols() == scaled.shape().sum());
  return start;
}

Start start_of(const Weights& w, PerLayer rates) {
  Matrix q(w.shape().sum(), w.width());
  q.topRows(w.shape().inputs) = w.w1().transpose() / std::sqrt(rates.first);
  q.bottomRows(w.shape().outputs) = w.w2() / std::sqrt(rates.second);
  Start start{.closure = {}, .q = narrowed(q)};
  start.closure = closure_of(GramState::from_factor(q, w.shape()), start.q.cols() == q.rows());
  return start;
}

void require_closure(const Closure& closure, double tolerance) {
  if (closure.residual <= tolerance) return;
  bad_input({.field = "network",
             .expected = "a start that satisfies the closure GJG = -λG + c²J within " + format_number(tolerance),
             .got = "residual " + format_number(closure.residual) +
                    " at the best λ = " + format_number(closure.balance) + ", c² = " + format_number(closure.scale2),
             .hint = "integrate the Gram state's gradient flow instead, or raise the tolerance for an approximation"});
}

/// log(e^a + e^b) without overflow.
Array log_sum(const Array& a, const Array& b) {
  const Array top = a.max(b);
  return top + ((a - top).exp() + (b - top).exp()).log();
}

/// Singular values equal up to rounding are made equal, and those that are only rounding zero: as t grows their
/// differences would decide which of them is learned.
void settle(Vector& y) {
  if (y.size() == 0) return;
  const double rounding = 2 * epsilon * static_cast<double>(y.size()) * y(0);
  for (Index begin = 0; begin < y.size();) {
    Index end = begin + 1;
    while (end < y.size() && y(end - 1) - y(end) <= rounding) ++end;
    const double mean = y.segment(begin, end - begin).mean();
    y.segment(begin, end - begin).setConstant(mean <= rounding ? 0.0 : mean);
    begin = end;
  }
}

}  // namespace

ExactFlow::ExactFlow(const Network& start, const Task& task) : ExactFlow(start, task, Options()) {}

struct ExactFlow::Blocks {
  Matrix larger;  // Q(t), the two sides
  Matrix smaller;
  // c²K: its diagonals and what couples the pairs, and what is left of the smaller side when the larger is eliminated.
  Vector own_larger;
  Vector own_smaller;
  Vector across;
  Vector left_smaller;
};

ExactFlow::ExactFlow(const Network& start, const Task& task, const Options& o) : task_(task), rates_(o.rates) {
  require_positive(o.rates.first, "solver.rates");
  require_positive(o.rates.second, "solver.rates");
  require_positive(o.tolerance, "solver.tolerance");
  if (!task.train.is_white()) {
    bad_input({.field = "task",
               .expected = "whitened inputs and no mask, for the closed form",
               .got = task.name,
               .hint = "whiten the inputs (task.whiten = true) or train by gradient flow"});
  }
  const Shape shape = std::visit([](const auto& s) { return s.shape(); }, start);
  require_fit(shape, task);
  const linalg::SerialBlas serial;
  Start begin = std::visit([&](const auto& s) { return start_of(s, o.rates); }, start);
  closure_ = begin.closure;
  if (o.closure) {
    closure_ = *o.closure;
  } else {
    require_closure(closure_, o.tolerance);
  }
  closure_.scale2 = std::max(0.0, closure_.scale2);
  q0_ = std::move(begin.q);

  linalg::Svd d = linalg::full_svd(task.target());
  settle(d.s);
  u_ = std::move(d.u);
  v_ = std::move(d.v);
  y_ = std::move(d.s);
  const double root = std::sqrt(o.rates.product());
  clock_ = o.rates.product();
  rescaled_y_ = Vector::Zero(std::max(shape.outputs, shape.inputs));
  rescaled_y_.head(y_.size()) = y_ / root;
  const double fastest = std::max(std::hypot(rescaled_y_.maxCoeff(), closure_.threshold()), 1e-100);
  latest_ = 1e280 / fastest;

  outputs_larger_ = closure_.balance >= 0;
  const Matrix inputs = linalg::product(v_.transpose(), Matrix(q0_.topRows(shape.inputs)));
  const Matrix outputs = linalg::product(u_.transpose(), Matrix(q0_.bottomRows(shape.outputs)));
  larger_ = outputs_larger_ ? outputs : inputs;
  smaller_ = outputs_larger_ ? inputs : outputs;
  look_for_saddles();
}

double ExactFlow::threshold() const { return closure_.threshold() * std::sqrt(rates_.product()); }

// For a singular value y of Y with r = (y² + κ²)^{½}, x = rt, σ = sinh(x)/r, and on the plane of its two singular
// vectors F = [[−λ/2, y], [y, λ/2]]:  Φ = (cosh x + σF)/(1 + c²σ²) and K = σΦ. Everything below is scaled by the power
// of e^x that keeps it in range:  s = σe^{−x}, and for the larger side  b = (cosh x + σ|λ|/2)e^{−x},  for the smaller
// one d = (cosh x − σ|λ|/2)e^{−x} = e^{−2x} + s(y² + c²)/(r + |λ|/2), without cancellation. With Φ = LLᵀ, L triangular
// from the larger side on, Q(t) = Lσ^{−½}𝒬 where 𝒬𝓡 = [σ^{½}LᵀQ_0; I].
ExactFlow::Blocks ExactFlow::evaluate(double t) const {
  require_time(t);
  const linalg::SerialBlas serial;
  const Index pairs = y_.size();
  const Index n1 = larger_.rows();
  const Index n2 = smaller_.rows();
  const Index r0 = q0_.cols();
  if (t == 0 || r0 == 0) {
    return {.larger = larger_,
            .smaller = smaller_,
            .own_larger = Vector::Zero(n1),
            .own_smaller = Vector::Zero(n2),
            .across = Vector::Zero(pairs),
            .left_smaller = Vector::Zero(n2)};
  }
  const double time = std::min(clock_ * t, latest_);
  const double half = std::abs(closure_.balance) / 2;
  const double c2 = closure_.scale2;
  const double kappa = closure_.threshold();
  const Array y = rescaled_y_.array();
  const Array r = (y.square() + kappa * kappa).sqrt();
  const Array x = r * time;
  const Array excess = (r + kappa > 0).select(y.square() / (r + kappa), 0.0);  // r − κ
  const Array e2 = (-2 * x).exp();
  const Array s = (r > 0).select(-(-2 * x).unaryExpr([](double z) { return std::expm1(z); }) / (2 * r), time);
  const Array b = (1 + e2) / 2 + s * half;
  const Array d = e2 + (r + half > 0).select(s * (y.square() + c2) / (r + half), 0.0);
  const Array log_cs = c2 > 0 ? Array(0.5 * std::log(c2) + s.log()) : Array::Constant(y.size(), -infinity);

  // log(σ^{½}L) of the two sides, relative to e^{κt}: rates that differ by little keep their difference.
  const Array saturation = log_sum(-2 * excess * time, 2 * (log_cs + kappa * time));
  const Array log_larger = 0.5 * ((s * b).log() - saturation);
  const Array log_smaller = 0.5 * (s / b).log() - kappa * time;
  const Array ratio = y * s / b;

  Matrix rows = Matrix::Zero(n1 + n2 + r0, r0);
  rows.topRows(n1) = larger_;
  rows.topRows(pairs) += ratio.head(pairs).matrix().asDiagonal() * smaller_.topRows(pairs);
  rows.middleRows(n1, n2) = smaller_;
  rows.bottomRows(r0).setIdentity();
  Vector log_weights(n1 + n2 + r0);
  log_weights << log_larger.head(n1).matrix(), log_smaller.head(n2).matrix(), Vector::Constant(r0, -kappa * time);
  const Matrix q = linalg::graded_qr_factor(std::move(rows), log_weights);

  // Lσ^{−½}: (Φ/σ)^{½} of the larger side, = (b/s)^{½}(1 + c²σ²)^{−½}, and e^{−x}(bs)^{−½} of what is left.
  const Array damping = (-0.5 * log_sum(Array::Zero(y.size()), 2 * (log_cs + x))).exp();
  const Array out_larger = (b / s).sqrt() * damping;
  const Array out_smaller = (-x).exp() / (b * s).sqrt();
  Blocks at;
  at.larger = out_larger.head(n1).matrix().asDiagonal() * q.topRows(n1);
  at.smaller = out_smaller.head(n2).matrix().asDiagonal() * q.middleRows(n1, n2);
  at.smaller.topRows(pairs) += ratio.head(pairs).matrix().asDiagonal() * at.larger.topRows(pairs);

  at.own_larger = Vector::Zero(n1);
  at.own_smaller = Vector::Zero(n2);
  at.across = Vector::Zero(pairs);
  at.left_smaller = Vector::Zero(n2);
  if (c2 > 0) {
    const Array scale = s / (s.square() + (-2 * x - std::log(c2)).exp());  // c²σe^x/(1 + c²σ²)
    at.own_larger = (scale * b).head(n1);
    at.own_smaller = (scale * d).head(n2);
    at.across = (scale * y * s).head(pairs);
    at.left_smaller = (c2 * s / b).head(n2);
  }
  return at;
}

Matrix ExactFlow::rotated_end_to_end(const Blocks& at) const {
  const Matrix& outputs = outputs_larger_ ? at.larger : at.smaller;
  const Matrix& inputs = outputs_larger_ ? at.smaller : at.larger;
  Matrix a = linalg::product(outputs, inputs.transpose());
  a.diagonal() += at.across;
  return std::sqrt(rates_.product()) * a;
}

GramState ExactFlow::gram_state(double t) const {
  const Blocks at = evaluate(t);
  const auto own = [&](const Matrix& q, const Vector& diagonal, const Matrix& basis, double rate) {
    const Matrix rotated = linalg::product(basis, q);
    Matrix c = rate * linalg::product(rotated, rotated.transpose());
    if (closure_.scale2 > 0) {
      c += rate * linalg::product((basis * diagonal.asDiagonal()).eval(), basis.transpose());
    }
    return c;
  };
  const auto side = [&](bool larger, const Matrix& basis, double rate) {
    return larger ? own(at.larger, at.own_larger, basis, rate) : own(at.smaller, at.own_smaller, basis, rate);
  };
  const Matrix a = linalg::product(linalg::product(u_, rotated_end_to_end(at)), v_.transpose());
  return {side(!outputs_larger_, v_, rates_.first), a, side(outputs_larger_, u_, rates_.second)};
}

Matrix ExactFlow::end_to_end(double t) const {
  return linalg::product(linalg::product(u_, rotated_end_to_end(evaluate(t))), v_.transpose());
}

Matrix ExactFlow::factor(double t) const {
  const Blocks at = evaluate(t);
  Matrix larger = at.larger;
  Matrix smaller = at.smaller;
  if (closure_.scale2 > 0 && t > 0) {
    // c²K has a factor of its own, two columns a pair; the two together are n x 2n, and of rank n.
    const Index n1 = larger.rows();
    const Index n2 = smaller.rows();
    const Index r = larger.cols();
    larger.conservativeResize(n1, r + n1 + n2);
    smaller.conservativeResize(n2, r + n1 + n2);
    larger.rightCols(n1 + n2).setZero();
    smaller.rightCols(n1 + n2).setZero();
    for (Index i = 0; i < n1; ++i) {
      const double root = std::sqrt(at.own_larger(i));
      larger(i, r + i) = root;
      if (i < y_.size() && root > 0) smaller(i, r + i) = at.across(i) / root;
    }
    for (Index i = 0; i < n2; ++i) smaller(i, r + n1 + i) = std::sqrt(at.left_smaller(i));
  }
  const Index inputs = v_.rows();
  Matrix q(inputs + u_.rows(), larger.cols());
  q.topRows(inputs) = std::sqrt(rates_.first) * linalg::product(v_, outputs_larger_ ? smaller : larger);
  q.bottomRows(u_.rows()) = std::sqrt(rates_.second) * linalg::product(u_, outputs_larger_ ? larger : smaller);
  return narrowed(std::move(q));
}

Vector ExactFlow::modes(double t) const {
  const Blocks at = evaluate(t);
  const Index pairs = y_.size();
  const Vector across = at.larger.topRows(pairs).cwiseProduct(at.smaller.topRows(pairs)).rowwise().sum();
  return std::sqrt(rates_.product()) * (across + at.across);
}

Vector ExactFlow::singular_values(double t) const { return linalg::singular_values(rotated_end_to_end(evaluate(t))); }

double ExactFlow::cost(double t) const { return task_.train.evaluate(end_to_end(t)).cost; }

double ExactFlow::train_error(double t) const { return task_.train.error(end_to_end(t)); }

double ExactFlow::test_error(double t) const {
  if (!task_.test) {
    bad_input({.field = "task.signal",
               .expected = "a signal A* or held-out data, for the test error",
               .got = "a task without one",
               .hint = "give the task a signal, or use the train error"});
  }
  return task_.test->error(end_to_end(t));
}

double ExactFlow::kernel_distance(double t) const { return linnet::kernel_distance(gram_state(0), gram_state(t)); }

Vector ExactFlow::learning_times(double fraction) const {
  require_finite(fraction, "fraction");
  Vector times = first_passage(fraction * y_);
  return (y_.array() > 0).select(times, infinity);
}

Vector ExactFlow::activation_times() const { return first_passage(Vector::Constant(y_.size(), threshold())); }

// From well before the fastest mode moves to long after the slowest has learned, or nearly so.
ExactFlow::Scan ExactFlow::scan() const {
  const double fastest = std::hypot(rescaled_y_.maxCoeff(), closure_.threshold()) * clock_;
  constexpr int count = 240;
  return {.first = fastest > 0 ? 1e-4 / fastest : 1.0, .ratio = std::pow(1e12, 1.0 / count), .count = count};
}

ExactFlow::Best ExactFlow::best() const {
  const Scan times = scan();
  Best best{.time = 0, .test_error = test_error(0)};
  double at = times.first;
  double least = at;
  for (int k = 0; k <= times.count; ++k, at *= times.ratio) {
    const double error = test_error(at);
    if (error < best.test_error) {
      best = {.time = at, .test_error = error};
      least = at;
    }
  }
  if (best.time > 0) {
    constexpr double golden = 0.6180339887498949;
    double left = least / times.ratio;
    double right = least * times.ratio;
    double inner = right - golden * (right - left);
    double outer = left + golden * (right - left);
    double error_inner = test_error(inner);
    double error_outer = test_error(outer);
    while (right - left > 1e-8 * right) {
      if (error_inner < error_outer) {
        right = outer;
        outer = inner;
        error_outer = error_inner;
        inner = right - golden * (right - left);
        error_inner = test_error(inner);
      } else {
        left = inner;
        inner = outer;
        error_inner = error_outer;
        outer = left + golden * (right - left);
        error_outer = test_error(outer);
      }
    }
    const double error = std::min(error_inner, error_outer);
    if (error < best.test_error) best = {.time = (left + right) / 2, .test_error = error};
  }
  const double last = test_error(infinity);
  if (last <= best.test_error) best = {.time = infinity, .test_error = last};
  return best;
}

// A scan over log time finds the first passage of each mode, false position its place.
Vector ExactFlow::first_passage(const Vector& levels) const {
  const Scan times_of = scan();
  Vector times = Vector::Constant(levels.size(), infinity);
  double left = 0;
  Vector before = modes(0) - levels;
  for (Index i = 0; i < levels.size(); ++i) {
    if (before(i) >= 0) times(i) = 0;
  }
  double right = times_of.first;
  for (int k = 0; k <= times_of.count; ++k, right *= times_of.ratio) {
    const Vector after = modes(right) - levels;
    for (Index i = 0; i < levels.size(); ++i) {
      if (std::isfinite(times(i)) || before(i) >= 0 || after(i) < 0) continue;
      const auto above = [&](double t) { return modes(t)(i) - levels(i); };
      times(i) = false_position(above, left, before(i), right, after(i), 1e-12);
    }
    before = after;
    left = right;
  }
  return times;
}

// The directions that grow are larger + smaller·y/(r + |λ|/2) of each y > 0, and the first of them are learned, as many
// as there are columns. Where the start has a part only just above rounding in one of those, it comes close to a
// saddle, and leaves it when that part's relative error says.
void ExactFlow::look_for_saddles() {
  const double kappa = closure_.threshold();
  const double half = std::abs(closure_.balance) / 2;
  const auto growing = static_cast<Index>((y_.array() > 0).count());
  if (growing == 0) return;
  const Array y = rescaled_y_.array().head(growing);
  const Array ratio = y / ((y.square() + kappa * kappa).sqrt() + half);
  const Matrix parts = larger_.topRows(growing) + ratio.matrix().asDiagonal() * smaller_.topRows(growing);
  const auto smallest = [&](Index count) {
    const Vector s = linalg::singular_values(parts.topRows(count));
    return s.size() == 0 ? 0.0 : s(s.size() - 1);
  };
  // Of equal y that are more than the columns left for them, any combination may be learned.
  const Index columns = q0_.cols();
  Index end = std::min(growing, columns);
  Index begin = end;
  if (columns > 0 && columns < growing) {
    while (end < growing && y(end) == y(columns - 1)) ++end;
    while (end > columns && begin > 0 && y(begin - 1) == y(columns - 1)) --begin;
  }
  double least = smallest(end);
  if (begin > 0 && begin < end) least = std::min(least, smallest(begin));
  const double size = std::max(larger_.norm(), smaller_.norm());  // of which everything is a rounded sum
  const double part = size > 0 ? least / size : 0.0;
  if (part * promised_error > epsilon) return;
  if (part <= 256 * epsilon) {
    warning_ =
        "the start has no part, up to rounding, in some direction that grows: exactly it would stay at a saddle, "
        "which rounding leaves; late times are not to be trusted";
  } else {
    warning_ =
        "the start has only " + format_number(part) +
        " of its size in some direction that grows: it comes close to a saddle, and when it leaves is known to a "
        "relative error of " +
        format_number(epsilon / part);
  }
}

}  // namespace linnet
