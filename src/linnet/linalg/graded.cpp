#include "linnet/linalg/graded.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::linalg {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr Index panel_width = 16;
constexpr double shrunk = 3;        // by e^3: a row that waits for the next panel
constexpr double same_scale = 100;  // weights are exponentiated anew when the pivots have fallen by e^100

/// The rows and columns that are left to reduce, the largest rows first.
struct Rest {
  Matrix a;  // in each row's own scale
  Vector log_weights;
  Vector log_sizes;           // of the largest entry of each weighted row; −inf for a row of zeros
  std::vector<Index> origin;  // which of all rows each is
};

void sort(Rest& rest) {
  const Index m = rest.a.rows();
  Vector sizes = rest.a.cwiseAbs().rowwise().maxCoeff();
  for (Index i = 0; i < m; ++i) sizes(i) = sizes(i) > 0 ? std::log(sizes(i)) + rest.log_weights(i) : -infinity;
  std::vector<Index> order(static_cast<std::size_t>(m));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index i, Index j) { return sizes(i) > sizes(j); });
  std::vector<Index> origin;
  for (const Index i : order) origin.push_back(rest.origin[static_cast<std::size_t>(i)]);
  rest = {.a = rest.a(order, Eigen::all),
          .log_weights = rest.log_weights(order),
          .log_sizes = sizes(order),
          .origin = std::move(origin)};
}

/// Swaps to the front columns to pivot the first rows on: for each row the largest entry of what the rows above leave
/// of it. Returns how many, up to a row of which so little is left that others come before it.
Index choose_columns(Rest& rest) {
  const Index count = std::min({panel_width, rest.a.rows(), rest.a.cols()});
  Matrix heavy = rest.a.topRows(count);
  for (Index k = 0; k < count; ++k) {
    Index column = 0;
    const double largest = heavy.row(k).tail(heavy.cols() - k).cwiseAbs().maxCoeff(&column);
    if (largest == 0) return k;
    const bool waits =
        k + 1 < rest.a.rows() && std::log(largest) + rest.log_weights(k) < rest.log_sizes(k + 1) - shrunk;
    if (k > 0 && waits) return k;
    heavy.col(k).swap(heavy.col(k + column));
    rest.a.col(k).swap(rest.a.col(k + column));
    const Index below = count - k - 1;
    const Index right = heavy.cols() - k - 1;
    const Vector multipliers = heavy.col(k).tail(below) / heavy(k, k);
    heavy.bottomRightCorner(below, right) -= multipliers * heavy.row(k).tail(right);
  }
  return count;
}

/// Householder reflections I − τuuᵀ of weighted rows DA, as they change A itself, each row in its own scale:
/// A − own·(weightedᵀA), own = τD^{-1}u, weighted = Du.
struct Panel {
  Matrix own;
  Matrix weighted;
};

/// The reflections of the first `count` columns; u and τ go to column `done` and on.
Panel reduce(const Rest& rest, Index count, Index done, Matrix& reflectors, Vector& factors) {
  const Index m = rest.a.rows();
  Matrix a = rest.a.leftCols(count);
  Panel panel{.own = Matrix::Zero(m, count), .weighted = Matrix::Zero(m, count)};
  Vector weights;
  double top = infinity;
  for (Index k = 0; k < count; ++k) {
    if (!(top - rest.log_sizes(k) < same_scale)) {
      top = rest.log_sizes(k);
      // A row of zeros counts for nothing, whatever its weight.
      weights = rest.log_sizes.array().isFinite().select((rest.log_weights.array() - top).min(700.0).exp(), 0.0);
    }
    const Index left = m - k;
    const auto w = weights.tail(left);
    const auto column = a.col(k).tail(left);
    Vector u = w.cwiseProduct(column);
    const double norm = u.norm();
    if (norm == 0) {
      // What elimination took for a remainder was its rounding: the rows are to be sorted again.
      panel.own.conservativeResize(m, k);
      panel.weighted.conservativeResize(m, k);
      break;
    }
    const double first = u(0) + std::copysign(norm, u(0));
    const double factor = std::abs(first) / norm;
    u /= first;
    u(0) = 1;
    auto own = panel.own.col(k).tail(left);
    auto weighted = panel.weighted.col(k).tail(left);
    own = (factor / first) * column;
    own(0) = factor / w(0);
    weighted = w.cwiseProduct(u);
    const Index right = count - k - 1;
    const Vector along = a.bottomRightCorner(left, right).transpose() * weighted;
    a.bottomRightCorner(left, right) -= own * along.transpose();
    for (Index i = 0; i < left; ++i) reflectors(rest.origin[static_cast<std::size_t>(k + i)], done + k) = u(i);
    factors(done + k) = factor;
  }
  return panel;
}

/// What the reflections leave of the other rows and columns.
void apply(const Panel& panel, Rest& rest) {
  const Index count = panel.own.cols();
  const Index left = rest.a.rows() - count;
  const Matrix right = rest.a.rightCols(rest.a.cols() - count);
  // Each reflection sees A as those before have left it.
  Matrix along = linalg::product(right.transpose(), panel.weighted);
  const Matrix seen = linalg::product(panel.own.transpose(), panel.weighted);
  for (Index k = 1; k < count; ++k) along.col(k) -= along.leftCols(k) * seen.col(k).head(k);
  Matrix a = right.bottomRows(left);
  multiply(-1.0, panel.own.bottomRows(left).eval(), along.transpose(), 1.0, a);
  rest.a = std::move(a);
  rest.log_weights = rest.log_weights.tail(left).eval();
  rest.origin.erase(rest.origin.begin(), rest.origin.begin() + count);
}

}  // namespace

// Rows that are far heavier than others act on those as elimination does, whatever their weights: so a row's own scale
// is all that the products see, and exponents matter only inside a panel.
Matrix graded_qr_factor(const Matrix& rows, const Vector& log_weights) {
  const Index m = rows.rows();
  const Index n = rows.cols();
  Rest rest{.a = rows, .log_weights = log_weights, .log_sizes = {}, .origin = {}};
  rest.origin.resize(static_cast<std::size_t>(m));
  std::iota(rest.origin.begin(), rest.origin.end(), Index{0});
  Matrix reflectors = Matrix::Zero(m, n);
  Vector factors(n);
  std::vector<Index> order;
  for (Index done = 0; done < n;) {
    sort(rest);
    const Panel panel = reduce(rest, choose_columns(rest), done, reflectors, factors);
    const Index count = panel.own.cols();
    if (count == 0) {
      numerical_failure({.field = "graded QR", .expected = "independent columns", .got = "a column of zeros"});
    }
    order.insert(order.end(), rest.origin.begin(), rest.origin.begin() + count);
    apply(panel, rest);
    done += count;
  }
  order.insert(order.end(), rest.origin.begin(), rest.origin.end());
  const Matrix q = reflections(reflectors(order, Eigen::all), factors);
  Matrix result(m, n);
  for (Index i = 0; i < m; ++i) result.row(order[static_cast<std::size_t>(i)]) = q.row(i);
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
