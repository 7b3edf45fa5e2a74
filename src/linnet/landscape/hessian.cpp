#include "linnet/landscape/hessian.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::landscape {

namespace {

/// sign H + lift, with the eigenvalues of the vectors found so far raised by `shift`. Lanczos's method measures
/// convergence relative to the eigenvalue, and the eigenvalues of interest are often 0. Shifted by `lift`, they are of
/// the size of ‖H‖.
class Deflated {
 public:
  using Scalar = double;

  Deflated(Point& point, double sign, double lift)
      : point_(&point), sign_(sign), lift_(lift), found_(point.unknowns(), 0) {}

  [[nodiscard]] Index rows() const { return point_->unknowns(); }
  [[nodiscard]] Index cols() const { return point_->unknowns(); }
  void perform_op(const double* x, double* y) const {
    const auto n = static_cast<std::size_t>(rows());
    point_->hessian({x, n}, {y, n});
    Eigen::Map<Vector> out(y, rows());
    const Eigen::Map<const Vector> in(x, rows());
    out = sign_ * out + lift_ * in;
    if (found_.cols() > 0) out += found_ * (shift_ * (found_.transpose() * in));
  }

  void deflate(const Matrix& vectors, double shift) {
    const Index before = found_.cols();
    found_.conservativeResize(Eigen::NoChange, before + vectors.cols());
    found_.rightCols(vectors.cols()) = vectors;
    shift_ = shift;
  }

 private:
  Point* point_;
  double sign_;
  double lift_;
  Matrix found_;
  double shift_ = 0;
};

/// The k lowest eigenpairs of the operator (or, by the rule, those largest in absolute value), rising; none without
/// convergence.
std::optional<linalg::SymmetricEigen> lanczos(const Deflated& op, Index k, Spectra::SortRule rule, const Lanczos& o) {
  const Index space = std::min(op.rows(), std::max<Index>(2 * k + 1, 40 + k));
  Spectra::SymEigsSolver<Deflated> solver(const_cast<Deflated&>(op), k, space);  // NOLINT: Spectra takes no const
  const Vector start = linalg::normal_matrix(op.rows(), 1, 1, {.seed = 1, .stream = linalg::Stream::rotation});
  solver.init(start.data());
  solver.compute(rule, o.max_restarts, o.tolerance, Spectra::SortRule::SmallestAlge);
  if (solver.info() != Spectra::CompInfo::Successful) return std::nullopt;
  return linalg::SymmetricEigen{.values = solver.eigenvalues(), .vectors = solver.eigenvectors()};
}

[[noreturn]] void not_converged(const Lanczos& o) {
  numerical_failure({.field = "hessian",
                     .expected = "extreme eigenvalues by Lanczos",
                     .got = "no convergence after " + std::to_string(o.max_restarts) + " restarts",
                     .hint = "allow more restarts or a larger tolerance"});
}

/// ‖H‖ approximately; 0 if H is 0.
double size_of_hessian(Point& point, const Lanczos& o) {
  const Vector probe = linalg::normal_matrix(point.unknowns(), 1, 1, {.seed = 2, .stream = linalg::Stream::rotation});
  if (!(point.hessian(probe).norm() > 0)) return 0;
  Lanczos rough = o;
  rough.tolerance = std::max(o.tolerance, 1e-3);
  const auto found = lanczos(Deflated(point, 1, 0), 1, Spectra::SortRule::LargestMagn, rough);
  if (!found) not_converged(rough);
  return std::abs(found->values(0));
}

/// The lowest eigenpairs of sign H, rising, with multiplicity.
struct Lowest {
  Vector values;
  Matrix vectors;
  enum class End {
    enough,   ///< there are k, and none below the k-th is missing
    ceiling,  ///< none below the ceiling is missing
    lost,     ///< no convergence: some may be missing
  } end;
};

Lowest lowest(Point& point, double sign, Index k, double ceiling, double size, const Lanczos& o) {
  const double lift = 2 * size;
  Deflated op(point, sign, lift);
  Vector values(0);
  Matrix vectors(point.unknowns(), 0);
  Lowest::End end = Lowest::End::enough;
  while (true) {
    const Index missing = k - values.size();
    const Index wanted = std::clamp<Index>(missing, 1, std::max<Index>(4, values.size()));
    std::optional<linalg::SymmetricEigen> more = lanczos(op, wanted, Spectra::SortRule::SmallestAlge, o);
    if (!more) {
      end = Lowest::End::lost;
      break;
    }
    more->values.array() -= lift;
    if (more->values(0) >= ceiling) {
      end = Lowest::End::ceiling;
      break;
    }
    const double slack = o.tolerance * size;
    if (missing <= 0) {
      Vector sorted = values;
      std::sort(sorted.begin(), sorted.end());
      if (more->values(0) >= sorted(k - 1) - slack) break;
    }
    op.deflate(more->vectors, 3 * size);
    const Index had = values.size();
    values.conservativeResize(had + wanted);
    values.tail(wanted) = more->values;
    vectors.conservativeResize(Eigen::NoChange, had + wanted);
    vectors.rightCols(wanted) = more->vectors;
  }
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return values(i) < values(j); });
  return {.values = values(order), .vectors = vectors(Eigen::all, order), .end = end};
}

