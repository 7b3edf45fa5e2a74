#include "linnet/exact/exact_flow.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/exact/reach.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

constexpr double single_precision = 1e-6;  // closure residuals that may come from rounding to single precision

/// A factor of the Gram state of A under this closure. Each singular value s has two columns, with big = √(κ² + s²) +
/// |λ|/2, [√big, s/√big] and [0, c/√big], the larger layer first; one column for c = 0; for κ = 0 as many columns as
/// the rank of A.
Matrix factor_of(const Matrix& a, const Closure& closure) {
  const linalg::Svd d = linalg::full_svd(a);
  const double kappa = closure.threshold();
  const double c = std::sqrt(closure.scale2);
  const bool outputs_larger = closure.balance >= 0;
  const Matrix& large = outputs_larger ? d.u : d.v;
  const Matrix& small = outputs_larger ? d.v : d.u;
  const Index n = a.rows() + a.cols();
  Matrix q = Matrix::Zero(n, n);
  auto on_large = q.middleRows(outputs_larger ? a.cols() : 0, large.rows());
  auto on_small = q.middleRows(outputs_larger ? 0 : a.cols(), small.rows());
  Index columns = 0;
  const auto root_of = [&](Index i) {
    const double s = i < d.s.size() ? d.s(i) : 0.0;
    return std::sqrt(std::hypot(kappa, s) + std::abs(closure.balance) / 2);
  };
  const Index of_large = kappa > 0 ? large.cols() : linalg::graded_rank(a);
  for (Index i = 0; i < of_large; ++i) {
    const double root = root_of(i);
    if (root == 0) continue;
    on_large.col(columns) = root * large.col(i);
    if (i < d.s.size()) on_small.col(columns) = (d.s(i) / root) * small.col(i);
    ++columns;
  }
  if (c > 0) {
    for (Index i = 0; i < small.cols(); ++i) on_small.col(columns++) = (c / root_of(i)) * small.col(i);
  }
  return q.leftCols(columns);
}

/// A scale a or b of the closure: G − aJ, or G + bJ, is the Gram state of balanced weights with λ = 2κ, or −2κ. a for λ
/// >= 0 and b for λ < 0 is the smaller of the two.
double shift_of(const Closure& closure, bool outputs_larger) {
  if (!(closure.scale2 > 0)) return 0;
  return outputs_larger ? closure.scales()[0] : closure.scales()[1];
}

/// The balance and width of those weights.
Closure shifted(const Closure& closure) {
  return {.balance = std::copysign(2 * closure.threshold(), closure.balance), .scale2 = 0, .residual = 0};
}

/// c > 0 requires a G of full rank and a c above the rounding of G; otherwise c = 0. If the closure is satisfied, the
/// traces determine c as well as least squares do, and a small c better where A is singular, because there it enters by
/// its square root.
Closure closure_of(const GramState& g, bool full_rank) {
  if (full_rank) {
    const Closure fit = fit_closure(g);
    if (fit.scale2 > 64 * epsilon * g.input_representation().norm() * g.output_representation().norm()) {
      const Closure matched = match_closure(g);
      return matched.residual <= std::max(fit.residual, 64 * epsilon) ? matched : fit;
    }
  }
  return fit_balance(g);
}

/// The factor of the shifted Gram state with A and one representation of g, as a rule the larger one.
Matrix shifted_factor(const GramState& g, const Closure& closure, bool outputs_larger) {
  Matrix large = outputs_larger ? g.output_representation() : g.input_representation();
  large.diagonal().array() += shift_of(closure, outputs_larger);
  const linalg::SymmetricEigen d = linalg::symmetric_eigen(large);
  const Vector root = d.values.cwiseSqrt();
  const Matrix other = outputs_larger ? Matrix(g.end_to_end().transpose()) : g.end_to_end();
  const Matrix on_large = d.vectors * root.asDiagonal();
  const Matrix on_small = linalg::product(other, d.vectors) * root.cwiseInverse().asDiagonal();
  Matrix q(g.shape().sum(), root.size());
  q << (outputs_larger ? on_small : on_large), (outputs_larger ? on_large : on_small);
  return q;
}

