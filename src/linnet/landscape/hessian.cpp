#include "linnet/landscape/hessian.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::landscape {

namespace {

/// sign H + lift, with the vectors found so far moved to `shift` above their eigenvalues. Lanczos measures convergence
/// by the size of an eigenvalue, and those of interest are often 0: lifted, they are of the size of ‖H‖.
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

/// The k lowest (or, alone, the largest in size) eigenpairs of the operator, rising.
linalg::SymmetricEigen lanczos(const Deflated& op, Index k, Spectra::SortRule rule, const Lanczos& o) {
  const Index space = std::min(op.rows(), std::max<Index>(2 * k + 1, 20 + k));
  Spectra::SymEigsSolver<Deflated> solver(const_cast<Deflated&>(op), k, space);  // NOLINT: Spectra takes no const
  const Vector start = linalg::normal_matrix(op.rows(), 1, 1, {.seed = 1, .stream = linalg::Stream::rotation});
  solver.init(start.data());
  solver.compute(rule, o.max_restarts, o.tolerance, Spectra::SortRule::SmallestAlge);
  if (solver.info() != Spectra::CompInfo::Successful) {
    numerical_failure({.field = "hessian",
                       .expected = std::to_string(k) + " extreme eigenvalues by Lanczos",
                       .got = "no convergence after " + std::to_string(o.max_restarts) + " restarts",
                       .hint = "allow more restarts or a larger tolerance"});
  }
  return {.values = solver.eigenvalues(), .vectors = solver.eigenvectors()};
}

/// ‖H‖, about; 0 when H is.
double size_of_hessian(Point& point, const Lanczos& o) {
  const Vector probe = linalg::normal_matrix(point.unknowns(), 1, 1, {.seed = 2, .stream = linalg::Stream::rotation});
  if (!(point.hessian(probe).norm() > 0)) return 0;
  Lanczos rough = o;
  rough.tolerance = std::max(o.tolerance, 1e-3);
  return std::abs(lanczos(Deflated(point, 1, 0), 1, Spectra::SortRule::LargestMagn, rough).values(0));
}

/// The lowest eigenpairs of sign H, rising, with multiplicity: until there are k and none below the k-th is missing, or
/// none below `ceiling` is. `complete` tells whether the last held.
struct Lowest {
  Vector values;
  Matrix vectors;
  bool complete = false;
};

Lowest lowest(Point& point, double sign, Index k, double ceiling, double size, const Lanczos& o) {
  const double lift = 2 * size;
  Deflated op(point, sign, lift);
  Vector values(0);
  Matrix vectors(point.unknowns(), 0);
  bool complete = false;
  while (true) {
    const Index missing = k - values.size();
    const Index wanted = std::clamp<Index>(missing, 1, std::max<Index>(4, values.size()));
    linalg::SymmetricEigen more = lanczos(op, wanted, Spectra::SortRule::SmallestAlge, o);
    more.values.array() -= lift;
    if (more.values(0) >= ceiling) {
      complete = true;
      break;
    }
    const double slack = o.tolerance * size;
    if (missing <= 0) {
      Vector sorted = values;
      std::sort(sorted.begin(), sorted.end());
      if (more.values(0) >= sorted(k - 1) - slack) break;
    }
    op.deflate(more.vectors, 3 * size);
    const Index had = values.size();
    values.conservativeResize(had + wanted);
    values.tail(wanted) = more.values;
    vectors.conservativeResize(Eigen::NoChange, had + wanted);
    vectors.rightCols(wanted) = more.vectors;
  }
  std::vector<Index> order(static_cast<std::size_t>(values.size()));
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](Index i, Index j) { return values(i) < values(j); });
  return {.values = values(order), .vectors = vectors(Eigen::all, order), .complete = complete};
}

bool small(const Point& point, Index k, const Lanczos& o) {
  return point.unknowns() <= o.dense_below || 8 * k > point.unknowns();
}

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

Matrix dense_hessian(Point& point) {
  const Index n = point.unknowns();
  Matrix h(n, n);
  Vector e = Vector::Zero(n);
  for (Index j = 0; j < n; ++j) {
    e(j) = 1;
    h.col(j) = point.hessian(e);
    e(j) = 0;
  }
  return (h + h.transpose()) / 2;
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
  const Lowest low = lowest(point, 1, k, infinity, size, o);
  const Lowest high = lowest(point, -1, k, infinity, size, o);
  return {.smallest = low.values.head(k),
          .smallest_vectors = low.vectors.leftCols(k),
          .largest = -high.values.head(k),
          .largest_vectors = high.vectors.leftCols(k)};
}

HessianIndex hessian_index(Point& point, const IndexSearch& o) {
  require_non_negative(o.tolerance, "hessian.tolerance");
  require_at_least(o.limit, 1, "hessian.limit");
  if (small(point, 1, o.lanczos)) {
    const Vector values = linalg::symmetric_eigen(dense_hessian(point)).values;
    const double floor = -o.tolerance * values.cwiseAbs().maxCoeff();
    return {.negative = (values.array() < floor).count(), .smallest = values(0)};
  }
  const double size = size_of_hessian(point, o.lanczos);
  if (size == 0) return {};
  const double floor = -o.tolerance * size;
  // The smallest first: at a minimum nothing more is asked.
  const double smallest = lowest(point, 1, 1, infinity, size, o.lanczos).values(0);
  if (smallest >= floor) return {.smallest = smallest};
  const Lowest low = lowest(point, 1, std::min(o.limit, point.unknowns() / 2), floor, size, o.lanczos);
  return {.negative = (low.values.array() < floor).count(), .exact = low.complete, .smallest = smallest};
}

}  // namespace linnet::landscape
