#include "linnet/exact/aligned_modes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

constexpr double near = 1e-6;     // singular values this close, relative to the largest, may share their vectors
constexpr double unseen = 1e-24;  // variances below this part of the largest are 0
constexpr double same = 1e-12;    // variances that differ by less are equal
constexpr double rounding_alone = 1e-12;  // misalignment of rounding alone

/// The norm of what is off the diagonal.
double off_diagonal(const Matrix& m) {
  Matrix rest = m;
  rest.diagonal().setZero();
  return rest.norm();
}

/// Calls `visit(begin, end)` for each run of falling numbers whose neighbours are within `gap`.
template <class Visit>
void for_each_run(const Vector& falling, double gap, const Visit& visit) {
  for (Index begin = 0; begin < falling.size();) {
    Index end = begin + 1;
    while (end < falling.size() && falling(end - 1) - falling(end) <= gap) ++end;
    visit(begin, end);
    begin = end;
  }
}

/// Turns these columns.
void turn(Matrix& m, Index begin, const Matrix& rotation) {
  const Matrix before = m.middleCols(begin, rotation.rows());
  m.middleCols(begin, rotation.cols()) = linalg::product(before, rotation);
}

struct Frame {
  Matrix u;
  Matrix v;
  Matrix seen;  // Σ^{½}V
  double covariance_norm = 0;

  [[nodiscard]] Matrix covariance(Index begin, Index end) const {
    const Matrix part = seen.middleCols(begin, end - begin);
    return linalg::product(part.transpose(), part);
  }
  void rotate_inputs(Index begin, const Matrix& rotation) {
    turn(v, begin, rotation);
    turn(seen, begin, rotation);
  }
  void rotate(Index begin, const Matrix& rotation) {
    rotate_inputs(begin, rotation);
    turn(u, begin, rotation);
  }
};

/// The principal axes of the inputs within these columns, largest variance first.
linalg::Svd axes(const Frame& f, Index begin, Index end) { return linalg::svd(f.seen.middleCols(begin, end - begin)); }

/// rotationᵀ diag(values) rotation.
Matrix turned(const Vector& values, const Matrix& rotation) {
  const Matrix scaled = values.asDiagonal() * rotation;
  return linalg::product(rotation.transpose(), scaled);
}

/// Nearly equal y_begin … y_end−1 take the axes of the inputs, if that leaves less of Y off the diagonal than their own
/// vectors leave of Σ; among these, nearly equal variances take the vectors of Y again by the same rule.
void align_run(Frame& f, const Vector& y, Index begin, Index end) {
  const double largest = y(0);
  const double own = off_diagonal(f.covariance(begin, end)) / f.covariance_norm;
  if (own <= epsilon * static_cast<double>(f.v.rows())) return;
  const linalg::Svd d = axes(f, begin, end);
  const Vector of_target = y.segment(begin, end - begin);
  const Matrix target = turned(of_target, d.v);
  Matrix rotation = d.v;
  const Vector variances = d.s.cwiseAbs2();
  for_each_run(variances, near * f.covariance_norm, [&](Index from, Index to) {
    const Index count = to - from;
    const Matrix block = target.block(from, from, count, count);
    if (count == 1 || off_diagonal(block) <= epsilon * largest) return;
    const linalg::SymmetricEigen e = linalg::symmetric_eigen(block);
    const Matrix mixed = turned(variances.segment(from, count), e.vectors);
    if (off_diagonal(mixed) / f.covariance_norm < off_diagonal(block) / largest) turn(rotation, from, e.vectors);
  });
  const Matrix rest = linalg::product(linalg::product(rotation.transpose(), f.covariance(begin, end)), rotation);
  const double left =
      std::max(off_diagonal(turned(of_target, rotation)) / largest, off_diagonal(rest) / f.covariance_norm);
  if (left < own) f.rotate(begin, rotation);
}

/// d_i = v_iᵀΣv_i as eigenvalues of Σ, in this order: a small error of v_i changes a small d_i by more. Equal ones are
/// made equal, and those that are rounding of the largest zero.
void settle_variances(Vector& d, const Vector& roots) {
  if (d.size() == 0) return;
  const double largest = d.maxCoeff();
  std::vector<Index> order(static_cast<std::size_t>(d.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return d(a) > d(b); });
  for (std::size_t i = 0; i < order.size(); ++i) {
    d(order[i]) = std::pow(static_cast<Index>(i) < roots.size() ? roots(static_cast<Index>(i)) : 0.0, 2);
  }
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    double sum = d(order[begin]);
    while (end < order.size() &&
           d(order[end - 1]) - d(order[end]) <= same * std::sqrt(largest) * std::sqrt(d(order[end - 1]))) {
      sum += d(order[end++]);
    }
    const double mean = sum / static_cast<double>(end - begin);
    for (std::size_t i = begin; i < end; ++i) d(order[i]) = mean <= unseen * largest ? 0.0 : mean;
    begin = end;
  }
}