/// λ and c², and Q_0 of the shifted Gram state.
struct ShiftedFactor {
  Closure closure;
  Matrix q;
  bool outputs_larger = true;  // the side whose representation the shift keeps above 0
  Index neurons = 0;           // where known; neurons beyond the columns of q have no effect
  Layerwise outside = 0.0;     // the eigenvalue of each representation where the reach ends
};

using Options = ExactFlow::Options;

ShiftedFactor start_of(const GramState& g, Matrix q, const Options& o) {
  ShiftedFactor start{.closure = o.closure ? *o.closure : closure_of(g, q.cols() == q.rows()), .q = std::move(q)};
  const bool shifted = start.closure.scale2 > 0;
  start.outputs_larger = (start.closure.balance >= 0) != (shifted && o.from_smaller);
  if (shifted) start.q = shifted_factor(g, start.closure, start.outputs_larger);
  return start;
}

ShiftedFactor start_of(const GramState& g, const Options& o, const Reach& /*reach*/) {
  require_semidefinite(g);
  const GramState scaled = rescaled(g, o.rates);
  const double tolerance = 16 * epsilon * static_cast<double>(scaled.shape().sum());
  return start_of(scaled, linalg::semidefinite_factor(scaled.gram(), tolerance), o);
}

ShiftedFactor start_of(const DeepLinear& w, const Options& o, const Reach& reach) {
  if (w.depth() != 2) return start_of(gram_state(w), o, reach);  // which has none, and says so
  const DeepLinear inside = reach.inside(w);
  Matrix q(inside.shape().sum(), w.width());
  q.topRows(inside.shape().inputs) = inside.w1().transpose() / std::sqrt(o.rates[0]);
  q.bottomRows(inside.shape().outputs) = inside.w2() / std::sqrt(o.rates[1]);
  Options own = o;
  // Weights that do not reach all directions have no c > 0; the residual is one of all directions.
  if (!o.closure && !reach.whole()) own.closure = fit_balance(rescaled(w, o.rates));
  ShiftedFactor start = start_of(GramState::from_factor(q, inside.shape()), linalg::independent_columns(q), own);
  if (start.closure.scale2 <= 0) start.neurons = w.width();
  return start;
}

ShiftedFactor start_of(const SelfConsistent& network, const Options& o, const Reach& reach) {
  const Layerwise scales{network.scales()[0] / o.rates[0], network.scales()[1] / o.rates[1]};
  const Closure own{.balance = scales[1] - scales[0], .scale2 = scales[0] * scales[1], .residual = 0};
  const Closure closure = o.closure ? *o.closure : own;
  return {.closure = closure,
          .q = factor_of(reach.inside(network.end_to_end()) / std::sqrt(o.rates[0] * o.rates[1]), shifted(closure)),
          .outputs_larger = closure.balance >= 0,
          .outside = closure.scales()};
}

/// A deep network of two layers is treated as `Weights`. Other networks have no Gram state, which throws.
ShiftedFactor start_of(const DeepLinearized& network, const Options& o, const Reach& r) {
  return start_of(gram_state(network), o, r);
}
ShiftedFactor start_of(const DeepBalanced& network, const Options& o, const Reach& r) {
  return start_of(gram_state(network), o, r);
}
ShiftedFactor start_of(const Diagonal& network, const Options& o, const Reach& r) {
  return start_of(gram_state(network), o, r);
}
ShiftedFactor start_of(const DeepDiagonal& network, const Options& o, const Reach& r) {
  return start_of(gram_state(network), o, r);
}
ShiftedFactor start_of(const Perceptron& network, const Options& o, const Reach& r) {
  return start_of(gram_state(network), o, r);
}

