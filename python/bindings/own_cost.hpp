#pragma once

#include <memory>
#include <string>

#include "convert.hpp"

namespace linnet::python {

/// A function of Python that C++ may copy and call without the interpreter's lock. It is let go with the lock held, or
/// not at all once the interpreter has ended.
class OwnFunction {
 public:
  explicit OwnFunction(py::object function);
  [[nodiscard]] const py::object& function() const { return *function_; }

 private:
  std::shared_ptr<const py::object> function_;
};

/// f(A) -> (C, gradient), as CustomCost takes it. What it raises is thrown as it is.
class ValueAndGradient : public OwnFunction {
 public:
  ValueAndGradient(py::object function, std::string field)
      : OwnFunction(std::move(function)), field_(std::move(field)) {}
  [[nodiscard]] const std::string& field() const { return field_; }  ///< its name in errors
  double operator()(const Matrix& a, Matrix& gradient) const;

 private:
  std::string field_;
};

/// g(A, D) -> the second derivative along D.
class SecondDerivative : public OwnFunction {
 public:
  using OwnFunction::OwnFunction;
  Matrix operator()(const Matrix& a, const Matrix& d) const;
};

}  // namespace linnet::python
