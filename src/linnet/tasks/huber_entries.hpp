#pragma once

#include <optional>

#include "linnet/tasks/cost_function.hpp"
#include "linnet/tasks/loss.hpp"

namespace linnet {

/// C = Σ_ij W_ij ρ(A_ij − Y_ij) with Huber's ρ: ½‖W^{½}∘(A − Y)‖² for a threshold above all residuals. Errors are
/// weighted means, 2C / Σ W.
class HuberEntries final : public CostFunction {
 public:
  static constexpr const char* kind = "huber_entries";

  /// Without weights all are 1. Throws for a target or weights that are not finite, negative weights, zeros alone, or
  /// a threshold that is not positive; entries of weight 0 may be nan.
  HuberEntries(Matrix target, std::optional<Matrix> weights, double threshold);
  explicit HuberEntries(Parts parts);

  [[nodiscard]] std::string name() const override { return "the Huber cost"; }
  [[nodiscard]] std::string words() const override;
  [[nodiscard]] Shape shape() const override { return shape_of(target_); }
  [[nodiscard]] double count() const override { return count_; }
  void evaluate(const Matrix& a, Residual& at) const override;
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const override;
  [[nodiscard]] Parts parts() const override;

 private:
  Matrix target_;
  std::optional<Matrix> weights_;
  Huber huber_;
  double count_;
};

}  // namespace linnet