/// Within these bounds squares of intermediate results do not over- or underflow.
void require_range(const Vector& y, const GramState& g, const Layerwise& rates) {
  constexpr double bound = 1e150;
  const double root = std::sqrt(rates[0] * rates[1]);
  const double largest = y.size() > 0 ? y(0) / root : 0.0;
  if (largest > 0 && (largest < 1 / bound || largest > bound)) {
    bad_input({.field = "task",
               .expected = "a target Y whose largest singular value over √(η_1η_2) is within 1e-150 … 1e150",
               .got = format_number(largest),
               .hint = "scale the target and the weights"});
  }
  const double size =
      std::max(g.input_representation().maxCoeff() / rates[0], g.output_representation().maxCoeff() / rates[1]);
  if (size <= bound) return;
  bad_input({.field = "network",
             .expected = "representations W_1ᵀW_1/η_1 and W_2W_2ᵀ/η_2 of at most 1e150",
             .got = format_number(size),
             .hint = "scale the target and the weights"});
}

void require_closure(const Closure& closure, double tolerance) {
  if (closure.residual <= tolerance) return;
  const bool single = closure.residual < single_precision;
  bad_input({.field = "network",
             .expected = "a start that satisfies the closure GJG = -λG + c²J within " + format_number(tolerance),
             .got = "residual " + format_number(closure.residual) +
                    " at the best λ = " + format_number(closure.balance) + ", c² = " + format_number(closure.scale2),
             .hint = single ? "weights saved in single precision satisfy it to about 1e-7: take a tolerance of 1e-6"
                            : "integrate the Gram state's gradient flow instead, or raise the tolerance for an "
                              "approximation"});
}

}  // namespace

ExactFlow::ExactFlow(const Network& start, const Task& task) : ExactFlow(start, task, Options()) {}

ExactFlow::ExactFlow(const Network& start, const Task& task, const Options& o) : task_(task), rates_(o.rates) {
  require_positive(o.rates.pair("solver.rates"), "solver.rates");
  require_positive(o.tolerance, "solver.tolerance");
  require_inputs_only(task);
  require_fit(shape_of(start), task);
  if (const std::optional<SelfConsistent> wide = infinite_width_of(start)) {
    *this = ExactFlow(Network(*wide), task, o);
    return;
  }
  const linalg::SerialBlas serial;
  const double variance =
      task.train.is_white() ? *task.train.white_variance() : linalg::operator_norm(*task.train.covariance());
  const double clock = rescaled_clock(o.rates, variance);
  const Reach reach(start, task.target(), !task.train.is_white());
  const Matrix target = reach.inside(task.target());
  const Shape shape = shape_of(target);
  reduced_ = !reach.whole();
  constexpr double matrices = 12;  // of n² numbers
  require_memory(
      matrices * matrix_bytes(static_cast<double>(shape.sum()), static_cast<double>(shape.sum())), "network",
      "a closed form of " + std::to_string(shape.outputs) + " outputs and " + std::to_string(shape.inputs) + " inputs");
  ShiftedFactor begin = std::visit([&](const auto& s) { return start_of(s, o, reach); }, start);
  closure_ = begin.closure;
  if (!o.closure) require_closure(closure_, o.tolerance);
  closure_.scale2 = std::max(0.0, closure_.scale2);
  outputs_larger_ = begin.outputs_larger;
  shift_ = shift_of(closure_, outputs_larger_);
  outside_ = begin.outside;
  const RiccatiFlow::Start whole{.inputs = begin.q.topRows(shape.inputs),
                                 .outputs = begin.q.bottomRows(shape.outputs),
                                 .outputs_larger = outputs_larger_,
                                 .kappa = closure_.threshold(),
                                 .neurons = begin.neurons};
  GramState gram = gram_of(whole.inputs, whole.outputs);
  require_range(linalg::singular_values(target), gram, rates_);
  if (!reduced_) start_ = std::move(gram);
  if (task.train.is_white()) {
    parts_.emplace_back(target, whole, std::sqrt(o.rates[0] * o.rates[1]), clock);
    u_ = reach.outputs(parts_[0].u());
    v_ = reach.inputs(parts_[0].v());
    y_ = parts_[0].y();
  } else {
    take_apart(target, reach, whole, o.tolerance);
  }
}

double ExactFlow::threshold() const { return closure_.threshold() * std::sqrt(rates_[0] * rates_[1]); }

