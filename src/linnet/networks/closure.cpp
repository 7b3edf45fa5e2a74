#include "linnet/networks/closure.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

double norm_of_blocks(const Matrix& inputs, const Matrix& across, const Matrix& outputs) {
  return std::sqrt(inputs.squaredNorm() + 2 * across.squaredNorm() + outputs.squaredNorm());
}

/// The Gram state within the directions of inputs and outputs that the layers reach. A layer of w neurons reaches at
/// most w directions, and G is 0 on the others.
GramState reached(const DeepLinear& weights) {
  // n x w, with the Gram matrix of the larger one.
  const auto narrowed = [](const Matrix& tall) -> Matrix {
    if (tall.rows() <= tall.cols()) return tall;
    const linalg::Svd d = linalg::svd(tall);
    return d.s.asDiagonal() * d.v.transpose();
  };
  return GramState::from_weights(DeepLinear(narrowed(weights.w1().transpose()).transpose(), narrowed(weights.w2())));
}

/// The closure in units in which each layer has size 1, so that a small layer counts as much as a large one. With g_l
/// the mean eigenvalues of C_l, g the larger of them and D = diag(I/√g_1, I/√g_2), the closure is D(GJG)D/g = −μĜ + γĴ,
/// Ĝ = DGD, Ĵ = diag(g_2 I, −g_1 I)/g, μ = λ/g, γ = c²/(g_1g_2). Where the state contains the reached directions only,
/// the others contribute just −γĴ.
class UnitLayers {
 public:
  explicit UnitLayers(const GramState& state) : UnitLayers(state, state.shape()) {}
  explicit UnitLayers(const DeepLinear& weights) : UnitLayers(reached(weights), weights.shape()) {}

  UnitLayers(const GramState& state, Shape whole)
      : n0_(static_cast<double>(whole.inputs)),
        n2_(static_cast<double>(whole.outputs)),
        first_(std::max(0.0, state.input_representation().trace() / n0_)),
        second_(std::max(0.0, state.output_representation().trace() / n2_)),
        size_(std::max(first_, second_)) {
    const auto over = [](const Matrix& block, double size) -> Matrix {
      return size > 0 ? Matrix(block / size) : Matrix::Zero(block.rows(), block.cols());
    };
    c1_ = over(state.input_representation(), first_);
    c2_ = over(state.output_representation(), second_);
    a_ = over(state.end_to_end(), std::sqrt(first_) * std::sqrt(second_));
    if (size_ == 0) return;
    on_inputs_ = second_ / size_;
    on_outputs_ = -first_ / size_;

    // G J G by its blocks, [[C_1² − AᵀA, ·], [A C_1 − C_2 A, A Aᵀ − C_2²]]. The blocks of G² differ only in signs.
    const double of_inputs = -on_outputs_;
    const double of_outputs = on_inputs_;
    inputs_ = of_inputs * linalg::product(c1_, c1_);
    across_ = of_inputs * linalg::product(a_, c1_);
    outputs_ = of_inputs * linalg::product(a_, a_.transpose());
    const Matrix inputs = of_outputs * linalg::product(a_.transpose(), a_);
    const Matrix across = of_outputs * linalg::product(c2_, a_);
    const Matrix outputs = of_outputs * linalg::product(c2_, c2_);
    g2_norm_ = norm_of_blocks(inputs_ + inputs, across_ + across, outputs_ + outputs);
    inputs_ -= inputs;
    across_ -= across;
    outputs_ -= outputs;
  }

  /// From the normal equations of least squares, with the basis Ĝ, Ĵ.
  [[nodiscard]] Closure fit() const {
    const double n = n0_ * on_inputs_ * on_inputs_ + n2_ * on_outputs_ * on_outputs_;
    const double gg = square();
    const double gj = on_inputs_ * c1_.trace() + on_outputs_ * c2_.trace();
    const double bg = along();
    const double determinant = gg * n - gj * gj;
    if (!(determinant > 0)) return {};
    const double bj = on_inputs_ * inputs_.trace() + on_outputs_ * outputs_.trace();
    return found(-(bg * n - bj * gj) / determinant, (gg * bj - gj * bg) / determinant);
  }

  [[nodiscard]] Closure fit_balance() const { return size_ > 0 ? found(-along() / square(), 0) : Closure(); }

  [[nodiscard]] double residual(double balance, double scale2) const {
    const double gamma = first_ > 0 && second_ > 0 ? scale2 / first_ / second_ : 0.0;
    return size_ > 0 ? rest(balance / size_, gamma) / g2_norm_ : 0.0;
  }

