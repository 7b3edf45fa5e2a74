#include "linnet/dynamics/gram_dynamics.hpp"

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
// with the layers exchanged, from Â = W_2W_1⁺. So A is updated in place, in four half steps.
void GramDynamics::descend_sequential(const Layerwise& step, const Matrix& r) {
  const double half1 = 0.5 * step[0];
  const double half2 = 0.5 * step[1];
  multiply(c2_, r, t_);
  a_ -= half1 * t_;
  multiply(a_.transpose(), r, b1_);
  subtract_symmetric(step[0], b1_, c1_);
  multiply(r, c1_, p_);
  a_ -= half1 * t_ + half2 * p_;
  multiply(a_, r.transpose(), b2_);
  subtract_symmetric(step[1], b2_, c2_);
  a_ -= half2 * p_;
}

// Both layers from the old weights: the same half steps, and A⁺ = A − η_1C_2R − η_2RC_1 + η_1η_2 R AᵀR.
void GramDynamics::descend_simultaneous(const Layerwise& step, const Matrix& r) {
  multiply(c2_, r, t_);
  multiply(r, c1_, p_);
  x_.noalias() = a_ - (0.5 * step[0]) * t_;
  multiply(x_.transpose(), r, b1_);
  subtract_symmetric(step[0], b1_, c1_);
  multiply(a_.transpose(), r, b1_);
  x_.noalias() = a_ - (0.5 * step[1]) * p_;
  multiply(x_, r.transpose(), b2_);
  subtract_symmetric(step[1], b2_, c2_);
  a_ -= step[0] * t_ + step[1] * p_;
  multiply(step[0] * step[1], r, b1_, 1.0, a_);
}

void GramDynamics::get(std::span<double> state) const { flat::write(state, {&c1_, &a_, &c2_}); }

void GramDynamics::set(std::span<const double> state) {
  flat::read(state, {&c1_, &a_, &c2_});
  refresh();
}

// dC_1/dt = −η_1(AᵀR + RᵀA),  dA/dt = −η_1C_2R − η_2RC_1,  dC_2/dt = −η_2(ARᵀ + RAᵀ).
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
