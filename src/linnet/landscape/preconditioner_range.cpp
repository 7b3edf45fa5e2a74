#include "linnet/landscape/preconditioner_range.hpp"

#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/random.hpp"

namespace linnet::landscape {

namespace {

/// lift + sign M: its largest eigenvalue is one end of M's spectrum.
class Lifted {
 public:
  using Scalar = double;

  Lifted(const Preconditioner& m, double sign, double lift) : m_(&m), sign_(sign), lift_(lift) {}

  [[nodiscard]] Index rows() const { return m_->unknowns(); }
  [[nodiscard]] Index cols() const { return m_->unknowns(); }
  void perform_op(const double* x, double* y) const {
    const Shape shape = m_->shape();
    const Eigen::Map<const Matrix> in(x, shape.outputs, shape.inputs);
    Eigen::Map<Matrix>(y, shape.outputs, shape.inputs) = sign_ * m_->apply(in) + lift_ * in;
  }

 private:
  const Preconditioner* m_;
  double sign_;
  double lift_;
};

double largest_eigenvalue(Lifted op, const PreconditionerSearch& o) {
  Spectra::SymEigsSolver<Lifted> solver(op, 1, std::min<Index>(op.rows(), 40));
  const Vector start = linalg::normal_matrix(op.rows(), 1, 1, {.seed = 1, .stream = linalg::Stream::rotation});
  solver.init(start.data());
  solver.compute(Spectra::SortRule::LargestAlge, o.max_restarts, o.tolerance);
  if (solver.info() != Spectra::CompInfo::Successful) {
    numerical_failure({.field = "preconditioner",
                       .expected = "its extreme eigenvalues by Lanczos",
                       .got = "no convergence after " + std::to_string(o.max_restarts) + " restarts",
                       .hint = "allow more restarts or a larger tolerance"});
  }
  return solver.eigenvalues()(0);
}

}  // namespace

double PreconditionerRange::condition() const {
  return smallest > 0 ? largest / smallest : std::numeric_limits<double>::infinity();
}

PreconditionerRange preconditioner_range(const Preconditioner& m, const PreconditionerSearch& o) {
  PreconditionerRange range;
  double error = 0;
  if (m.depth() <= 2 || m.unknowns() < o.dense_below) {
    const Vector all = m.eigenvalues();
    range = {.smallest = all(0), .largest = all(all.size() - 1)};
    error = std::numeric_limits<double>::epsilon() * static_cast<double>(m.unknowns());
  } else {
    range.largest = largest_eigenvalue(Lifted(m, 1, 0), o);
    range.smallest = range.largest - largest_eigenvalue(Lifted(m, -1, range.largest), o);
    error = o.tolerance;
  }
  range.largest = std::max(range.largest, 0.0);
  if (range.smallest <= error * range.largest) range.smallest = 0;
  return range;
}

}  // namespace linnet::landscape
