#pragma once

#include <vector>

#include "linnet/dynamics/layered_dynamics.hpp"
#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/dynamics/saddle_gradient.hpp"
#include "linnet/dynamics/stiff_inverse.hpp"
#include "linnet/linalg/chain_tangent.hpp"

namespace linnet {

/// All weights of a network of any depth: dW_l/dt = −η_l (W_L⋯W_{l+1})ᵀ R (W_{l−1}⋯W_1)ᵀ. A step or velocity takes
/// three times as long as the product W_L⋯W_1 in its best order. The last product of each gradient is added to the
/// layer in place. The only linear dynamics with momentum, V_l ← βV_l − η_l(∂C/∂W_l + μW_l), W_l ← W_l + V_l, and with
/// spectral steps: W_l ← W_l + η_l U_lV_lᵀ with the singular vectors of V_l ← βV_l − ∂C/∂W_l.
class DeepDynamics : public LayeredDynamics<LinearDynamics> {
 public:
  DeepDynamics(const DeepLinear& start, const Task& task);
  DeepDynamics(const DeepDynamics& other);

  [[nodiscard]] const Matrix& end_to_end() const override { return chain_.product(weights_); }
  [[nodiscard]] Network network() const override;
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<DeepDynamics>(*this); }
  [[nodiscard]] Index rank_limit() const override;
  [[nodiscard]] double slope() const override;
  [[nodiscard]] bool has_weight_decay() const override { return true; }
  void keep_zeros() override;
  void descend_along(const Update& update, const Matrix& gradient) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;
  /// Without a curvature of the cost the integrator takes difference quotients of the velocity.
  [[nodiscard]] bool has_jacobian() const override { return task().train.has_curvature(); }
  void linearize(const Layerwise& rates) override;
  void jacobian(std::span<const double> v, std::span<double> product) override;
  [[nodiscard]] bool has_inverse() const override { return task().train.has_target() && masks_.empty(); }
  void prepare_inverse(const Layerwise& rates, double gamma) override;
  void invert(std::span<double> v) override;
  [[nodiscard]] double growth() const override { return growth_; }

 protected:
  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }

 private:
  void moved() final;  // updates A and the residual after the weights changed
  void mask(std::vector<Matrix>& layers) const;

  void descend_with_momentum(const Update& update, const Matrix& gradient);
  void descend_spectrally(const Update& update, const Matrix& gradient);
  /// V_l ← keep V_l − scale_l ∂C/∂W_l of all layers.
  void accelerate(double keep, const Layerwise& scale, const Matrix& gradient);

  /// Splits the residual along the modes at rest of the inverse.
  void split_residual();

  std::shared_ptr<const LightCone> cone_;  // of the start, or none
  std::vector<Matrix> masks_;              // 0 where weights stay 0, else 1; empty: all move
  linalg::Chain chain_;
  std::vector<Matrix> velocity_;  // dW_l/dt or ∂C/∂W_l, made when first needed

  /// For products with the Jacobian −η_l ∂²C/∂W_l∂W.
  struct Linearization {
    explicit Linearization(const linalg::Chain& chain) : tangent(chain) {}
    linalg::ChainTangent tangent;
    Layerwise rates = 1.0;
    std::vector<Matrix> direction;
    std::vector<Matrix> change;
    Matrix dr;
    Room room;
  };
  std::unique_ptr<Linearization> linearization_;

  struct Inverse {
    StiffInverse inverse;
    std::vector<Matrix> direction;
    SaddleGradient gradient;
  };
  std::unique_ptr<Inverse> inverse_;
  double growth_ = 0;
};

}  // namespace linnet
