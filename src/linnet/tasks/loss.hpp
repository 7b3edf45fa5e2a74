#pragma once

#include <memory>
#include <string>

#include "linnet/tasks/cost_function.hpp"

namespace linnet {

/// A loss ℓ(z, t) of the outputs z on one sample and its target t, convex in z, with its first two derivatives in z.
/// Both are computed without cancellation, so that small losses keep their digits (docs/costs.md).
class Loss {
 public:
  using Column = Eigen::Ref<const Vector>;
  using Result = Eigen::Ref<Vector>;

  virtual ~Loss() = default;

  [[nodiscard]] virtual std::string kind() const = 0;   ///< in files: "logistic"
  [[nodiscard]] virtual std::string name() const = 0;   ///< as errors call it
  [[nodiscard]] virtual std::string words() const = 0;  ///< ℓ as a formula

  [[nodiscard]] virtual double parameter() const { return 0; }  ///< a number that it depends on

  /// ℓ, and ∂ℓ/∂z into `gradient`, which may be z itself.
  virtual double differentiate(const Column& z, const Column& t, Result gradient) const = 0;
  /// d ← ∂²ℓ/∂z² d.
  virtual void curvature(const Column& z, const Column& t, Result d) const = 0;

  /// One output and t = ±1: ℓ = ln(1 + e^{−tz}).
  static std::shared_ptr<const Loss> logistic();
  /// t is 1 at the class and 0 elsewhere: ℓ = −ln(e^{z_class} / Σ_k e^{z_k}).
  static std::shared_ptr<const Loss> softmax();
  /// ℓ = Σ_k ρ(z_k − t_k) with ρ of `huber`. Throws, naming `task.huber`, unless the threshold is positive.
  static std::shared_ptr<const Loss> huber(double threshold);
  /// ℓ = |z − t|², of samples with weights; without, the networks' own loops take squares.
  static std::shared_ptr<const Loss> squares();

 protected:
  Loss() = default;
  Loss(const Loss&) = default;
  Loss& operator=(const Loss&) = default;
};

/// ρ(r) = r²/2 for |r| <= δ, and δ(|r| − δ/2) beyond: Huber's function of a residual.
struct Huber {
  double threshold;  ///< δ

  [[nodiscard]] double value(double r) const;
  [[nodiscard]] double slope(double r) const;
  [[nodiscard]] double curvature(double r) const;  ///< 1 or 0
};

/// Σ_i w_i ℓ_i over samples with these outputs, a column each; w_i ∂ℓ_i/∂z_i into `gradient`, of the shape of the
/// outputs, which may be the outputs themselves.
double differentiate(const Loss& loss, const Samples& samples, const Matrix& outputs, Matrix& gradient);
/// d_i ← w_i ∂²ℓ_i d_i for each column.
void differentiate_twice(const Loss& loss, const Samples& samples, const Matrix& outputs, Matrix& d);

/// What networks on samples minimize: C = (h/P) Σ_i |f(x_i) − y_i|² without a loss, (h/P) Σ_i w_i ℓ_i with one.
struct Objective {
  Objective(double h = 0.5, std::shared_ptr<const Loss> of = nullptr) : factor(h), loss(std::move(of)) {}  // NOLINT

  double factor;                     ///< h
  std::shared_ptr<const Loss> loss;  ///< or null

  [[nodiscard]] double slope() const { return loss ? factor : 2 * factor; }  ///< of C by what `differentiate` gives
};

}  // namespace linnet
