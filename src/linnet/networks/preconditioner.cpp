#include "linnet/networks/preconditioner.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet {

namespace {

constexpr Index most_unknowns = 4096;

void require_dense(Index unknowns) {
  if (unknowns <= most_unknowns) return;
  bad_input({.field = "preconditioner",
             .expected = "at most " + std::to_string(most_unknowns) + " unknowns n_0n_L, for M as a matrix",
             .got = std::to_string(unknowns),
             .hint = "apply it to gradients, or take its extreme eigenvalues"});
}

/// The directions of the larger layers are known if the layers have all directions, or those of A only.
void require_known_directions(const PreconditionerStructure& s, Shape shape, Index rank) {
  const double excess = s.imbalance.excess();
  if (excess == 0) return;
  const bool inputs = (s.imbalance.layer == UnbalancedLayer::first) == (excess > 0);
  const Index end = inputs ? shape.inputs : shape.outputs;
  if (s.width == end || (s.width == rank && rank < end)) return;
  bad_input({.field = "network.width",
             .expected = std::to_string(end) + (inputs ? ", the inputs" : ", the outputs") + ", or " +
                         std::to_string(rank) + ", the rank of the end-to-end matrix",
             .got = std::to_string(s.width),
             .hint = "A alone does not tell which further directions the larger layers hold: take the weights"});
}

}  // namespace

Preconditioner::Preconditioner(const DeepLinear& network, const Layerwise& rates) : kernel_(network, rates) {
  require_positive(rates, "rates");
}

Matrix Preconditioner::apply(const Matrix& gradient) const {
  if (shape_of(gradient) != shape()) {
    bad_input({.field = "gradient",
               .expected = format_shape(shape().outputs, shape().inputs),
               .got = format_shape(gradient.rows(), gradient.cols())});
  }
  return kernel_.apply(gradient);
}

Matrix Preconditioner::dense() const {
  require_dense(unknowns());
  const Index n = shape().outputs;
  Matrix m = Matrix::Zero(unknowns(), unknowns());
  for (const TangentKernel::Share& share : kernel_.shares()) {
    const Matrix out = share.out.dense();
    const Matrix in = share.in.dense();
    for (Index j = 0; j < shape().inputs; ++j) {
      for (Index i = 0; i < shape().inputs; ++i) m.block(i * n, j * n, n, n) += in(i, j) * out;
    }
  }
  return m;
}

Vector Preconditioner::eigenvalues() const {
  if (depth() > 2) return linalg::symmetric_eigen(dense()).values;
  // The first layer's `in` and the last one's `out` are multiples of I.
  const Vector outer = kernel_.shares().front().out.eigenvalues();
  const Vector inner =
      depth() == 2 ? Vector(kernel_.shares().back().in.eigenvalues() * kernel_.shares().back().out.largest_entry())
                   : Vector(Vector::Zero(shape().inputs));
  Vector all(unknowns());
  for (Index i = 0; i < inner.size(); ++i) all.segment(i * outer.size(), outer.size()) = outer.array() + inner(i);
  std::sort(all.begin(), all.end());
  return all;
}

Matrix PreconditionerModes::apply(const Matrix& gradient) const {
  const Matrix turned = linalg::product(linalg::product(u.transpose(), gradient), v);
  return linalg::product(linalg::product(u, Matrix(eigenvalues.cwiseProduct(turned))), v.transpose());
}

PreconditionerModes preconditioner_modes(const Matrix& end_to_end, const PreconditionerStructure& s) {
  require_at_least(s.depth, 2, "network.depth");
  require_finite(s.imbalance.balance, "network.balance");
  require_positive(s.rates, "rates");
  s.rates.require_depth(s.depth, "rates");
  // The rescaled layers W_l/√η_l have rates 1, A over the root of all rates, and M over their product.
  const double rates = std::pow(s.rates.geometric_mean(), static_cast<double>(s.depth));
  linalg::Svd d = linalg::full_svd(end_to_end);
  const Shape shape = shape_of(end_to_end);
  const Index rank = rank_of(d.s, shape);
  require_known_directions(s, shape, rank);
  const LayerSpectra values = layer_spectra(d.s.head(rank) / std::sqrt(rates), s.depth, s.imbalance.excess(), s.width,
                                            std::max(shape.inputs, shape.outputs));
  const Eigen::ArrayXd x = values.inner.array().square();
  const Eigen::ArrayXd y = values.outer.array().square();
  const bool first = s.imbalance.layer == UnbalancedLayer::first;
  // The shares of all other layers contain the unbalanced layer on one side.
  const Index near = first ? shape.inputs : shape.outputs;
  const Index far = first ? shape.outputs : shape.inputs;
  const auto layers = static_cast<int>(s.depth) - 1;
  Matrix mu = x.head(far).pow(layers).matrix().replicate(1, near);
  for (int k = 0; k < layers; ++k) {
    mu += x.head(far).pow(layers - 1 - k).matrix() * (y.head(near) * x.head(near).pow(k)).matrix().transpose();
  }
  return {.u = std::move(d.u), .eigenvalues = rates * (first ? mu : Matrix(mu.transpose())), .v = std::move(d.v)};
}

}  // namespace linnet