Matrix ExactFlow::rotated_end_to_end(const Blocks& at) const {
  const Matrix& outputs = outputs_larger_ ? at.larger : at.smaller;
  const Matrix& inputs = outputs_larger_ ? at.smaller : at.larger;
  return std::sqrt(rates_[0] * rates_[1]) * linalg::product(outputs, inputs.transpose());
}

/// The Gram state from the two sides of a factor of the shifted state, without what is outside of the reach.
GramState ExactFlow::gram_of(const Matrix& inputs, const Matrix& outputs) const {
  const double shift = outputs_larger_ ? shift_ : -shift_;
  Matrix first = rates_[0] * linalg::self_product(inputs);
  Matrix second = rates_[1] * linalg::self_product(outputs);
  first.diagonal().array() += shift * rates_[0];
  second.diagonal().array() -= shift * rates_[1];
  GramState state(first, std::sqrt(rates_[0] * rates_[1]) * linalg::product(outputs, inputs.transpose()), second);
  if (closure_.scale2 > 0) return std::move(state).with_full_rank();
  Matrix q(inputs.rows() + outputs.rows(), inputs.cols());
  q.topRows(inputs.rows()) = std::sqrt(rates_[0]) * inputs;
  q.bottomRows(outputs.rows()) = std::sqrt(rates_[1]) * outputs;
  return std::move(state).with_factor(std::move(q));
}

GramState ExactFlow::gram_state(double t) const {
  if (reduced_ && closure_.scale2 <= 0) {  // QQᵀ, whose rank rounding does not hide
    Matrix q = factor(t);
    const Matrix inputs = q.topRows(task_.shape().inputs);
    const Matrix outputs = q.bottomRows(task_.shape().outputs);
    GramState state(linalg::self_product(inputs), linalg::product(outputs, inputs.transpose()),
                    linalg::self_product(outputs));
    return std::move(state).with_factor(std::move(q));
  }
  const Blocks at = evaluate(t);
  const Matrix& inputs = outputs_larger_ ? at.smaller : at.larger;
  const Matrix& outputs = outputs_larger_ ? at.larger : at.smaller;
  if (!reduced_) return gram_of(linalg::product(v_, inputs), linalg::product(u_, outputs));
  const GramState inside = gram_of(inputs, outputs);
  const auto whole = [](const Matrix& basis, Matrix representation, double outside) {
    representation.diagonal().array() -= outside;
    Matrix c = linalg::product(linalg::product(basis, representation), basis.transpose());
    c.diagonal().array() += outside;
    return c;
  };
  GramState state(whole(v_, inside.input_representation(), outside_[0] * rates_[0]),
                  linalg::product(linalg::product(u_, inside.end_to_end()), v_.transpose()),
                  whole(u_, inside.output_representation(), outside_[1] * rates_[1]));
  return outside_[0] * outside_[1] > 0 ? std::move(state).with_full_rank() : state;
}

Matrix ExactFlow::end_to_end(double t) const {
  return linalg::product(linalg::product(u_, rotated_end_to_end(evaluate(t))), v_.transpose());
}

Index ExactFlow::columns() const {
  return closure_.scale2 > 0 ? task_.shape().sum() : columns_inside() + columns_outside();
}

/// Those of a larger side that is not 0 outside of the reach.
Index ExactFlow::columns_outside() const {
  const Matrix& basis = outputs_larger_ ? u_ : v_;
  return outside_[0] + outside_[1] > 0 ? basis.rows() - basis.cols() : 0;
}

Matrix ExactFlow::factor(double t) const {
  const Shape shape = task_.shape();
  Matrix q;
  if (closure_.scale2 > 0) {
    q = factor_of(end_to_end(t) / std::sqrt(rates_[0] * rates_[1]), closure_);
  } else {
    const Blocks at = evaluate(t);
    q = Matrix::Zero(shape.sum(), columns());
    const Index inside = columns_inside();
    q.topLeftCorner(shape.inputs, inside) = linalg::product(v_, outputs_larger_ ? at.smaller : at.larger);
    q.bottomLeftCorner(shape.outputs, inside) = linalg::product(u_, outputs_larger_ ? at.larger : at.smaller);
    if (const Index outside = columns_outside(); outside > 0) {
      const Matrix& basis = outputs_larger_ ? u_ : v_;
      q.block(outputs_larger_ ? shape.inputs : 0, inside, basis.rows(), outside) =
          std::sqrt(outside_[outputs_larger_ ? 1 : 0]) * linalg::full_svd(basis).u.rightCols(outside);
    }
  }
  q.topRows(shape.inputs) *= std::sqrt(rates_[0]);
  q.bottomRows(shape.outputs) *= std::sqrt(rates_[1]);
  return q;
}

