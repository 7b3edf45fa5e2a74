#pragma once

#include "linnet/tasks/cost_function.hpp"
#include "linnet/tasks/loss.hpp"

namespace linnet {

/// C = (s/P) Σ_i w_i ℓ(f(x_i), y_i): the mean of a loss over samples, times a number s. As a function of the outputs it
/// is a cost of any network; of a linear one ∇C = (s/P) Σ_i w_i ∂ℓ x_iᵀ, which takes two products with the samples, and
/// the curvature too. Errors are weighted means: 2C / (`count` mean w).
class SampleCost final : public CostFunction {
 public:
  struct Scale {
    double factor = 1;  ///< s
    double count = 2;   ///< of errors, for weights whose mean is 1
  };

  /// Throws unless the samples' numbers are finite and the weights non-negative and not all 0.
  SampleCost(std::shared_ptr<const Loss> loss, Samples samples, Scale scale);
  explicit SampleCost(Parts parts);

  [[nodiscard]] Objective objective() const { return {scale_.factor, loss_}; }

  [[nodiscard]] std::string name() const override { return loss_->name(); }
  [[nodiscard]] std::string words() const override;
  [[nodiscard]] Shape shape() const override;
  [[nodiscard]] double count() const override;
  void evaluate(const Matrix& a, Residual& at) const override;
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const override;
  [[nodiscard]] const Samples* samples() const override { return &samples_; }
  void gradient_on(const Samples& batch, const Matrix& a, Matrix& room, Matrix& out) const override;
  [[nodiscard]] double of_outputs(const Matrix& outputs) const override;
  [[nodiscard]] Parts parts() const override;

 private:
  std::shared_ptr<const Loss> loss_;
  Samples samples_;
  Scale scale_;
};

}  // namespace linnet
