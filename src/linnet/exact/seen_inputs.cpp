#include "linnet/exact/seen_inputs.hpp"

#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

/// Σ, row by row: the curvature of the cost along each coefficient.
Matrix covariance_of(const Cost& cost) {
  const Index n = cost.shape().inputs;
  Matrix sigma(n, n);
  Matrix row;
  for (Index i = 0; i < n; ++i) {
    cost.curvature(Matrix(Matrix::Identity(n, n).row(i)), row);
    sigma.row(i) = row;
  }
  return sigma;
}

}  // namespace

SeenInputs::SeenInputs(const Task& task) {
  if (task.shape().outputs != 1) {
    bad_input({.field = "task",
               .expected = "one output, for a network with coefficients",
               .got = std::to_string(task.shape().outputs) + " outputs"});
  }
  task.train.require_target();
  const Index n = task.shape().inputs;
  if (const auto variance = task.train.white_variance()) {
    variance_ = *variance;
    basis_ = Matrix::Identity(n, n);
  } else {
    covariance_ = covariance_of(task.train);
    const linalg::SymmetricEigen e = linalg::symmetric_eigen(covariance_);
    variance_ = e.values(n - 1);
    const double cutoff = variance_ * 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(n);
    const auto rank = static_cast<Index>((e.values.array() > cutoff).count());
    basis_ = e.vectors.rightCols(rank);
    white_ = rank == 0 || e.values(n - rank) > (1 - Cost::white_to) * variance_;
  }
  target_ = project(task.target().row(0).transpose());
}

Matrix SeenInputs::covariance() const {
  if (covariance_.size() > 0) return covariance_;
  return variance_ * Matrix::Identity(basis_.rows(), basis_.rows());
}

Vector SeenInputs::project(const Vector& v) const {
  if (all()) return v;
  return basis_ * (basis_.transpose() * v);
}

}  // namespace linnet