Network ExactFlow::network(double t) const {
  if (reduced_ && outside_[0] + outside_[1] > 0) {
    return SelfConsistent(end_to_end(t), {outside_[0] * rates_[0], outside_[1] * rates_[1]}, rates_);
  }
  if (closure_.scale2 > 0 || columns() == 0) return gram_state(t);
  const Matrix q = factor(t);
  const Index inputs = task_.shape().inputs;
  return DeepLinear(q.topRows(inputs).transpose(), q.bottomRows(q.rows() - inputs));
}

Network ExactFlow::state(double t) const { return reduced_ ? network(t) : Network(gram_state(t)); }

Vector ExactFlow::modes(double t) const { return modes_of(evaluate(t)); }

Vector ExactFlow::modes_of(const Blocks& at) const {
  const Index pairs = y_.size();
  return std::sqrt(rates_[0] * rates_[1]) *
         at.larger.topRows(pairs).cwiseProduct(at.smaller.topRows(pairs)).rowwise().sum();
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

// Of K = η_1 C_2 ⊗ I + η_2 I ⊗ C_1, ⟨K, K'⟩ = n_0⟨η_1C_2, η_1C_2'⟩ + n_2⟨η_2C_1, η_2C_1'⟩ and products of traces.
// Outside of the reach C_l is a multiple of I, which one more diagonal entry stands for.
double ExactFlow::kernel_distance(double t) const {
  if (const std::optional<Matrix> root = task_.train.input_root()) {
    return linnet::kernel_distance(state(0), state(t), *root, rates_);
  }
  if (!reduced_) return linnet::kernel_distance(*start_, gram_state(t), rates_);
  struct Side {
    Matrix c;
    double trace;
  };
  const auto side = [&](const Matrix& representation, double rate, Index outside, double value) {
    const auto count = static_cast<double>(outside);
    const Index n = representation.rows();
    Side s{.c = Matrix::Zero(n + 1, n + 1), .trace = rate * representation.trace() + count * value};
    s.c.topLeftCorner(n, n) = rate * representation;
    s.c(n, n) = std::sqrt(count) * value;
    return s;
  };
  const Shape n = task_.shape();
  const double product = rates_[0] * rates_[1];
  const auto kernel = [&](double time) {
    const Blocks at = evaluate(time);
    const GramState g = gram_of(outputs_larger_ ? at.smaller : at.larger, outputs_larger_ ? at.larger : at.smaller);
    std::pair sides(side(g.input_representation(), rates_[1], n.inputs - v_.cols(), product * outside_[0]),
                    side(g.output_representation(), rates_[0], n.outputs - u_.cols(), product * outside_[1]));
    const double size = sides.first.trace + sides.second.trace;
    if (!(size > 0)) return sides;
    for (Side* s : {&sides.first, &sides.second}) {  // so that squares stay in range
      s->c /= size;
      s->trace /= size;
    }
    return sides;
  };
  const auto overlap = [&](const auto& a, const auto& b) {
    return static_cast<double>(n.outputs) * a.first.c.cwiseProduct(b.first.c).sum() +
           static_cast<double>(n.inputs) * a.second.c.cwiseProduct(b.second.c).sum() + a.first.trace * b.second.trace +
           a.second.trace * b.first.trace;
  };
  const auto before = kernel(0);
  const auto after = kernel(t);
  return linnet::kernel_distance(overlap(before, after), std::sqrt(overlap(before, before)),
                                 std::sqrt(overlap(after, after)));
}

}  // namespace linnet
