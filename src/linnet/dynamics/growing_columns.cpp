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
constexpr double largest_loss = 100;  // of one factorization: errors stay near 1e-14

void divide(GrowingColumns::Rows& rows, const Matrix& r) {
  linalg::divide(rows.larger, r);
  linalg::divide(rows.smaller, r);
}

}  // namespace

// On the plane of a singular value y the growing direction is (1, ρ), larger side first, the decaying one (−ρ, 1), both
// of squared length ν = 1 + ρ² = 2r/(r + κ), ρ = y/(r + κ). With C = Q_0's larger rows + ρ times its smaller ones and
// S = smaller C^{-1}, the columns of Q_0C^{-1} are [I − ρS; S], their parts along these directions I and H = νS − ρ,
// and I + Q_0ᵀKQ_0 becomes
//
//     M = (CCᵀ)^{-1} + (e^{2x} − 1)/(2rν) + Hᵀ (1 − e^{−2x})/(2rν) H,    x = rt.
//
// at(t) scales it by e^{−x} from both sides. Nothing that grows is off its diagonal: with D the diagonal term,
// M ≥ D + σ_max(C)^{-2}. So scaled to a diagonal of ones, M has no eigenvalue below the least entry of
// (D + σ_max(C)^{-2})/diag M. The inverse of that is the loss: nε times it bounds, but for a small constant, the
// relative error of each row of Q(t), however graded M is (Demmel 1989; Higham 2002, Theorem 10.6). With μ the norm of
// M − D at t = ∞, it is at no time above μσ_max(C)². Rounding errors are seldom all of one sign: none above 2e-14 was
// seen that came of a loss of 100.
//
// Above that, M = RᵀR orthonormalizes the rows whose Gram matrix M is (growing ones, decaying ones and those of C^{-1})
// only up to nε times the loss. But in the columns of R^{-1} each of them is known to ε√loss of its own size; their
// Gram matrix is again a sum of positive terms, all near 1; and its factor makes up for the first (Yamamoto,
// Nakatsukasa, Yanagisawa and Fukaya 2015, CholeskyQR2). What stays are these errors of the rows, and those of C^{-1}
// and S: ε times C's condition number, row by row. Both are at most ε(μσ_max(C)²)^{½} but for a small constant, and no
// more was seen.
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
  flow.length_ = (1 + flow.ratio_.array().square()).sqrt();

  Matrix growing = larger;
  growing.topRows(pairs) += flow.ratio_.head(pairs).asDiagonal() * smaller.topRows(pairs);
  const Vector spread = linalg::singular_values(growing);
  flow.size_ = spread(0);
  if (!(flow.size_ > 1e-100 && flow.size_ < 1e100)) return std::nullopt;  // squares are to stay in range
  constexpr double most = promised_error / epsilon;
  if (!(flow.size_ <= most * spread(n1 - 1))) return std::nullopt;  // μ ≥ σ_min(C)^{-2}
  const Matrix orthogonal = linalg::qr_factor(growing);
  const Matrix triangular = linalg::product(orthogonal.transpose(), growing);
  const auto over_growing = [&](Matrix rows) {
    linalg::divide(rows, triangular);
    return linalg::product(rows, orthogonal.transpose());
  };
  flow.inverse_ = over_growing(Matrix::Identity(n1, n1));
  flow.metric_ = linalg::self_product(flow.inverse_.transpose());
  flow.smaller_ = over_growing(smaller);
  flow.decaying_ = flow.length_.head(n2).asDiagonal() * flow.smaller_;
  flow.decaying_.diagonal() -= (flow.ratio_.array() / flow.length_.array()).head(pairs).matrix();

  const Vector last = (0.5 / flow.r_.array()).sqrt().head(n2);
  const Matrix at_last = last.asDiagonal() * flow.decaying_;
  const Matrix rest = flow.metric_ + linalg::self_product(at_last.transpose());
  const double norm = rest.cwiseAbs().rowwise().sum().maxCoeff();  // not below the spectral norm
  if (!(std::sqrt(norm) * flow.size_ <= most)) return std::nullopt;
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

  const Matrix decaying = s.sqrt().head(n2).matrix().asDiagonal() * decaying_ * columns;
  Matrix m = linalg::self_product(decaying.transpose());
  m += columns * metric_ * columns;
  const Array growth = (s / length_.array().square()).head(n1);
  m.diagonal().array() += growth;
  const double loss = (m.diagonal().array() / (growth + (e.head(n1) / size_).square())).maxCoeff();
  const Matrix r = linalg::cholesky(std::move(m));

  Rows rows{.larger = Matrix::Identity(n1, n1), .smaller = smaller_ * columns};
  divide(rows, r);
  if (!(loss <= std::min(largest_loss, promised_error / (epsilon * static_cast<double>(n1 + n2))))) {
    Matrix units = inverse_ * columns;
    linalg::divide(units, r);
    divide(rows, factor_again(rows, units, e, s));
  }

  // The larger side's rows are I − ρ times the smaller side's, as the growing part is the identity.
  rows.smaller = e.head(n2).matrix().asDiagonal() * rows.smaller;
  rows.smaller.topRows(pairs) += (y_.array() * s).head(pairs).matrix().asDiagonal() * rows.larger.topRows(pairs);
  rows.larger.topRows(pairs) -= ratio_.head(pairs).asDiagonal() * rows.smaller.topRows(pairs);
  return rows;
}

/// R of M = RᵀR in columns in which I and Se^{−x} have become these rows and C^{-1}e^{−x} these units.
Matrix GrowingColumns::factor_again(const Rows& rows, const Matrix& units, const Array& e, const Array& s) const {
  const Index n1 = rows.larger.rows();
  const Index n2 = rows.smaller.rows();
  const Index pairs = std::min(n1, n2);
  const Array root = s.sqrt();
  const Vector growing = (root / length_.array()).head(n1);
  const Vector on_smaller = (root * length_.array()).head(n2);
  const Vector on_larger = (root * e * ratio_.array() / length_.array()).head(pairs);
  Matrix q(n1 + n2 + units.rows(), n1);
  q << growing.asDiagonal() * rows.larger, on_smaller.asDiagonal() * rows.smaller, units;
  q.middleRows(n1, pairs) -= on_larger.asDiagonal() * rows.larger.topRows(pairs);
  return linalg::cholesky(linalg::self_product(q.transpose()));
}

}  // namespace linnet
