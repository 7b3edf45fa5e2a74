#include "linnet/networks/neuron.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

DeepLinear Neuron::weights() const { return DeepLinear(w.transpose(), Matrix::Constant(1, 1, a)); }

// As a product: where the layers are nearly balanced their squares would cancel.
double balance_of(const Neuron& neuron, const Layerwise& rates) {
  rates.require_depth(2, "rates");
  const double first = std::sqrt(rates[1]) * neuron.w.stableNorm();
  const double second = std::sqrt(rates[0]) * std::abs(neuron.a);
  return (second - first) * (second + first);
}

NeuronSizes neuron_sizes(double size, double balance, const Layerwise& rates) {
  rates.require_depth(2, "rates");
  const double half = std::abs(balance) / 2;
  const double larger = std::sqrt(half + std::hypot(half, std::sqrt(rates[0]) * std::sqrt(rates[1]) * size));
  if (larger == 0) return {};
  if (balance >= 0) {
    const double a = larger / std::sqrt(rates[0]);
    return {.a = a, .w = size / a};
  }
  const double w = larger / std::sqrt(rates[1]);
  return {.a = size / w, .w = w};
}

Neuron neuron_of(const DeepLinear& weights) {
  if (weights.width() != 1 || weights.shape().outputs != 1) {
    bad_input({.field = "network",
               .expected = "one hidden neuron and one output",
               .got = "width " + std::to_string(weights.width()) + ", " + std::to_string(weights.shape().outputs) +
                      " outputs"});
  }
  return {.a = weights.w2()(0, 0), .w = weights.w1().row(0).transpose()};
}

}  // namespace linnet

namespace linnet::networks {

Neuron neuron(const NeuronStart& start) {
  require_finite(start.balance, "network.balance");
  require_positive(start.rates.pair("rates"), "rates");
  if (start.coefficients.size() == 0 || !start.coefficients.allFinite()) {
    bad_input({.field = "network.coefficients",
               .expected = "finite numbers, one an input",
               .got = start.coefficients.size() == 0 ? "none" : "a nan or an infinity among them"});
  }
  const double delta = start.balance;
  const double size = start.coefficients.stableNorm();
  if (size == 0 && delta <= 0) {
    bad_input({.field = "network.coefficients",
               .expected = "a β_0 other than 0, for δ <= 0",
               .got = "0 and δ = " + format_number(delta),
               .hint = delta < 0 ? "w has no direction then: give the weights themselves"
                                 : "a network of zeros does not move"});
  }
  const NeuronSizes sizes = neuron_sizes(size, delta, start.rates);
  const double sign = start.negative ? -1.0 : 1.0;
  return {.a = sign * sizes.a,
          .w = size > 0 ? Vector(sign * sizes.w * (start.coefficients / size)) : start.coefficients};
}

}  // namespace linnet::networks
