#include "linnet/exact/growing_columns.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

using Array = Eigen::ArrayXd;
constexpr double largest_loss = 100;  // of one factorization: errors stay near 1e-14
constexpr double largest_size = promised_error / epsilon;

void divide(GrowingColumns::Rows& rows, const Matrix& r) {
  linalg::divide(rows.larger, r);
  linalg::divide(rows.smaller, r);
}

/// T, of its last row.
Matrix with_last_row(const Vector& row) {
  Matrix m = Matrix::Identity(row.size(), row.size());
  m.row(row.size() - 1) = row.transpose();
  return m;
}

/// The loss of M with this diagonal, from D (`growth`), the least value of XᵀX (`units`), and the last row of T
/// (`slow`).
double loss_of(const Array& diagonal, const Array& growth, const Array& units, const Array& slow) {
  const Index last = slow.size() - 1;
  Array least = growth + units;
  least(last) = growth(last) * slow(last) * slow(last) + units(last);
  const double omega = growth(last) * (slow.square() / least).head(last).sum();
  return (diagonal / least).maxCoeff() * (1 + omega / 2 + std::sqrt(omega + omega * omega / 4));
}

}  // namespace

// On the plane of a singular value y the growing direction is (1, ρ), larger side first, the decaying one (−ρ, 1), both
// of squared length ν = 1 + ρ² = 2r/(r + κ), ρ = y/(r + κ). With C = Q_0's larger rows + ρ times its smaller ones, any
// columns X, and S = smaller X, the parts of Q_0X along these directions are T = CX and H = νS − ρT, its larger rows
// T − ρS, and I + Q_0ᵀKQ_0 becomes
//
//     M = XᵀX + Tᵀ D T + Hᵀ (1 − e^{−2x})/(2rν) H,    D = (e^{2x} − 1)/(2rν),    x = rt.
//
// at(t) scales it from both sides by how much each column grows. Where C allows it, X = C^{-1} and T = I: nothing that
// grows is off the diagonal, and M ≥ D + σ_max(C)^{-2}. So scaled to a diagonal of ones, M has no eigenvalue below the
// least entry of (D + σ_max(C)^{-2})/diag M. The inverse of this entry is the loss. Up to a small constant, nε times
// the loss bounds the relative error of each row of Q(t), however graded M is (Demmel 1989; Higham 2002, Theorem 10.6).
// With μ the norm of M − D at t = ∞, the loss is never above μσ_max(C)². Rounding errors partly cancel: in tests a loss
// of 100 caused no error above 2e-14.
//
// Above that, M = RᵀR orthonormalizes the rows whose Gram matrix M is (growing ones, decaying ones and those of X) only
// up to nε times the loss. But in the columns of R^{-1} each of them is known to ε√loss of its own size; their Gram
// matrix is again a sum of positive terms and near I, and its factor corrects the first one (Yamamoto, Nakatsukasa,
// Yanagisawa and Fukaya 2015, CholeskyQR2). The remaining errors are those of the rows, and those of X and S: ε times
// the condition number of C, row by row. Both are at most ε(μσ_max(C)²)^{½} up to a small constant, which tests
// confirm.
//
// At a saddle C is singular, and near one C^{-1} loses digits. Then the LQ factorization C = LQᵀ, directions from the
// fastest to the slowest, gives X = Q[L_11^{-1}, 0; 0, σ_max(C)^{-1}]. Its columns have the identity in all directions
// but the slowest and some zᵀ there; the last column, of length σ_max(C)^{-1}, has only a ζ there, which at a saddle is
// rounding: T = [I, 0; zᵀ, ζ]. The growing terms off the diagonal, zzᵀ and ζz, grow the least: with w² = D_last z²/(D +
// σ_max(C)^{-2}), entry by entry, and ω = |w|² ≤ 2|z|², M scaled by its least diagonal, D + σ_max(C)^{-2} and D_last ζ²
// + σ_max(C)^{-2}, is at least as [I + wwᵀ, w; wᵀ, 1], of determinant 1, whose inverse has the norm 1 + ω/2 + (ω +
// ω²/4)^{½}. The loss is larger by this factor.
std::optional<GrowingColumns> GrowingColumns::of(const Matrix& larger, const Matrix& smaller, const Vector& y,
                                                 double kappa) {
  const Index n1 = larger.rows();
  const Index pairs = std::min(n1, smaller.rows());
  GrowingColumns flow;
  flow.y_ = y;
  flow.r_ = (y.array().square() + kappa * kappa).sqrt();
  if (larger.cols() != n1 || !(flow.r_.minCoeff() > 0)) return std::nullopt;
  flow.ratio_ = y.array() / (flow.r_.array() + kappa);
  flow.length_ = (1 + flow.ratio_.array().square()).sqrt();
  const double slowest = y(n1 - 1);
  flow.lead_ = ((y.array() - slowest) * (y.array() + slowest) / (flow.r_.array() + flow.r_(n1 - 1))).head(n1);

  Matrix growing = larger;
  growing.topRows(pairs) += flow.ratio_.head(pairs).asDiagonal() * smaller.topRows(pairs);
  flow.size_ = linalg::operator_norm(growing);
  if (!(flow.size_ > 1e-100 && flow.size_ < 1e100)) return std::nullopt;  // squares are to stay in range
  // Slowest direction first and last column first, L is upper triangular.
  const Matrix frame = linalg::qr_factor(growing.transpose()).rowwise().reverse();
  Matrix triangular = linalg::product(Matrix(growing.colwise().reverse()), frame);
  flow.slow_ = Vector::Unit(n1, n1 - 1);
  if (flow.take(frame, triangular, smaller) <= largest_size / 10) return flow;
  Matrix slow = triangular.row(0);
  triangular.row(0) = flow.size_ * Matrix::Identity(1, n1);
  linalg::divide(slow, triangular);
  flow.slow_ = slow.row(0).reverse();
  if (flow.take(frame, triangular, smaller) <= largest_size) return flow;
  return std::nullopt;
}