 private:
  [[nodiscard]] double square() const { return c1_.squaredNorm() + 2 * a_.squaredNorm() + c2_.squaredNorm(); }
  [[nodiscard]] double along() const {
    return c1_.cwiseProduct(inputs_).sum() + 2 * a_.cwiseProduct(across_).sum() + c2_.cwiseProduct(outputs_).sum();
  }
  [[nodiscard]] double rest(double mu, double gamma) const {
    Matrix inputs = inputs_ + mu * c1_;
    Matrix outputs = outputs_ + mu * c2_;
    inputs.diagonal().array() -= gamma * on_inputs_;
    outputs.diagonal().array() -= gamma * on_outputs_;
    const double unreached = (n0_ - static_cast<double>(c1_.rows())) * on_inputs_ * on_inputs_ +
                             (n2_ - static_cast<double>(c2_.rows())) * on_outputs_ * on_outputs_;
    return std::hypot(norm_of_blocks(inputs, across_ + mu * a_, outputs), gamma * std::sqrt(unreached));
  }
  [[nodiscard]] Closure found(double mu, double gamma) const {
    return {.balance = size_ * mu, .scale2 = first_ * gamma * second_, .residual = rest(mu, gamma) / g2_norm_};
  }

  double n0_, n2_;                    // of the whole network
  double first_;                      // g_1
  double second_;                     // g_2
  double size_;                       // g
  Matrix c1_, a_, c2_;                // Ĝ
  Matrix inputs_, across_, outputs_;  // D(GJG)D/g
  double on_inputs_ = 0;              // Ĵ
  double on_outputs_ = 0;
  double g2_norm_ = 0;  // ‖DG²D‖_F/g
};

}  // namespace

double Closure::threshold() const { return std::sqrt(std::max(0.0, balance * balance / 4 + scale2)); }

Layerwise Closure::scales() const {
  const double larger = threshold() + std::abs(balance) / 2;
  const double smaller = larger > 0 ? std::max(0.0, scale2) / larger : 0.0;
  return balance >= 0 ? Layerwise{smaller, larger} : Layerwise{larger, smaller};
}

Closure fit_closure(const GramState& state) { return UnitLayers(state).fit(); }

Closure fit_closure(const DeepLinear& weights) { return UnitLayers(weights).fit(); }

Closure fit_balance(const GramState& state) { return UnitLayers(state).fit_balance(); }

Closure fit_balance(const DeepLinear& weights) { return UnitLayers(weights).fit_balance(); }

namespace {

// tr C_1 = n_0 a + E and tr C_2 = n_2 b + E, E = Σ (√(κ² + s²) − κ), κ = (a + b)/2. As E rises κ falls, and the E of
// this κ rises by less than E itself, so that the iteration converges.
Closure matched(const GramState& state, Shape whole) {
  const auto n0 = static_cast<double>(whole.inputs);
  const auto n2 = static_cast<double>(whole.outputs);
  const UnitLayers layers(state, whole);
  const double first = state.input_representation().trace();
  const double second = state.output_representation().trace();
  const Eigen::ArrayXd squares = linalg::singular_values(state.end_to_end()).array().square();
  const auto a = [&](double excess) { return (first - excess) / n0; };
  const auto b = [&](double excess) { return (second - excess) / n2; };
  const auto missing = [&](double excess) {
    const double kappa = (a(excess) + b(excess)) / 2;
    return (squares > 0).select(squares / ((squares + kappa * kappa).sqrt() + kappa), 0.0).sum() - excess;
  };
  double low = 0;
  double high = std::min(first, second);
  if (!(high > 0) || missing(high) > 0) return layers.fit_balance();
  for (int i = 0; i < 200 && high - low > 1e-16 * high; ++i) {
    const double middle = (low + high) / 2;
    (missing(middle) > 0 ? low : high) = middle;
  }
  Closure closure{.balance = b(high) - a(high), .scale2 = a(high) * b(high)};
  closure.residual = layers.residual(closure.balance, closure.scale2);
  return closure;
}

}  // namespace

Closure match_closure(const GramState& state) { return matched(state, state.shape()); }

Closure match_closure(const DeepLinear& weights) { return matched(reached(weights), weights.shape()); }

double closure_residual(const GramState& state, double balance, double scale2) {
  return UnitLayers(state).residual(balance, scale2);
}

double closure_residual(const DeepLinear& weights, double balance, double scale2) {
  return UnitLayers(weights).residual(balance, scale2);
}

}  // namespace linnet
