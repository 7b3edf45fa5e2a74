#include "linnet/networks/deep_linear.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/chain.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/layers.hpp"

namespace linnet {

DeepLinear::DeepLinear(std::vector<Matrix> weights) : weights_(std::move(weights)) { require_layers(weights_); }

DeepLinear::DeepLinear(Matrix w1, Matrix w2) {
  if (w1.rows() != w2.cols()) {
    bad_input({.field = "network.w2",
               .expected = std::to_string(w1.rows()) + " columns, the width of w1",
               .got = format_shape(w2.rows(), w2.cols()),
               .hint = "w1 is width x inputs, w2 is outputs x width"});
  }
  if (w1.size() == 0 || w2.size() == 0) {
    const bool first = w1.size() == 0;
    const Matrix& empty = first ? w1 : w2;
    bad_input({.field = first ? "network.w1" : "network.w2",
               .expected = "weights with entries",
               .got = format_shape(empty.rows(), empty.cols())});
  }
  if (!w1.allFinite() || !w2.allFinite()) {
    bad_input({.field = w1.allFinite() ? "network.w2" : "network.w1",
               .expected = "finite numbers",
               .got = "a nan or an infinity among the entries"});
  }
  weights_.push_back(std::move(w1));
  weights_.push_back(std::move(w2));
}

const Matrix& DeepLinear::layer_of_two(std::size_t l) const {
  if (weights_.size() != 2) {
    bad_input(
        {.field = "network", .expected = "a network of two layers", .got = "one of depth " + std::to_string(depth())});
  }
  return weights_[l];
}

std::vector<Index> DeepLinear::sizes() const { return sizes_of(weights_); }

Matrix DeepLinear::end_to_end() const {
  linalg::Chain chain(sizes());
  chain.multiply(weights_);
  return chain.product(weights_);
}

DeepLinear DeepLinear::standing_for(std::shared_ptr<const LightCone> cone) && {
  cone_ = std::move(cone);
  return std::move(*this);
}

double DeepLinear::norm() const {
  double sum = 0;
  for (const Matrix& w : weights_) sum += w.squaredNorm();
  return std::sqrt(sum);
}

DeepLinear rescaled(const DeepLinear& network, const Layerwise& rates) {
  rates.require_depth(network.depth(), "rates");
  std::vector<Matrix> layers = network.weights();
  for (std::size_t l = 0; l < layers.size(); ++l) layers[l] /= std::sqrt(rates[l]);
  return DeepLinear(std::move(layers));
}

bool is_wide(const DeepLinear& network) { return network.depth() == 2 && network.width() > 4 * network.shape().sum(); }

namespace {

/// [W_l, W_{l+1}ᵀ], a row a neuron, with both layers scaled to norm 1.
Matrix neurons_of(const Matrix& before, const Matrix& after) {
  const auto scaled = [](const Matrix& w) -> Matrix {
    const double size = w.stableNorm();
    return size > 0 ? Matrix(w / size) : w;
  };
  Matrix q(before.rows(), before.cols() + after.rows());
  q << scaled(before), scaled(after).transpose();
  return q;
}

/// Singular values above rounding. A Cholesky factor tells full rank at a fraction of the time.
Index rank_of(const Matrix& q) {
  const Index most = std::min(q.rows(), q.cols());
  const bool wide = q.rows() > q.cols();
  const Matrix square = wide ? linalg::product(q.transpose(), q) : linalg::product(q, q.transpose());
  const Eigen::LLT<Matrix> factor(square);
  constexpr double clearly = 1e-5;
  const auto pivots = factor.matrixLLT().diagonal();
  if (factor.info() == Eigen::Success && pivots.minCoeff() > clearly * pivots.maxCoeff()) return most;
  constexpr double rounding = 1e-13;
  const Vector s = linalg::singular_values(q);
  return (s.array() > rounding * s(0)).count();
}

}  // namespace

std::optional<KeptRank> kept_rank(const DeepLinear& network) {
  std::optional<KeptRank> least;
  const std::vector<Matrix>& w = network.weights();
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    const Matrix q = neurons_of(w[l], w[l + 1]);
    const Index rank = rank_of(q);
    if (least && rank >= least->rank) continue;
    const Index used = (q.rowwise().squaredNorm().array() > 0).count();
    least = {.rank = rank, .neurons = q.rows(), .exact = rank == std::min(used, q.cols())};
  }
  return least;
}

double parameter_distance(const DeepLinear& a, const DeepLinear& b) {
  if (a.sizes() != b.sizes()) {
    bad_input({.field = "network", .expected = "networks of the same sizes", .got = "different ones"});
  }
  double sum = 0;
  for (std::size_t l = 0; l < a.weights().size(); ++l) sum += (a.weights()[l] - b.weights()[l]).squaredNorm();
  return std::sqrt(sum);
}

std::vector<Matrix> parameter_gradients(const DeepLinear& network, const Matrix& gradient) {
  const std::vector<Matrix>& w = network.weights();
  linalg::Chain chain(network.sizes());
  chain.multiply(w);
  std::vector<Matrix> result(w.size());
  chain.differentiate(
      w, gradient, false, [&](std::size_t l, linalg::Factor a, linalg::Factor b) { linalg::multiply(a, b, result[l]); },
      [&](std::size_t l, const Matrix& whole) { result[l] = whole; });
  return result;
}

namespace {

std::vector<Matrix> imbalances_of(const DeepLinear& network, const Layerwise& rates) {
  rates.require_depth(network.depth(), "rates");
  std::vector<Matrix> result;
  const std::vector<Matrix>& w = network.weights();
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    Matrix delta;
    linalg::multiply(1 / rates[l + 1], w[l + 1].transpose(), w[l + 1], 0.0, delta);
    linalg::multiply(-1 / rates[l], w[l], w[l].transpose(), 1.0, delta);
    result.push_back(std::move(delta));
  }
  return result;
}

}  // namespace

std::vector<Matrix> imbalances(const DeepLinear& network, const Layerwise& rates) {
  if (network.cone() != nullptr) {
    bad_input({.field = "network",
               .expected = "all weights of a network, for the imbalances of its layers",
               .got = "a light cone",
               .hint = "those of the cone are the imbalances of a DeepLinear of its weights"});
  }
  return imbalances_of(network, rates);
}

double imbalance_distance(const DeepLinear& a, const DeepLinear& b, const Layerwise& rates) {
  const std::vector<Matrix> of_a = imbalances_of(a, rates);
  const std::vector<Matrix> of_b = imbalances_of(b, rates);
  double sum = 0;
  for (std::size_t l = 0; l < of_a.size(); ++l) sum += (of_a[l] - of_b[l]).squaredNorm();
  return std::sqrt(sum);
}

double rescaled_size(const DeepLinear& network, const Layerwise& rates) {
  double size = 0;
  for (std::size_t l = 0; l < network.weights().size(); ++l) size += network.weights()[l].squaredNorm() / rates[l];
  return size;
}

}  // namespace linnet
