#include "linnet/networks/perceptron.hpp"

#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/linalg/paired_dot.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/layers.hpp"

namespace linnet {

namespace {

void check(const HiddenUnit& neuron) {
  if (!(std::abs(neuron.slope) <= 1)) {
    bad_input({.field = "network.slope",
               .expected = "a number in [-1, 1]",
               .got = format_number(neuron.slope),
               .hint = "0 is ReLU, 1 linear; neurons of slope s beyond are those of 1/s with other signs and sizes"});
  }
  require_non_negative(neuron.rounding, "network.rounding");
  if (neuron.activation == Activation::quadratic && neuron.slope != 0) {
    bad_input({.field = "network.slope",
               .expected = "0 for quadratic neurons",
               .got = format_number(neuron.slope),
               .hint = "the slope is that of ReLU for negative inputs"});
  }
}

}  // namespace

const char* to_string(Activation activation) { return activation == Activation::relu ? "relu" : "quadratic"; }

Perceptron::Perceptron(std::vector<Matrix> weights, HiddenUnit neuron) : weights_(std::move(weights)), neuron_(neuron) {
  check(neuron_);
  require_layers(weights_);
}

std::vector<Index> Perceptron::sizes() const { return sizes_of(weights_); }

std::vector<Index> Perceptron::widths() const {
  std::vector<Index> result;
  for (std::size_t l = 0; l + 1 < weights_.size(); ++l) result.push_back(weights_[l].rows());
  return result;
}

Index Perceptron::parameters() const {
  Index count = 0;
  for (const Matrix& w : weights_) count += w.size();
  return count;
}

double Perceptron::norm() const {
  double sum = 0;
  for (const Matrix& w : weights_) sum += w.squaredNorm();
  return std::sqrt(sum);
}

std::vector<Matrix> Perceptron::preactivations(const Matrix& x) const {
  if (x.rows() != inputs()) {
    bad_input({.field = "inputs",
               .expected = std::to_string(inputs()) + " numbers a sample, the network's inputs",
               .got = std::to_string(x.rows())});
  }
  std::vector<Matrix> h{linalg::product(weights_.front(), x)};
  for (std::size_t l = 1; l < weights_.size(); ++l) {
    const Matrix s = activated(h.back(), neuron_);
    if (weights_[l].rows() == 1) {
      Matrix f(1, s.cols());
      for (Index i = 0; i < s.cols(); ++i) f(0, i) = linalg::paired_dot(weights_[l].data(), s.col(i).data(), s.rows());
      h.push_back(std::move(f));
    } else {
      h.push_back(linalg::product(weights_[l], s));
    }
  }
  return h;
}

Matrix Perceptron::at(const Matrix& x) const { return preactivations(x).back(); }

Matrix activated(const Matrix& h, const HiddenUnit& neuron) {
  return with_activation(
      neuron, [&](auto sigma) -> Matrix { return h.unaryExpr([sigma](double value) { return sigma.value(value); }); });
}

double parameter_distance(const Perceptron& a, const Perceptron& b) {
  if (a.sizes() != b.sizes()) {
    bad_input({.field = "network", .expected = "networks of the same sizes", .got = "different ones"});
  }
  double sum = 0;
  for (std::size_t l = 0; l < a.weights().size(); ++l) sum += (a.weights()[l] - b.weights()[l]).squaredNorm();
  return std::sqrt(sum);
}

std::vector<Vector> neuron_balances(const Perceptron& network, const std::vector<double>& rates) {
  const double degree = network.activation() == Activation::quadratic ? 2 : 1;
  const auto rate = [&](std::size_t l) { return rates.size() == 1 ? rates.front() : rates[l]; };
  const std::vector<Matrix>& w = network.weights();
  std::vector<Vector> result;
  for (std::size_t l = 0; l + 1 < w.size(); ++l) {
    result.emplace_back(degree * rate(l) * w[l + 1].colwise().squaredNorm().transpose() -
                        rate(l + 1) * w[l].rowwise().squaredNorm());
  }
  return result;
}

}  // namespace linnet