/// Singular values up to `zero`, relative to the largest, count as none: their vectors are rounding.
AlignedModes with_zero(const Matrix& target, const linalg::Svd& svd, const Matrix& root, double zero) {
  Frame f{.u = svd.u, .v = svd.v, .seen = linalg::product(root, svd.v)};
  f.covariance_norm = linalg::self_product(f.seen).norm();
  const double largest = svd.s(0);
  const Index learned = (svd.s.array() > zero * largest).count();
  if (f.covariance_norm > 0) {
    for_each_run(svd.s.head(learned), near * largest, [&](Index begin, Index end) {
      if (end - begin > 1) align_run(f, svd.s, begin, end);
    });
    if (learned < f.v.cols()) f.rotate_inputs(learned, axes(f, learned, f.v.cols()).v);
  }
  AlignedModes m{.vectors = {.u = std::move(f.u), .s = Vector::Zero(svd.s.size()), .v = std::move(f.v)},
                 .variances = f.seen.colwise().squaredNorm()};
  const Index pairs = svd.s.size();
  const Matrix left = m.vectors.u.leftCols(pairs);
  Matrix rest = linalg::product(linalg::product(left.transpose(), target), m.vectors.v);
  m.vectors.s.head(learned) = rest.diagonal().head(learned);
  rest.diagonal().head(learned).setZero();
  const double size = target.norm();
  m.misalignment = size > 0 ? rest.norm() / size : 0.0;
  if (f.covariance_norm > 0) {
    m.misalignment =
        std::max(m.misalignment, off_diagonal(linalg::product(f.seen.transpose(), f.seen)) / f.covariance_norm);
  }
  settle(m.vectors.s);
  settle_variances(m.variances, linalg::singular_values(f.seen));
  return m;
}

/// y falling, and where they are equal d; vectors without a y stay behind.
void sort(AlignedModes& m) {
  const Index pairs = m.vectors.s.size();
  std::vector<Index> order(static_cast<std::size_t>(pairs));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return std::pair(m.vectors.s(a), m.variances(a)) > std::pair(m.vectors.s(b), m.variances(b));
  });
  const AlignedModes before = m;
  for (Index i = 0; i < pairs; ++i) {
    const Index from = order[static_cast<std::size_t>(i)];
    m.vectors.s(i) = before.vectors.s(from);
    m.vectors.u.col(i) = before.vectors.u.col(from);
    m.vectors.v.col(i) = before.vectors.v.col(from);
    m.variances(i) = before.variances(from);
  }
}

}  // namespace

AlignedModes aligned_modes(const Matrix& target, const Matrix& root) {
  const linalg::Svd svd = target.cols() > target.rows() ? linalg::full_svd(target) : linalg::svd(target);
  const double rounding = 2 * epsilon * static_cast<double>(std::max(target.rows(), target.cols()));
  std::optional<AlignedModes> best;
  for (const double zero : {rounding, 1e-12, 1e-10}) {
    AlignedModes modes = with_zero(target, svd, root, zero);
    if (!best || modes.misalignment < best->misalignment) best = std::move(modes);
    if (best->misalignment <= rounding_alone) break;
  }
  sort(*best);
  return *std::move(best);
}

Matrix cost_root(const Cost& cost) {
  Matrix root = *cost.input_root();
  if (!cost.normalisation().half) root *= std::sqrt(2.0);
  return root;
}

void require_aligned(double misalignment, double tolerance, const Task& task) {
  if (misalignment <= tolerance) return;
  bad_input({.field = "task",
             .expected = "inputs that are white, or whose covariance shares its eigenvectors with the right singular "
                         "vectors of the least-squares map Y within " +
                         format_number(tolerance) + ", for the closed form",
             .got = task.name + ", " + format_number(misalignment) + " away from that",
             .hint = "whiten the inputs or train by gradient flow"});
}

void require_inputs_only(const Task& task) {
  task.train.require_target();
  if (task.train.is_white() || task.train.covariance()) return;
  bad_input({.field = "task",
             .expected = "whitened or aligned inputs, no mask and no weights, for the closed form",
             .got = task.name,
             .hint = "whiten the inputs or train by gradient flow"});
}

void settle(Vector& y) {
  if (y.size() == 0) return;
  const double rounding = 2 * epsilon * static_cast<double>(y.size()) * y(0);
  for (Index begin = 0; begin < y.size();) {
    Index end = begin + 1;
    while (end < y.size() && y(end - 1) - y(end) <= rounding) ++end;
    const double mean = y.segment(begin, end - begin).mean();
    y.segment(begin, end - begin).setConstant(mean <= rounding ? 0.0 : mean);
    begin = end;
  }
}

}  // namespace linnet
