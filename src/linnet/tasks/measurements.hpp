#pragma once

#include "linnet/tasks/cost_function.hpp"

namespace linnet {

/// C = ½ Σ_i (⟨X_i, A⟩ − y_i)² of linear measurements of A: quadratic, its curvature 𝓐*𝓐 the sum of X_i⟨X_i, ·⟩. Errors
/// are means over the measurements, 2C / m. A gradient or a curvature takes two products of a vector with all X_i.
class Measurements final : public CostFunction {
 public:
  static constexpr const char* kind = "measurements";

  /// Row i of `matrices`, m x n_2 n_0, is X_i row after row; `values` are the y_i. Throws for numbers that are not
  /// finite and sizes that do not match.
  struct Fields {  ///< what errors call them
    const char* matrices = "task.matrices";
    const char* values = "task.values";
  };
  Measurements(const Matrix& matrices, Vector values, Shape shape, const Fields& fields);
  Measurements(const Matrix& matrices, Vector values, Shape shape)
      : Measurements(matrices, std::move(values), shape, Fields()) {}
  explicit Measurements(Parts parts);

  [[nodiscard]] std::string name() const override { return "the cost of linear measurements"; }
  [[nodiscard]] std::string words() const override {
    return "C = sum_i (<X_i, A> - y_i)^2 / 2; errors are means over the measurements, 2C / m";
  }
  [[nodiscard]] Shape shape() const override { return shape_; }
  [[nodiscard]] double count() const override { return static_cast<double>(values_.size()); }
  void evaluate(const Matrix& a, Residual& at) const override;
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const override;
  [[nodiscard]] Parts parts() const override;

 private:
  Shape shape_;
  Matrix columns_;  // X_i column after column, as A lies in memory; m x n_2 n_0
  Vector values_;
};

}  // namespace linnet
