#include "linnet/linalg/graded.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::linalg {

namespace {
constexpr Index panel_width = 24;
constexpr double shrunk = 3;        // a row that shrinks by e^3 waits for the next panel
constexpr double same_scale = 100;  // weights are recomputed when the pivots have fallen by e^100

/// The part of the matrix that is not reduced yet.
struct UnreducedRows {
  Matrix a;  // all rows, each in its own scale, with the remaining columns
  Vector log_weights;
  Vector log_sizes;          // of the largest entry of each weighted row; −inf for a row of zeros
  std::vector<Index> order;  // the pivots, then the remaining rows, the largest first
  Index done = 0;

  [[nodiscard]] std::span<Index> rows() { return std::span(order).subspan(static_cast<std::size_t>(done)); }
};

void sort(UnreducedRows& rest) {
  Vector& sizes = rest.log_sizes;
  sizes.setZero(rest.a.rows());
  for (const auto& column : rest.a.colwise()) sizes = sizes.cwiseMax(column.cwiseAbs());
  const std::span<Index> rows = rest.rows();
  for (const Index i : rows) sizes(i) = sizes(i) > 0 ? std::log(sizes(i)) + rest.log_weights(i) : -infinity;
  std::stable_sort(rows.begin(), rows.end(), [&](Index i, Index j) { return sizes(i) > sizes(j); });
}

/// Swaps pivot columns of the first rows to the back, the first one last: for each row the column of its largest entry
/// after elimination by the rows above. Returns the number of pivots, and stops at a row whose remainder is smaller
/// than that of rows after it.
Index choose_columns(UnreducedRows& rest) {
  const std::span<Index> rows = rest.rows();
  const Index count = std::min({panel_width, static_cast<Index>(rows.size()), rest.a.cols()});
  Matrix heavy(count, rest.a.cols());
  for (Index k = 0; k < count; ++k) heavy.row(k) = rest.a.row(rows[static_cast<std::size_t>(k)]);
  for (Index k = 0; k < count; ++k) {
    const Index others = rest.a.cols() - k - 1;
    Index column = 0;
    const double largest = heavy.row(k).head(others + 1).cwiseAbs().maxCoeff(&column);
    if (largest == 0) return k;
    const auto at = rows.begin() + k;
    if (k > 0 && at + 1 != rows.end() && std::log(largest) + rest.log_weights(at[0]) < rest.log_sizes(at[1]) - shrunk) {
      return k;
    }
    heavy.col(others).swap(heavy.col(column));
    rest.a.col(others).swap(rest.a.col(column));
    const Index below = count - k - 1;
    const Vector multipliers = heavy.col(others).tail(below) / heavy(k, others);
    heavy.bottomLeftCorner(below, others) -= multipliers * heavy.row(k).head(others);
  }
  return count;
}

/// Householder reflections I − τuuᵀ of the weighted rows DA, as changes of A itself, with each row in its own scale: A
/// − own·(weightedᵀA), own = τD^{-1}u, weighted = Du.
struct Panel {
  Matrix own;
  Matrix weighted;
};

/// The reflections of the last `count` columns, or of the first part of them. These columns are removed; u and τ are
/// stored in the columns from `done` on.
Panel reduce(UnreducedRows& rest, Index count, Matrix& reflectors, Vector& factors) {
  const std::span<Index> rows = rest.rows();
  Matrix a = rest.a.rightCols(count).rowwise().reverse()(rows, Eigen::all);
  Matrix own = Matrix::Zero(rest.a.rows(), count);
  Matrix weighted = own;
  Vector weights;
  double top = infinity;
  Index k = 0;
  for (; k < count; ++k) {
    const Index left = a.rows() - k;
    const double size = rest.log_sizes(rows[static_cast<std::size_t>(k)]);
    if (!(top - size < same_scale)) {
      top = size;
      // A row of zeros has no effect, whatever its weight.
      weights = (rest.log_sizes.array().isFinite().select((rest.log_weights.array() - top).min(700.0).exp(), 0.0))
                    .matrix()(rows);
    }
    const auto w = weights.tail(left);
    const auto column = a.col(k).tail(left);
    Vector u = w.cwiseProduct(column);
    const double norm = u.norm();
    if (norm == 0) break;  // the remainder of the elimination is rounding: the rows must be sorted again
    const double first = u(0) + std::copysign(norm, u(0));
    const double factor = std::abs(first) / norm;
    u /= first;
    u(0) = 1;
    Vector o = (factor / first) * column;
    o(0) = factor / w(0);
    const Vector wu = w.cwiseProduct(u);
    const Index right = count - k - 1;
    const Vector along = a.bottomRightCorner(left, right).transpose() * wu;
    a.bottomRightCorner(left, right) -= o * along.transpose();
    for (Index i = 0; i < left; ++i) {
      const Index row = rows[static_cast<std::size_t>(k + i)];
      own(row, k) = o(i);
      weighted(row, k) = wu(i);
      reflectors(row, rest.done + k) = u(i);
    }
    factors(rest.done + k) = factor;
  }
  rest.a.conservativeResize(Eigen::NoChange, rest.a.cols() - k);
  rest.done += k;
  return {.own = own.leftCols(k), .weighted = weighted.leftCols(k)};
}

/// Applies these reflections to the other columns.
void apply(const Panel& panel, Matrix& a) {
  Matrix along = linalg::product(a.transpose(), panel.weighted);
  // Each reflection acts on A after the previous ones.
  const Matrix seen = linalg::product(panel.own.transpose(), panel.weighted);
  for (Index k = 1; k < along.cols(); ++k) along.col(k) -= along.leftCols(k) * seen.col(k).head(k);
  multiply(-1.0, panel.own, along.transpose(), 1.0, a);
}

}  // namespace