/// The start in X = frame triangular^{-1}, whose columns come last one first. Returns (μσ_max(C)²)^{½}, by which their
/// rounding grows.
double GrowingColumns::take(const Matrix& frame, const Matrix& triangular, const Matrix& smaller) {
  const Index n2 = smaller.rows();
  const Index pairs = std::min(frame.rows(), n2);
  if (!(size_ <= largest_size * triangular.diagonal().cwiseAbs().minCoeff()))
    return std::numeric_limits<double>::infinity();
  const auto in_columns = [&](Matrix rows) -> Matrix {
    linalg::divide(rows, triangular);
    return rows.rowwise().reverse();
  };
  columns_ = in_columns(frame);
  metric_ = linalg::self_product(columns_.transpose());
  smaller_ = in_columns(linalg::product(smaller, frame));
  const Vector back = ratio_.head(pairs).cwiseQuotient(length_.head(pairs));
  decaying_ = length_.head(n2).asDiagonal() * smaller_;
  decaying_.topRows(pairs) -= back.asDiagonal() * with_last_row(slow_).topRows(pairs);

  const Vector last = (0.5 / r_.array()).sqrt().head(n2);
  const Matrix at_last = last.asDiagonal() * decaying_;
  const Matrix rest = metric_ + linalg::self_product(at_last.transpose());
  const double norm = rest.cwiseAbs().rowwise().sum().maxCoeff();  // not below the spectral norm
  return std::sqrt(norm) * size_;
}

std::optional<GrowingColumns::Rows> GrowingColumns::at(double t) const {
  const Index n1 = metric_.rows();
  const Index n2 = smaller_.rows();
  const Index pairs = std::min(n1, n2);
  const Index last = n1 - 1;
  const Array x = r_.array() * t;
  const Array e = (-x).exp();
  const Array s = -(-2 * x).unaryExpr([](double z) { return std::expm1(z); }) / (2 * r_.array());
  const Array growth = (s / length_.array().square()).head(n1);

  // Near a saddle the last column is scaled little before its component has grown.
  Vector scale = e.head(n1);
  Vector slow = slow_.array() * (-lead_.array() * t).exp();
  const double before = std::max(scale(last), std::numeric_limits<double>::min());
  const double grown = std::max(before, std::abs(slow(last)));
  scale(last) = before / grown;
  slow(last) /= grown;
  const auto columns = scale.asDiagonal();

  const Matrix decaying = s.sqrt().head(n2).matrix().asDiagonal() * decaying_ * columns;
  Matrix m = linalg::self_product(decaying.transpose());
  m += columns * metric_ * columns;
  m.diagonal().head(last) += growth.head(last).matrix();
  m += (growth(last) * slow) * slow.transpose();
  const double loss = loss_of(m.diagonal().array(), growth, (scale.array() / size_).square(), slow.array());
  if (!(std::sqrt(loss) <= largest_size)) return std::nullopt;
  const Matrix r = linalg::cholesky(std::move(m));

  Rows rows{.larger = with_last_row(slow), .smaller = smaller_ * columns};
  divide(rows, r);
  if (!(loss <= std::min(largest_loss, promised_error / (epsilon * static_cast<double>(n1 + n2))))) {
    Matrix units = columns_ * columns;
    linalg::divide(units, r);
    divide(rows, factor_again(rows, units, e, s));
  }

  // The larger side's rows are the growing part − ρ times the smaller side's.
  rows.smaller = e.head(n2).matrix().asDiagonal() * rows.smaller;
  rows.smaller.topRows(pairs) += (y_.array() * s).head(pairs).matrix().asDiagonal() * rows.larger.topRows(pairs);
  rows.larger.topRows(pairs) -= ratio_.head(pairs).asDiagonal() * rows.smaller.topRows(pairs);
  return rows;
}

/// The factor R of M = RᵀR in new columns, in which T and S are `rows` and X is `units`.
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