/// The k lowest, none missing.
Lowest all_lowest(Point& point, double sign, Index k, double size, const Lanczos& o) {
  Lowest found = lowest(point, sign, k, std::numeric_limits<double>::infinity(), size, o);
  if (found.end == Lowest::End::lost) not_converged(o);
  return found;
}

bool small(const Point& point, Index k, const Lanczos& o) {
  return point.unknowns() <= o.dense_up_to || 8 * k > point.unknowns();
}

}  // namespace

Matrix dense_hessian(Point& point) {
  const Index n = point.unknowns();
  Matrix h(n, n);
  Vector e = Vector::Zero(n);
  for (Index j = 0; j < n; ++j) {
    e(j) = 1;
    point.hessian({e.data(), static_cast<std::size_t>(n)}, {h.col(j).data(), static_cast<std::size_t>(n)});
    e(j) = 0;
  }
  for (Index j = 0; j < n; ++j) {
    for (Index i = 0; i < j; ++i) h(i, j) = h(j, i) = (h(i, j) + h(j, i)) / 2;
  }
  return h;
}

Extremes extreme_eigenvalues(Point& point, Index k, const Lanczos& o) {
  const Index n = point.unknowns();
  if (k < 1 || k > n) {
    bad_input({.field = "hessian.count",
               .expected = "from 1 to " + std::to_string(n) + ", the unknowns",
               .got = std::to_string(k)});
  }
  if (small(point, k, o)) {
    const linalg::SymmetricEigen all = linalg::symmetric_eigen(dense_hessian(point));
    return {.smallest = all.values.head(k),
            .smallest_vectors = all.vectors.leftCols(k),
            .largest = all.values.tail(k).reverse(),
            .largest_vectors = all.vectors.rightCols(k).rowwise().reverse(),
            .dense = true};
  }
  const double size = size_of_hessian(point, o);
  if (size == 0) {
    const Matrix any = Matrix::Identity(n, k);
    return {.smallest = Vector::Zero(k), .smallest_vectors = any, .largest = Vector::Zero(k), .largest_vectors = any};
  }
  const Lowest low = all_lowest(point, 1, k, size, o);
  const Lowest high = all_lowest(point, -1, k, size, o);
  return {.smallest = low.values.head(k),
          .smallest_vectors = low.vectors.leftCols(k),
          .largest = -high.values.head(k),
          .largest_vectors = high.vectors.leftCols(k)};
}

HessianRange hessian_range(Point& point, const Lanczos& o) {
  if (!small(point, 1, o)) {
    const Extremes ends = extreme_eigenvalues(point, 1, o);
    return {.smallest = ends.smallest(0), .largest = ends.largest(0)};
  }
  const Vector all = linalg::symmetric_eigenvalues(dense_hessian(point));
  return {.smallest = all(0), .largest = all(all.size() - 1)};
}

HessianIndex hessian_index(Point& point, const IndexSearch& o) {
  require_non_negative(o.tolerance, "hessian.tolerance");
  require_at_least(o.limit, 1, "hessian.limit");
  if (small(point, 1, o.lanczos)) {
    const Vector values = linalg::symmetric_eigenvalues(dense_hessian(point));
    return {.negative = (values.array() < -o.tolerance * values.cwiseAbs().maxCoeff()).count()};
  }
  const double size = size_of_hessian(point, o.lanczos);
  if (size == 0) return {};
  if (point.unknowns() <= o.factor_up_to) {
    Matrix raised = dense_hessian(point);
    raised.diagonal().array() += o.tolerance * size;
    return {.negative = linalg::negative_eigenvalues(std::move(raised))};
  }
  const double floor = -o.tolerance * size;
  const Lowest low = lowest(point, 1, std::min(o.limit, point.unknowns() / 2), floor, size, o.lanczos);
  return {.negative = (low.values.array() < floor).count(), .exact = low.end == Lowest::End::ceiling};
}

}  // namespace linnet::landscape
