#include "linnet/networks/gram_state.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

/// `c`, checked and made symmetric to the last bit. The dynamics keep this symmetry and do not check it again.
Matrix symmetric(const Matrix& c, const char* field) {
  if (!c.allFinite()) {
    bad_input({.field = field, .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
  // One pass over both triangles.
  Matrix mean(c.rows(), c.cols());
  double asymmetry = 0;
  double largest = 0;
  for (Index j = 0; j < c.cols(); ++j) {
    for (Index i = j; i < c.rows(); ++i) {
      const double below = c(i, j);
      const double above = c(j, i);
      asymmetry = std::max(asymmetry, std::abs(below - above));
      largest = std::max({largest, std::abs(below), std::abs(above)});
      mean(i, j) = mean(j, i) = 0.5 * (below + above);
    }
  }
  if (asymmetry > 1e-10 * largest) {
    bad_input({.field = field,
               .expected = "a symmetric matrix",
               .got = "entries that differ by " + format_number(asymmetry) + " from their mirror images"});
  }
  return mean;
}

Matrix representation(const Matrix& c, Index n, const char* field) {
  if (c.rows() != n || c.cols() != n) {
    bad_input({.field = field,
               .expected = format_shape(n, n) + ", to fit the end-to-end matrix",
               .got = format_shape(c.rows(), c.cols())});
  }
  return symmetric(c, field);
}

}  // namespace

GramState::GramState(const Matrix& input_representation, Matrix end_to_end, const Matrix& output_representation)
    : a_(std::move(end_to_end)) {
  if (a_.size() == 0) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix with entries",
               .got = format_shape(a_.rows(), a_.cols())});
  }
  if (!a_.allFinite()) {
    bad_input(
        {.field = "network.end_to_end", .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
  }
  c1_ = representation(input_representation, a_.cols(), "network.input_representation");
  c2_ = representation(output_representation, a_.rows(), "network.output_representation");
}

GramState GramState::from_gram(const Matrix& gram, Shape shape) {
  if (gram.rows() != shape.sum() || gram.cols() != shape.sum()) {
    bad_input({.field = "network.gram",
               .expected = format_shape(shape.sum(), shape.sum()) + ", inputs + outputs square",
               .got = format_shape(gram.rows(), gram.cols())});
  }
  if (gram.size() == 0) {
    bad_input({.field = "network.gram", .expected = "a matrix with entries", .got = format_shape(0, 0)});
  }
  const Matrix g = symmetric(gram, "network.gram");
  return {g.topLeftCorner(shape.inputs, shape.inputs), g.bottomLeftCorner(shape.outputs, shape.inputs),
          g.bottomRightCorner(shape.outputs, shape.outputs)};
}

GramState GramState::from_weights(const DeepLinear& weights) {
  const auto n = static_cast<double>(weights.shape().sum());
  require_memory(3 * matrix_bytes(n, n), "network.state",
                 "a Gram state of " + std::to_string(weights.shape().outputs) + " outputs and " +
                     std::to_string(weights.shape().inputs) + " inputs",
                 "use the weights themselves");
  GramState state(linalg::product(weights.w1().transpose(), weights.w1()), weights.end_to_end(),
                  linalg::product(weights.w2(), weights.w2().transpose()));
  const Shape shape = state.shape();
  if (weights.width() < shape.sum()) {
    Matrix q(shape.sum(), weights.width());
    q << weights.w1().transpose(), weights.w2();
    state.q_ = std::move(q);
  }
  return state;
}

GramState GramState::from_factor(const Matrix& q, Shape shape) {
  if (q.rows() != shape.sum() || q.cols() == 0) {
    bad_input({.field = "network.factor",
               .expected = std::to_string(shape.sum()) + " rows, inputs + outputs, and a column",
               .got = format_shape(q.rows(), q.cols())});
  }
  const Matrix top = q.topRows(shape.inputs);
  const Matrix bottom = q.bottomRows(shape.outputs);
  GramState state(linalg::product(top, top.transpose()), linalg::product(bottom, top.transpose()),
                  linalg::product(bottom, bottom.transpose()));
  if (q.cols() < shape.sum()) state.q_ = q;
  return state;
}

GramState GramState::with_factor(Matrix q) && {
  q_ = std::move(q);
  rank_is_known_ = true;
  return std::move(*this);
}

GramState GramState::with_full_rank() && {
  q_.reset();
  rank_is_known_ = true;
  return std::move(*this);
}

GramState GramState::with(std::optional<Matrix> factor, bool rank_is_known) && {
  q_ = std::move(factor);
  rank_is_known_ = rank_is_known;
  return std::move(*this);
}

Matrix GramState::gram() const {
  const Shape n = shape();
  Matrix g(n.sum(), n.sum());
  g.topLeftCorner(n.inputs, n.inputs) = c1_;
  g.topRightCorner(n.inputs, n.outputs) = a_.transpose();
  g.bottomLeftCorner(n.outputs, n.inputs) = a_;
  g.bottomRightCorner(n.outputs, n.outputs) = c2_;
  return g;
}

std::optional<Matrix> narrow_factor(const GramState& state) {
  const Index n = state.shape().sum();
  std::optional<Matrix> q = state.factor();
  if (!state.rank_is_known()) {
    q = q ? linalg::independent_columns(*std::move(q))
          : linalg::low_rank_factor(state.gram(), 32 * epsilon * std::sqrt(static_cast<double>(n)));
  }
  if (q && q->cols() == 0) q = Matrix::Zero(n, 1);
  return q;
}

void require_semidefinite(const GramState& state) {
  const Vector values = linalg::symmetric_eigen(state.gram()).values;
  const double least = values(0);
  if (least >= -1e-6 * values(values.size() - 1)) return;
  bad_input({.field = "network.gram",
             .expected = "a positive semidefinite matrix",
             .got = "an eigenvalue of " + format_number(least),
             .hint = "a Gram state is QQᵀ of some weights Q = [W_1ᵀ; W_2]"});
}

GramState rescaled(const GramState& state, const Layerwise& rates) {
  rates.require_depth(2, "rates");
  GramState scaled(state.c1_ / rates[0], state.a_ / std::sqrt(rates[0] * rates[1]), state.c2_ / rates[1]);
  scaled.q_ = state.q_;
  if (scaled.q_) {
    scaled.q_->topRows(state.shape().inputs) /= std::sqrt(rates[0]);
    scaled.q_->bottomRows(state.shape().outputs) /= std::sqrt(rates[1]);
  }
  scaled.rank_is_known_ = state.rank_is_known_;
  return scaled;
}

}  // namespace linnet
