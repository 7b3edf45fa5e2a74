#include "linnet/linalg/graded.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet::linalg {

namespace {

constexpr double widest_range = 600;  // e^600 and its inverse, with room for sums, are floating-point numbers

/// log of the largest entry of each weighted row; −inf for a row of zeros.
Vector log_sizes(const Eigen::Ref<const Matrix>& rows, const Eigen::Ref<const Vector>& log_weights) {
  Vector sizes = rows.cwiseAbs().rowwise().maxCoeff();
  for (Index i = 0; i < sizes.size(); ++i) {
    sizes(i) = sizes(i) > 0 ? std::log(sizes(i)) + log_weights(i) : -std::numeric_limits<double>::infinity();
  }
  return sizes;
}

/// e^{ℓ − top}, and 0 for a row of zeros, whatever its weight.
Vector weights_below(const Vector& sizes, const Eigen::Ref<const Vector>& log_weights, double top) {
  return sizes.array().isFinite().select((log_weights.array() - top).min(700.0).exp(), 0.0);
}

/// Householder reflections of rows that each keep their own exponent. `order` follows the rows as they are swapped.
Matrix reflect(Matrix a, Vector log_weights, std::vector<Index>& order) {
  const Index m = a.rows();
  const Index n = a.cols();
  Matrix reflectors = Matrix::Zero(m, n);
  Vector factors(n);
  for (Index k = 0; k < n; ++k) {
    const Index rest = m - k;
    const Vector sizes = log_sizes(a.bottomRightCorner(rest, n - k), log_weights.tail(rest));
    const double top = sizes.maxCoeff();
    if (!std::isfinite(top)) {
      numerical_failure({.field = "graded QR", .expected = "independent columns", .got = "a column of zeros"});
    }
    Matrix scaled = weights_below(sizes, log_weights.tail(rest), top).asDiagonal() * a.bottomRightCorner(rest, n - k);
    Index column = 0;
    Index row = 0;
    scaled.colwise().squaredNorm().maxCoeff(&column);
    scaled.col(0).swap(scaled.col(column));
    a.col(k).swap(a.col(k + column));
    scaled.col(0).cwiseAbs().maxCoeff(&row);
    scaled.row(0).swap(scaled.row(row));
    a.row(k).swap(a.row(k + row));
    reflectors.row(k).swap(reflectors.row(k + row));
    std::swap(log_weights(k), log_weights(k + row));
    std::swap(order[static_cast<std::size_t>(k)], order[static_cast<std::size_t>(k + row)]);

    auto v = reflectors.col(k).tail(rest);
    v = scaled.col(0);
    v(0) += std::copysign(v.norm(), v(0));
    factors(k) = 2 / v.squaredNorm();
    const Vector along = scaled.transpose() * v;
    // v in each row's own scale: there it is the row's entry, but for the pivot's.
    Vector own = a.col(k).tail(rest);
    own(0) = v(0) * std::exp(top - log_weights(k));
    a.bottomRightCorner(rest, n - k) -= factors(k) * own * along.transpose();
  }
  Matrix q = Matrix::Identity(m, n);
  for (Index k = n - 1; k >= 0; --k) {
    const auto v = reflectors.col(k).tail(m - k);
    const Vector along = q.bottomRightCorner(m - k, n - k).transpose() * v;
    q.bottomRightCorner(m - k, n - k) -= factors(k) * v * along.transpose();
  }
  return q;
}

}  // namespace

Matrix graded_qr_factor(const Matrix& rows, const Vector& log_weights) {
  const Vector sizes = log_sizes(rows, log_weights);
  std::vector<Index> order(static_cast<std::size_t>(rows.rows()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return sizes(i) > sizes(j); });
  double smallest = std::numeric_limits<double>::infinity();
  for (Index i = 0; i < sizes.size(); ++i) {
    if (std::isfinite(sizes(i))) smallest = std::min(smallest, sizes(i));
  }
  const double top = sizes.maxCoeff();
  Matrix q;
  if (top - smallest <= widest_range) {
    const Vector weights = weights_below(sizes, log_weights, top);
    q = qr_factor((weights.asDiagonal() * rows)(order, Eigen::all));
  } else {
    q = reflect(rows(order, Eigen::all), log_weights(order), order);
  }
  Matrix result(rows.rows(), rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) result.row(order[static_cast<std::size_t>(i)]) = q.row(i);
  return result;
}

Matrix semidefinite_factor(Matrix g, double tolerance) {
  const Index n = g.rows();
  const Vector diagonal = g.diagonal();
  Matrix q(n, n);
  Index rank = 0;
  for (; rank < n; ++rank) {
    // The pivot is the largest of what is left relative to its own entry, so that a small block is not passed over.
    Index pivot = -1;
    double best = tolerance;
    for (Index i = 0; i < n; ++i) {
      if (diagonal(i) <= 0) continue;
      const double left = g(i, i) / diagonal(i);
      if (left > best) {
        best = left;
        pivot = i;
      }
      if (left < -1e-6) {
        numerical_failure({.field = "network.gram",
                           .expected = "a positive semidefinite matrix",
                           .got = "a pivot of " + format_number(g(i, i)),
                           .hint = "a Gram state is QQᵀ of some weights Q"});
      }
    }
    if (pivot < 0) break;
    q.col(rank) = g.col(pivot) / std::sqrt(g(pivot, pivot));
    g -= q.col(rank) * q.col(rank).transpose();
    g.row(pivot).setZero();
    g.col(pivot).setZero();
  }
  return q.leftCols(rank);
}

}  // namespace linnet::linalg
