#include "linnet/dynamics/gram_dynamics.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/dynamics/flat_state.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::multiply;
using linalg::subtract_symmetric;

GramDynamics::GramDynamics(const GramState& start, const Task& task)
    : LinearDynamics(task),
      c1_(start.input_representation()),
      a_(start.end_to_end()),
      c2_(start.output_representation()),
      t_(a_.rows(), a_.cols()),
      p_(a_.rows(), a_.cols()),
      x_(a_.rows(), a_.cols()),
      b1_(a_.cols(), a_.cols()),
      b2_(a_.rows(), a_.rows()) {
  refresh();
}

namespace {

void scale(double factor, Matrix& m) {
  if (factor != 1) m *= factor;
}

}  // namespace

void GramDynamics::descend_along(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  const Layerwise& step = update.step.pair("solver.step");
  if (update.order == Order::sequential) {
    descend_sequential(step, gradient);
  } else {
    descend_simultaneous(step, gradient);
  }
  refresh();
}

// With the new W_1 = W_1 − η_1 W_2ᵀR:  C_1⁺ = C_1 − η_1(AᵀR + RᵀA) + η_1² RᵀC_2R. As RᵀC_2R is symmetric, this is C_1 −
// η_1(B + Bᵀ) with B = (A − ½η_1 C_2R)ᵀ R: one product, where the separate terms would take two. Layer 2 is the same
// with the layers exchanged, from Â = W_2W_1⁺. So A is updated in place, in four half steps. Weight decay has d_1W_1 in
// place of W_1, d_1 = 1 − η_1μ: d_1²C_1 and d_1A in place of C_1 and A.
void GramDynamics::descend_sequential(const Layerwise& step, const Matrix& r) {
  const double half1 = 0.5 * step[0];
  const double half2 = 0.5 * step[1];
  const double kept1 = 1 - step[0] * weight_decay();
  const double kept2 = 1 - step[1] * weight_decay();
  multiply(c2_, r, t_);
  a_ = kept1 * a_ - half1 * t_;
  multiply(a_.transpose(), r, b1_);
  scale(kept1 * kept1, c1_);
  subtract_symmetric(step[0], b1_, c1_);
  multiply(r, c1_, p_);
  a_ = kept2 * a_ - (kept2 * half1 * t_ + half2 * p_);
  multiply(a_, r.transpose(), b2_);
  scale(kept2 * kept2, c2_);
  subtract_symmetric(step[1], b2_, c2_);
  a_ -= half2 * p_;
}

// Both layers from the old weights: the same half steps, and A⁺ = A − η_1C_2R − η_2RC_1 + η_1η_2 R AᵀR; with weight
// decay d_1d_2A − d_2η_1C_2R − d_1η_2RC_1 + η_1η_2 R AᵀR.
void GramDynamics::descend_simultaneous(const Layerwise& step, const Matrix& r) {
  const double kept1 = 1 - step[0] * weight_decay();
  const double kept2 = 1 - step[1] * weight_decay();
  multiply(c2_, r, t_);
  multiply(r, c1_, p_);
  x_.noalias() = kept1 * a_ - (0.5 * step[0]) * t_;
  multiply(x_.transpose(), r, b1_);
  scale(kept1 * kept1, c1_);
  subtract_symmetric(step[0], b1_, c1_);
  multiply(a_.transpose(), r, b1_);
  x_.noalias() = kept2 * a_ - (0.5 * step[1]) * p_;
  multiply(x_, r.transpose(), b2_);
  scale(kept2 * kept2, c2_);
  subtract_symmetric(step[1], b2_, c2_);
  a_ = kept1 * kept2 * a_ - (kept2 * step[0] * t_ + kept1 * step[1] * p_);
  multiply(step[0] * step[1], r, b1_, 1.0, a_);
}

void GramDynamics::get(std::span<double> state) const { flat::write(state, {&c1_, &a_, &c2_}); }

void GramDynamics::set(std::span<const double> state) {
  flat::read(state, {&c1_, &a_, &c2_});
  refresh();
}

// dC_1/dt = −η_1(AᵀR + RᵀA + 2μC_1),  dA/dt = −η_1C_2R − η_2RC_1 − (η_1 + η_2)μA,  dC_2/dt = −η_2(ARᵀ + RAᵀ + 2μC_2).
void GramDynamics::velocity(const Layerwise& layer_rates, std::span<double> derivative) {
  const Layerwise& rates = layer_rates.pair("solver.rates");
  const Matrix& r = residual().gradient;
  multiply(-rates[0], c2_, r, 0.0, t_);
  multiply(-rates[1], r, c1_, 1.0, t_);
  multiply(a_.transpose(), r, b1_);
  multiply(a_, r.transpose(), b2_);
  double* at = derivative.data();
  Eigen::Map<Matrix> dc1(at, c1_.rows(), c1_.cols());
  Eigen::Map<Matrix> da(at + c1_.size(), a_.rows(), a_.cols());
  Eigen::Map<Matrix> dc2(at + c1_.size() + a_.size(), c2_.rows(), c2_.cols());
  dc1 = -rates[0] * (b1_ + b1_.transpose());
  da = t_;
  dc2 = -rates[1] * (b2_ + b2_.transpose());
  if (const double mu = weight_decay(); mu != 0) {
    dc1 -= 2 * rates[0] * mu * c1_;
    da -= (rates[0] + rates[1]) * mu * a_;
    dc2 -= 2 * rates[1] * mu * c2_;
  }
}

// ‖W_2ᵀR + μW_1‖² + ‖RW_1ᵀ + μW_2‖².
double GramDynamics::slope() const {
  const Matrix& r = residual().gradient;
  const double mu = weight_decay();
  const Matrix by_inputs = linalg::product(r, c1_);
  const Matrix by_outputs = linalg::product(c2_, r);
  const double square = (by_inputs + by_outputs).cwiseProduct(r).sum() + 4 * mu * a_.cwiseProduct(r).sum() +
                        mu * mu * (c1_.trace() + c2_.trace());
  return std::sqrt(std::max(square, 0.0));
}

FactorDynamics::FactorDynamics(const Matrix& factor, const Task& task)
    : DeepDynamics(DeepLinear(factor.topRows(task.shape().inputs).transpose(), factor.bottomRows(task.shape().outputs)),
                   task) {}

Network FactorDynamics::network() const {
  const Matrix& w1 = weights()[0];
  const Matrix& w2 = weights()[1];
  Matrix q(w1.cols() + w2.rows(), w1.rows());
  q << w1.transpose(), w2;
  return GramState::from_weights(DeepLinear(w1, w2)).with_factor(std::move(q));
}

Index FactorDynamics::rank_limit() const {
  const bool zero = weights()[0].isZero(0) && weights()[1].isZero(0);
  return zero ? 0 : DeepDynamics::rank_limit();
}

void FactorDynamics::descend_along(const Update& update, const Matrix& gradient) {
  refuse_momentum(update);
  DeepDynamics::descend_along(update, gradient);
}

}  // namespace linnet
