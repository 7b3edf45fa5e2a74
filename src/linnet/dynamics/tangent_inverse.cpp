#include "linnet/dynamics/tangent_inverse.hpp"

#include <algorithm>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

using linalg::product;

namespace {

/// ⟨e, 𝓜 e'⟩ for the pairs of these matrices: all u_a v_xᵀ and then all u_y v_bᵀ, where a, b ≤ k < y. The index that is
/// at most k runs first.
class CostCurvature {
 public:
  CostCurvature(const Matrix& u, const Matrix& v, Index k)
      : v_(v), beyond_(u.rightCols(u.cols() - k)), u_(u), k_(k), after_(k * v.cols()) {
    const Index m = after_ + k * beyond_.cols();
    m_ = Matrix::Zero(m, m);
  }

  Matrix of(const Cost& cost) && {
    if (cost.covariance()) {
      add_covariance(product(v_.transpose(), product(*cost.covariance(), v_)));
    } else {
      add_weights(*cost.entry_weights());
    }
    return std::move(m_);
  }

 private:
  using Block = Eigen::Map<Matrix, 0, Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>>;

  /// The entries where the indices up to k are fixed, as a matrix over the other two indices.
  Block block(Index row, Index rows, Index column, Index columns) {
    return {&m_(row, column), rows, columns, {k_ * m_.rows(), k_}};
  }

  void add_covariance(const Matrix& seen) {
    const Index n = v_.cols();
    const Index outputs = beyond_.cols();
    for (Index a = 0; a < k_; ++a) {
      block(a, n, a, n) = seen;
      for (Index b = 0; b < k_ && outputs > 0; ++b) {
        block(after_ + a, outputs, after_ + b, outputs).diagonal().setConstant(seen(a, b));
      }
    }
  }

  void add_weights(const Matrix& weights) {
    const Index n = v_.cols();
    const Index outputs = beyond_.cols();
    for (Index a = 0; a < k_; ++a) {
      for (Index b = 0; b < k_; ++b) {
        const Vector inputs_seen = weights.transpose() * u_.col(a).cwiseProduct(u_.col(b));
        block(a, n, b, n) = product(v_.transpose(), Matrix(inputs_seen.asDiagonal() * v_));
        if (outputs == 0) continue;
        const Vector outputs_seen = weights * v_.col(a).cwiseProduct(v_.col(b));
        block(after_ + a, outputs, after_ + b, outputs) =
            product(beyond_.transpose(), Matrix(outputs_seen.asDiagonal() * beyond_));
        const Matrix seen = u_.col(a).asDiagonal() * weights * v_.col(b).asDiagonal();
        const Matrix both = product(v_.transpose(), product(seen.transpose(), beyond_));
        block(a, n, after_ + b, outputs) = both;
        block(after_ + b, outputs, a, n) = both.transpose();
      }
    }
  }

  const Matrix& v_;
  Matrix beyond_;  // u_y
  const Matrix& u_;
  Index k_;
  Index after_;  // where the matrices u_y v_bᵀ begin
  Matrix m_;
};

}  // namespace

void TangentInverse::prepare(const Input& at, double gamma) {
  const Index k = at.rank;
  const Index inside = k * k;
  const Index inputs = at.v.cols() - k;
  const Index outputs = at.u.cols() - k;
  const Matrix root = linalg::cholesky(linalg::self_product(at.entries));
  entries_ = at.entries.transpose();
  linalg::divide(entries_, root);
  Matrix h = CostCurvature(at.u, at.v, k).of(at.cost);
  // The change of coordinates acts on both sides. As h is symmetric, it acts twice on the left.
  for (int side = 0; side < 2; ++side) {
    h.topRows(inside) = product(root, Matrix(h.topRows(inside)));
    for (Index i = 0; i < inputs + outputs; ++i) {
      const Matrix& scale = i < inputs ? at.in : at.out;
      h.middleRows(inside + k * i, k) = scale.transpose() * Matrix(h.middleRows(inside + k * i, k));
    }
    h.transposeInPlace();
  }
  Matrix with_residual = h;
  for (Index j = 0; j < std::min(inputs, outputs); ++j) {
    const Index in = inside + k * j;
    const Index out = inside + k * (inputs + j);
    with_residual.block(out, in, k, k) += at.residual(k + j) * at.middle;
    with_residual.block(in, out, k, k) += at.residual(k + j) * at.middle.transpose();
  }
  try {
    invert(with_residual, gamma);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::numerical) throw;
    invert(h, gamma);  // 1 + γH is not positive: another mode is learned before one of A
  }
}

void TangentInverse::invert(const Matrix& hessian, double gamma) {
  Matrix a = gamma * hessian;
  a.diagonal().array() += 1;
  const Matrix root = linalg::cholesky(std::move(a));
  Matrix inverse = Matrix::Identity(root.rows(), root.cols());
  linalg::divide(inverse, root);
  change_ = linalg::self_product(inverse);
  change_.diagonal().array() -= 1;
}

void TangentInverse::apply(std::vector<Matrix>& entries, const Matrix& in, const Matrix& out, Matrix& to_in,
                           Matrix& to_out) {
  const Index inside = entries_.cols();
  before_.resize(change_.rows());
  after_.resize(change_.rows());
  before_.head(inside).setZero();
  Index from = 0;
  for (const Matrix& e : entries) {
    before_.head(inside).noalias() += entries_.middleRows(from, e.size()).transpose() * e.reshaped();
    from += e.size();
  }
  before_.segment(inside, in.size()) = in.reshaped();
  before_.tail(out.size()) = out.reshaped();
  after_.noalias() = change_ * before_;
  from = 0;
  for (Matrix& e : entries) {
    e.reshaped().noalias() = entries_.middleRows(from, e.size()) * after_.head(inside);
    from += e.size();
  }
  to_in = after_.segment(inside, in.size()).reshaped(in.rows(), in.cols());
  to_out = after_.tail(out.size()).reshaped(out.rows(), out.cols());
}

}  // namespace linnet
