#include "linnet/exact/tied_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/linalg/random.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

void require_pairs(const Vector& values, const Matrix& vectors) {
  if (vectors.cols() != values.size() || vectors.rows() < values.size()) {
    bad_input({.field = "vectors",
               .expected = "one column for each of the " + std::to_string(values.size()) + " values, n x k, n >= k",
               .got = format_shape(vectors.rows(), vectors.cols())});
  }
  const Matrix products = linalg::product(vectors.transpose(), vectors);
  const double off = (products - Matrix::Identity(products.rows(), products.cols())).norm();
  if (!(off <= 1e-8)) {
    bad_input({.field = "vectors", .expected = "orthonormal columns", .got = "|U^T U - 1| = " + format_number(off)});
  }
}

}  // namespace

TiedFlow::TiedFlow(Vector values, Matrix start) : values_(std::move(values)), start_(std::move(start)) {
  if (values_.size() == 0 || !values_.allFinite()) {
    bad_input({.field = "values",
               .expected = "finite eigenvalues, one at least",
               .got = values_.size() == 0 ? "none" : "a nan or an infinity among them"});
  }
}

TiedFlow::TiedFlow(Vector values, Matrix vectors, const Matrix& start) : TiedFlow(std::move(values), Matrix()) {
  require_pairs(values_, vectors);
  if (start.cols() != vectors.rows() || start.rows() < 1 || !start.allFinite()) {
    bad_input({.field = "start",
               .expected = "W_0 of finite numbers, w x " + std::to_string(vectors.rows()),
               .got = start.allFinite() ? format_shape(start.rows(), start.cols()) : "a nan or an infinity"});
  }
  const Index k = values_.size();
  const Index r = std::min(start.rows(), vectors.rows() - k);
  const Matrix along = linalg::product(vectors.transpose(), start.transpose());
  Matrix rest = start.transpose() - linalg::product(vectors, along);
  rest -= linalg::product(vectors, linalg::product(vectors.transpose(), rest));
  basis_.resize(vectors.rows(), k + r);
  basis_.leftCols(k) = std::move(vectors);
  start_.resize(k + r, start.rows());
  start_.topRows(k) = along;
  if (r == 0) return;
  const linalg::Svd d = linalg::svd(rest);
  basis_.rightCols(r) = d.u.leftCols(r);
  start_.bottomRows(r) = d.s.head(r).asDiagonal() * d.v.leftCols(r).transpose();
}

TiedFlow TiedFlow::gaussian(Vector values, const Gaussian& o) {
  const Index k = values.size();
  require_at_least(o.words, std::max<Index>(k, 1), "words");
  require_at_least(o.width, 1, "width");
  require_non_negative(o.variance, "variance");
  const auto w = static_cast<double>(o.width);
  require_memory(matrix_bytes(3 * (static_cast<double>(k) + 2 * w), w), "width",
                 std::to_string(o.width) + " dimensions");
  const double deviation = std::sqrt(o.variance);
  const Index rest = o.words - k;
  const Index r = std::min(rest, o.width);
  Matrix start(k + r, o.width);
  start.topRows(k) =
      linalg::normal_matrix(k, o.width, deviation, {.seed = o.seed, .stream = linalg::Stream::first_layer});
  if (rest >= o.width) {
    start.bottomRows(r) = deviation * linalg::bartlett_factor(o.width, rest, o.seed, 0).transpose();
  } else if (r > 0) {
    start.bottomRows(r) =
        linalg::normal_matrix(r, o.width, deviation, {.seed = o.seed, .stream = linalg::Stream::second_layer});
  }
  return {std::move(values), std::move(start)};
}

// √2 times a factor Q of WᵀW obeys the flow of `ExactFlow` with F = M: it is P diag(ρ)𝒬, where 𝒬 are the first rows of
// an orthonormal basis of the columns of [N^{½}√2Q_0; I], N = (e^{2mt} − 1)/(2m) and ρ = e^{mt}N^{−½} = (2m/(1 −
// e^{−2mt}))^{½}.
Matrix TiedFlow::rows(double t) const {
  if (!(t >= 0)) bad_input({.field = "t", .expected = "a time in [0, inf]", .got = format_number(t)});
  if (t == 0) return start_;
  const linalg::SerialBlas serial;
  const Index k = values_.size();
  const Index n = start_.rows();
  const Index w = start_.cols();
  const double time = std::min(t, 1e300 / std::max(1.0, values_.cwiseAbs().maxCoeff()));
  Vector log_weights = Vector::Zero(n + w);
  Vector rho = Vector::Zero(n);
  for (Index i = 0; i < n; ++i) {
    const double m = i < k ? values_(i) : 0.0;
    const double x = 2 * m * time;
    // log N = log((1 − e^{−|x|})/|x|) + max(x, 0) + log t, and 2 log ρ = x − log N, neither by a difference of large
    // numbers
    const double shared = (x == 0 ? 0.0 : std::log(-std::expm1(-std::abs(x)) / std::abs(x))) + std::log(time);
    log_weights(i) = 0.5 * (shared + std::max(x, 0.0));
    rho(i) = std::exp(0.5 * (std::min(x, 0.0) - shared));
  }
  Matrix stacked(n + w, w);
  stacked.topRows(n) = std::sqrt(2.0) * start_;
  stacked.bottomRows(w).setIdentity();
  const Matrix q = linalg::graded_qr_factor(std::move(stacked), log_weights);
  return std::sqrt(0.5) * (rho.asDiagonal() * q.topRows(n));
}

Vector TiedFlow::modes(double t) const { return rows(t).topRows(values_.size()).rowwise().squaredNorm(); }

Vector TiedFlow::singular_values(double t) const { return linalg::singular_values(rows(t)); }

Matrix TiedFlow::embeddings(double t) const {
  if (basis_.size() == 0) {
    bad_input({.field = "start",
               .expected = "weights W_0, for the embeddings of words",
               .got = "a start drawn without its columns",
               .hint = "draw W_0 yourself and give the eigenvectors of M"});
  }
  return linalg::product(basis_, rows(t)).transpose();
}

double TiedFlow::cost(double t) const {
  Matrix off = linalg::self_product(rows(t));
  off.diagonal().head(values_.size()) -= values_;
  return 0.25 * off.squaredNorm();
}

Mode TiedFlow::alone(Index i) const {
  if (i < 0 || i >= values_.size()) {
    bad_input({.field = "mode", .expected = "0 to " + std::to_string(values_.size() - 1), .got = std::to_string(i)});
  }
  return Mode({.target = values_(i), .threshold = 0, .start = start_.row(i).squaredNorm()});
}

}  // namespace linnet
