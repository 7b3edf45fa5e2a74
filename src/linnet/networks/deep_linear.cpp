#include "linnet/networks/deep_linear.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/chain.hpp"
#include "linnet/networks/layers.hpp"

namespace linnet {

DeepLinear::DeepLinear(std::vector<Matrix> weights) : weights_(std::move(weights)) { require_layers(weights_); }

std::vector<Index> DeepLinear::sizes() const { return sizes_of(weights_); }

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

double imbalance_distance(const DeepLinear& a, const DeepLinear& b, const Layerwise& rates) {
  const std::vector<Matrix> of_a = imbalances(a, rates);
  const std::vector<Matrix> of_b = imbalances(b, rates);
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
