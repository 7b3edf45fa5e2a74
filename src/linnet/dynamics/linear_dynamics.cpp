#include "linnet/dynamics/linear_dynamics.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

// A finite cost implies a finite A, so that the entries of A need not be checked at every step.
bool LinearDynamics::finite() const { return std::isfinite(residual_.cost) || end_to_end().allFinite(); }

Matrix LinearDynamics::outputs(const Matrix& inputs) const { return linalg::product(end_to_end(), inputs); }

double LinearDynamics::cost_at_zero() const {
  const Matrix& a = end_to_end();
  return task().train.evaluate(Matrix::Zero(a.rows(), a.cols())).cost;
}

double LinearDynamics::test_error() const {
  if (!task().test) return std::numeric_limits<double>::quiet_NaN();
  if (!test_error_) test_error_ = task().test->error(end_to_end());
  return *test_error_;
}

Vector LinearDynamics::singular_values() const { return linalg::singular_values(end_to_end()); }

void LinearDynamics::descend(const Update& update, const Samples& batch) {
  task().train.gradient_on(batch, end_to_end(), batch_difference_, batch_gradient_);
  descend_along(update, batch_gradient_);
}

void LinearDynamics::descend(const Update& update, const Entries& entries) {
  const Matrix* gradient = &residual_.gradient;
  if (entries.noise != nullptr) {
    task().train.curvature(*entries.noise, noisy_gradient_);
    noisy_gradient_ = residual_.gradient - noisy_gradient_;
    gradient = &noisy_gradient_;
  }
  if (!entries.batch.empty()) {
    const double share = task().train.mask()->sum() / static_cast<double>(entries.batch.size());
    batch_gradient_.setZero(gradient->rows(), gradient->cols());
    for (const Index entry : entries.batch) batch_gradient_(entry) += share * (*gradient)(entry);
    gradient = &batch_gradient_;
  }
  descend_along(update, *gradient);
}

void LinearDynamics::refuse_momentum(const Update& update) {
  if (update.momentum == 0) return;
  bad_input({.field = "solver.momentum",
             .expected = "0, except for explicit weights",
             .got = format_number(update.momentum),
             .hint = "start from explicit weights"});
}

void LinearDynamics::refresh() {
  task().train.evaluate(end_to_end(), residual_);
  test_error_.reset();
}

}  // namespace linnet