// Rows that are far heavier than others act on these as in Gaussian elimination, whatever their weights. So products
// use each row in its own scale, and exponents matter only inside a panel.
Matrix graded_qr_factor(Matrix rows, const Vector& log_weights) {
  const Index m = rows.rows();
  const Index n = rows.cols();
  UnreducedRows rest{.a = std::move(rows), .log_weights = log_weights, .log_sizes = {}, .order = {}};
  rest.order.resize(static_cast<std::size_t>(m));
  std::iota(rest.order.begin(), rest.order.end(), Index{0});
  Matrix q = Matrix::Zero(m, n);  // stores the reflectors first
  Vector factors(n);
  while (rest.done < n) {
    stop_if_asked();
    sort(rest);
    const Panel panel = reduce(rest, choose_columns(rest), q, factors);
    if (panel.own.cols() == 0) {
      numerical_failure({.field = "graded QR", .expected = "independent columns", .got = "a column of zeros"});
    }
    apply(panel, rest.a);
  }
  Vector column(m);
  for (auto reflector : q.colwise()) {
    column = reflector;
    reflector = column(rest.order);
  }
  q = reflections(std::move(q), factors);
  for (auto each : q.colwise()) {
    column = each;
    each(rest.order) = column;
  }
  return q;
}

namespace {

/// rowsᵀ = 𝒬𝓡 with pivoted columns, for rows scaled to length 1; rows of zeros stay 0.
Eigen::ColPivHouseholderQR<Matrix> factor_of_directions(const Matrix& rows) {
  const Vector size = rows.rowwise().stableNorm();
  const Vector inverse = (size.array() > 0).select(size.cwiseInverse(), 0.0);
  Eigen::ColPivHouseholderQR<Matrix> qr((inverse.asDiagonal() * rows).transpose());
  qr.setThreshold(16 * epsilon * std::sqrt(static_cast<double>(rows.rows())));
  return qr;
}

}  // namespace

Index graded_rank(const Matrix& a) {
  return std::max(factor_of_directions(a).rank(), factor_of_directions(a.transpose()).rank());
}

Matrix independent_columns(Matrix q) {
  if (q.cols() > q.rows()) q = product(q, qr_factor(q.transpose()));
  const auto qr = factor_of_directions(q);
  const Index rank = qr.rank();
  if (rank == q.cols()) return q;
  if (rank == 0) return Matrix(q.rows(), 0);
  return product(q, Matrix(qr.householderQ() * Matrix::Identity(q.cols(), rank)));
}

namespace {

struct Elimination {
  Matrix q;             // as many columns as pivots
  double negative = 0;  // the clearly negative pivot at which the factorization ended, or 0
};

Elimination eliminate(Matrix g, double tolerance) {
  const Index n = g.rows();
  const Vector diagonal = g.diagonal();
  Matrix q(n, n);
  Index rank = 0;
  for (; rank < n; ++rank) {
    stop_if_asked();
    // The pivot is the largest remainder relative to its original entry, so that a small block is not ignored.
    Index pivot = -1;
    double best = tolerance;
    for (Index i = 0; i < n; ++i) {
      if (diagonal(i) <= 0) continue;
      const double left = g(i, i) / diagonal(i);
      if (left > best) {
        best = left;
        pivot = i;
      }
      if (left < -1e-6) return {.q = {}, .negative = g(i, i)};
    }
    if (pivot < 0) break;
    q.col(rank) = g.col(pivot) / std::sqrt(g(pivot, pivot));
    g -= q.col(rank) * q.col(rank).transpose();
    g.row(pivot).setZero();
    g.col(pivot).setZero();
  }
  return {.q = q.leftCols(rank)};
}

}  // namespace

Matrix semidefinite_factor(Matrix g, double tolerance) {
  Elimination e = eliminate(std::move(g), tolerance);
  if (e.negative < 0) {
    numerical_failure({.field = "network.gram",
                       .expected = "a positive semidefinite matrix",
                       .got = "a pivot of " + format_number(e.negative),
                       .hint = "a Gram state is QQᵀ of some weights Q"});
  }
  return std::move(e.q);
}

std::optional<Matrix> low_rank_factor(const Matrix& g, double tolerance) {
  Elimination e = eliminate(g, tolerance);
  if (e.negative < 0 || e.q.cols() == e.q.rows()) return std::nullopt;
  // Off-diagonal entries of a row with a non-positive diagonal have no pivot.
  if ((product(e.q, e.q.transpose()) - g).norm() > 1e-6 * g.norm()) return std::nullopt;
  return std::move(e.q);
}

}  // namespace linnet::linalg
