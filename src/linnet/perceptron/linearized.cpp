#include "linnet/perceptron/linearized.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/kernel.hpp"

namespace linnet {

namespace {

double error_of(const Matrix& outputs, const Cost& cost) { return cost.error_of(cost.of_outputs(outputs)); }

void require_time(double t) {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time >= 0", .got = format_number(t)});
}

}  // namespace

PerceptronLinearized::PerceptronLinearized(const Perceptron& start, const Task& task, const Layerwise& rates)
    : train_(task.train) {
  const linalg::SerialBlas serial;
  require_fit(start.shape(), task);
  require_mean_squares(task, "the lazy limit of perceptrons");
  const Samples& samples = require_samples(task);
  if (task.test_samples() != nullptr) test_ = task.test;
  per_time_ = 2 * train_.normalisation().factor() / static_cast<double>(samples.inputs.cols());
  require_positive(rates, "rates");
  kernel_ = neural_tangent_kernel(start, samples.inputs, samples.inputs, rates);
  linalg::SymmetricEigen eigen = linalg::symmetric_eigen(kernel_);
  // Eigenvalues of K at the level of rounding count as 0: their modes are not learned.
  const double floor =
      eigen.values.tail(1)(0) * static_cast<double>(eigen.values.size()) * std::numeric_limits<double>::epsilon();
  values_ = eigen.values.unaryExpr([&](double v) { return v > floor ? v : 0.0; });
  vectors_ = std::move(eigen.vectors);
  const Matrix difference = start.at(samples.inputs) - samples.targets;
  start_ = vectors_.transpose() * difference.reshaped();
  if (!test_) return;
  start_test_ = start.at(test_->samples()->inputs);
  cross_ = neural_tangent_kernel(start, test_->samples()->inputs, samples.inputs, rates);
}

Vector PerceptronLinearized::learned(double t) const {
  require_time(t);
  // A mode of eigenvalue 0 is never learned, also at t = inf, where 0·inf would be nan.
  return values_.unaryExpr([&](double v) { return v > 0 ? -std::expm1(-per_time_ * v * t) : 0.0; });
}

Vector PerceptronLinearized::learned_after(Index step) const {
  require_at_least(step, 0, "step");
  // 1 − (1 − x)^k, by logarithms if x is small.
  return values_.unaryExpr([&](double v) {
    const double x = per_time_ * v;
    const auto k = static_cast<double>(step);
    return x < 0.5 ? -std::expm1(k * std::log1p(-x)) : 1 - std::pow(1 - x, k);
  });
}

Matrix PerceptronLinearized::outputs_of(const Vector& learned) const {
  Matrix f = train_.samples()->targets;
  f.reshaped() += vectors_ * (start_.array() * (1 - learned.array())).matrix();
  return f;
}

Matrix PerceptronLinearized::test_outputs_of(const Vector& learned) const {
  const Vector modes = (values_.array() > 0).select(start_.array() * learned.array() / values_.array(), 0.0);
  Matrix f = start_test_;
  f.reshaped() -= cross_ * (vectors_ * modes);
  return f;
}

const Cost& PerceptronLinearized::test() const {
  if (test_) return *test_;
  bad_input({.field = "task.test", .expected = "a task with samples held out", .got = "a task without"});
}

Matrix PerceptronLinearized::outputs(double t) const { return outputs_of(learned(t)); }
Matrix PerceptronLinearized::outputs_after(Index step) const { return outputs_of(learned_after(step)); }

Matrix PerceptronLinearized::test_outputs(double t) const {
  static_cast<void>(test());
  return test_outputs_of(learned(t));
}

Matrix PerceptronLinearized::test_outputs_after(Index step) const {
  static_cast<void>(test());
  return test_outputs_of(learned_after(step));
}

double PerceptronLinearized::train_error(double t) const { return error_of(outputs(t), train_); }
double PerceptronLinearized::test_error(double t) const { return error_of(test_outputs(t), test()); }
double PerceptronLinearized::train_error_after(Index step) const { return error_of(outputs_after(step), train_); }
double PerceptronLinearized::test_error_after(Index step) const { return error_of(test_outputs_after(step), test()); }

}  // namespace linnet
