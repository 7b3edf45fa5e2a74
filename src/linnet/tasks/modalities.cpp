#include "linnet/tasks/modalities.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet::tasks {

Task modalities(const Modalities& o) {
  const Index n = o.values.size();
  if (n == 0 || !o.values.allFinite()) {
    bad_input({.field = "task.values",
               .expected = "finite coefficients, one for each input",
               .got = n == 0 ? "none" : "a nan or an infinity among them"});
  }
  const Vector variances = o.variances.size() == 0 ? Vector::Ones(n) : o.variances;
  if (variances.size() != n || !variances.allFinite() || !(variances.array() > 0).all()) {
    bad_input({.field = "task.variances",
               .expected = std::to_string(n) + " variances above 0, one for each input",
               .got = std::to_string(variances.size()) + (variances.size() == n ? ", one not above 0" : "")});
  }
  const double least = n > 1 ? -1 / static_cast<double>(n - 1) : -1.0;
  if (!(o.correlation > least && o.correlation < 1)) {
    bad_input({.field = "task.correlation",
               .expected = "a number above " + format_number(least) + " and below 1",
               .got = format_number(o.correlation)});
  }
  Matrix covariance = Matrix::Constant(n, n, o.correlation);
  covariance.diagonal().setOnes();
  const Vector deviations = variances.cwiseSqrt();
  covariance = (deviations.asDiagonal() * covariance * deviations.asDiagonal()).eval();
  // Samples √n_0 Rᵀ e_i, with Σ = RᵀR.
  const Matrix inputs = std::sqrt(static_cast<double>(n)) * linalg::cholesky(std::move(covariance));
  Task task = regression({.inputs = inputs, .targets = inputs * o.values});
  task.name = "modalities";
  return task;
}

}  // namespace linnet::tasks
