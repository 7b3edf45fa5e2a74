#pragma once

#include <functional>
#include <optional>

#include "linnet/tasks/task.hpp"

namespace linnet::tasks {

/// Options of `custom`.
struct Custom {
  Shape shape;  ///< of A
  /// C(A), with ∇C(A), of the shape of A, into `gradient`. An infinite C is where C is not defined: a flow takes a
  /// smaller step, and descent has diverged.
  std::function<double(const Matrix& a, Matrix& gradient)> f;
  /// The second derivative of C at A along D. Without it, implicit methods take difference quotients of the velocity,
  /// and the landscape has no Hessian.
  std::function<Matrix(const Matrix& a, const Matrix& d)> curvature = {};
  std::function<double(const Matrix& a, Matrix& gradient)> test = {};  ///< as `f`; its value is the test error
  /// Where gradient and curvature are compared with difference quotients; by default random entries of variance
  /// 1/n_0.
  std::optional<Matrix> check_at = std::nullopt;
};

/// A cost of your own, any differentiable function of the end-to-end matrix; the error is the cost. Gradient and
/// curvature are compared with central differences along three directions first. Throws, naming "task.f" or
/// "task.curvature", when these differ by more than 1e-4 of the gradient's size, and whenever a gradient is not finite
/// where A and C are, or has another shape. Exceptions of the function itself end the run.
Task custom(const Custom& options);

}  // namespace linnet::tasks

namespace linnet {

/// The cost of `tasks::custom`.
class CustomCost final : public CostFunction {
 public:
  using Function = std::function<double(const Matrix& a, Matrix& gradient)>;
  using Curvature = std::function<Matrix(const Matrix& a, const Matrix& d)>;

  /// `field` is the name of the function in errors: "task.f".
  CustomCost(Shape shape, Function f, Curvature curvature, std::string field = "task.f")
      : shape_(shape), f_(std::move(f)), curvature_(std::move(curvature)), field_(std::move(field)) {}

  [[nodiscard]] const Function& f() const { return f_; }
  [[nodiscard]] const Curvature& curvature_function() const { return curvature_; }
  [[nodiscard]] const std::string& field() const { return field_; }

  [[nodiscard]] std::string name() const override { return "a custom cost"; }
  [[nodiscard]] std::string words() const override { return "C is a function of the user; errors are C"; }
  [[nodiscard]] Shape shape() const override { return shape_; }
  /// At an A that is not finite, nan: the run has diverged, which its status says.
  void evaluate(const Matrix& a, Residual& at) const override;
  void curvature(const Residual& at, const Matrix& d, Room& room, Matrix& out) const override;
  [[nodiscard]] bool has_curvature() const override { return static_cast<bool>(curvature_); }
  [[nodiscard]] Parts parts() const override;

 private:
  Shape shape_;
  Function f_;
  Curvature curvature_;
  std::string field_;
};

}  // namespace linnet
