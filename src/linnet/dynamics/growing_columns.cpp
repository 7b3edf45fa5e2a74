#include "linnet/dynamics/growing_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double largest_loss = 1000;  // μσ_max(C)²: errors stay near 1e-14

}  // namespace

// On the plane of a singular value y the growing direction is (1, ρ), larger side first, the decaying one (−ρ, 1), both
// of squared length ν = 1 + ρ² = 2r/(r + κ), ρ = y/(r + κ). With C = Q_0's larger rows + ρ times its smaller ones and
// S = smaller C^{-1}, the columns of Q_0C^{-1} are [I − ρS; S], their parts along these directions I and H = νS − ρ,
// and I + Q_0ᵀKQ_0 becomes
//
//     M = (CCᵀ)^{-1} + (e^{2x} − 1)/(2rν) + Hᵀ (1 − e^{−2x})/(2rν) H,    x = rt.
//
// at(t) scales it by e^{−x} from both sides. Nothing that grows is off its diagonal: with D the diagonal term,
// D + σ_max(C)^{-2} ≤ M ≤ D + μ, μ the norm of the two others at t = ∞. So scaled to a diagonal of ones, M has at no
// time an eigenvalue below 1/(μσ_max(C)²), and nε over that eigenvalue bounds, but for a small constant, the relative
// error of each row of Q(t), however graded M is (Demmel 1989; Higham 2002, Theorem 10.6). What (CCᵀ)^{-1} is off by is
// as small a part of itself, and the error of S one of the rows of Q_0. Rounding errors are seldom all of one sign:
// none above 1e-14 was seen up to μσ_max(C)² = 1000.
std::optional<GrowingColumns> GrowingColumns::of(const Matrix& larger, const Matrix& smaller, const Vector& y,
                                                 double kappa) {
  const Index n1 = larger.rows();
  const Index n2 = smaller.rows();
  const Index pairs = std::min(n1, n2);
  GrowingColumns flow;
  flow.y_ = y;
  flow.r_ = (y.array().square() + kappa * kappa).sqrt();
  if (larger.cols() != n1 || !(flow.r_.minCoeff() > 0)) return std::nullopt;
  flow.ratio_ = y.array() / (flow.r_.array() + kappa);

  Matrix growing = larger;
  growing.topRows(pairs) += flow.ratio_.head(pairs).asDiagonal() * smaller.topRows(pairs);
  const Vector spread = linalg::singular_values(growing);
  const double largest = spread(0);
  if (!(largest > 1e-100 && largest < 1e100)) return std::nullopt;  // squares are to stay in range
  const double most = std::min(largest_loss, promised_error / (epsilon * static_cast<double>(n1 + n2)));
  if (!(largest <= std::sqrt(most) * spread(n1 - 1))) return std::nullopt;  // μ ≥ σ_min(C)^{-2}
  Matrix inverse = Matrix::Identity(n1, n1);
  linalg::divide(inverse, linalg::cholesky(linalg::self_product(growing)));
  flow.metric_ = linalg::self_product(inverse);
  flow.smaller_ = linalg::product(linalg::product(smaller, growing.transpose()), flow.metric_);
  const Vector length = (1 + flow.ratio_.array().square()).sqrt().head(n2);
  flow.decaying_ = length.asDiagonal() * flow.smaller_;
  flow.decaying_.diagonal() -= (flow.ratio_.head(pairs).array() / length.head(pairs).array()).matrix();

  const Vector last = (0.5 / flow.r_.array()).sqrt().head(n2);
  const Matrix at_last = last.asDiagonal() * flow.decaying_;
  const Matrix rest = flow.metric_ + linalg::self_product(at_last.transpose());
  const double norm = rest.cwiseAbs().rowwise().sum().maxCoeff();  // not below the spectral norm
  if (!(norm * largest * largest <= most)) return std::nullopt;
  return flow;
}

GrowingColumns::Rows GrowingColumns::at(double t) const {
  const Index n1 = metric_.rows();
  const Index n2 = smaller_.rows();
  const Index pairs = std::min(n1, n2);
  const Array x = r_.array() * t;
  const Array e = (-x).exp();
  const Array s = -(-2 * x).unaryExpr([](double z) { return std::expm1(z); }) / (2 * r_.array());
  const auto columns = e.head(n1).matrix().asDiagonal();
  const Vector root = s.sqrt().head(n2);

  const Matrix decaying = root.asDiagonal() * decaying_ * columns;
  Matrix m = linalg::self_product(decaying.transpose());
  m += columns * metric_ * columns;
  m.diagonal().array() += (s / (1 + ratio_.array().square())).head(n1);
  const Matrix r = linalg::cholesky(std::move(m));

  // The larger side's rows are I − ρ times the smaller side's, as the growing part is the identity.
  Rows rows{.larger = Matrix::Identity(n1, n1), .smaller = e.head(n2).matrix().asDiagonal() * smaller_ * columns};
  rows.smaller.diagonal().array() += (y_.array() * s).head(pairs);
  linalg::divide(rows.larger, r);
  linalg::divide(rows.smaller, r);
  rows.larger.topRows(pairs) -= ratio_.head(pairs).asDiagonal() * rows.smaller.topRows(pairs);
  return rows;
}

}  // namespace linnet
