#include "linnet/networks/deep_linear.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/chain.hpp"

namespace linnet {

namespace {

std::string layer_field(std::size_t l) { return "network.weights[" + std::to_string(l) + "]"; }

}  // namespace

DeepLinear::DeepLinear(std::vector<Matrix> weights) : weights_(std::move(weights)) {
  if (weights_.empty()) {
    bad_input({.field = "network.weights", .expected = "at least one layer", .got = "depth 0"});
  }
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    const Matrix& w = weights_[l];
    if (w.size() == 0) {
      bad_input({.field = layer_field(l), .expected = "weights with entries", .got = format_shape(w.rows(), w.cols())});
    }
    if (l > 0 && w.cols() != weights_[l - 1].rows()) {
      bad_input({.field = layer_field(l),
                 .expected = std::to_string(weights_[l - 1].rows()) + " columns, the rows of the layer before",
                 .got = format_shape(w.rows(), w.cols()),
                 .hint = "layers are given from the input on, each outputs x inputs"});
    }
    if (!w.allFinite()) {
      bad_input(
          {.field = layer_field(l), .expected = "finite numbers", .got = "a nan or an infinity among the entries"});
    }
  }
}

std::vector<Index> DeepLinear::sizes() const {
  std::vector<Index> result{weights_.front().cols()};
  for (const Matrix& w : weights_) result.push_back(w.rows());
  return result;
}

Matrix DeepLinear::end_to_end() const {
  linalg::Chain chain(sizes());
  chain.multiply(weights_);
  return chain.product(weights_);
}

double DeepLinear::norm() const {
  double sum = 0;
  for (const Matrix& w : weights_) sum += w.squaredNorm();
  return std::sqrt(sum);
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

std::vector<Matrix> imbalances(const DeepLinear& network, const Layerwise& rates) {
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

}  // namespace linnet
