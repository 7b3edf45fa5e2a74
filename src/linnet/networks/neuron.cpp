#include "linnet/networks/neuron.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

Weights Neuron::weights() const { return {Matrix(w.transpose()), Matrix::Constant(1, 1, a)}; }

// As a product: where the layers are nearly balanced their squares would cancel.
double balance_of(const Neuron& neuron, PerLayer rates) {
  const double first = std::sqrt(rates.second) * neuron.w.norm();
  const double second = std::sqrt(rates.first) * std::abs(neuron.a);
  return (second - first) * (second + first);
}

Neuron neuron_of(const Weights& weights) {
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
  require_positive(start.rates.first, "rates");
  require_positive(start.rates.second, "rates");
  if (start.coefficients.size() == 0 || !start.coefficients.allFinite()) {
    bad_input({.field = "network.coefficients",
               .expected = "finite numbers, one an input",
               .got = start.coefficients.size() == 0 ? "none" : "a nan or an infinity among them"});
  }
  const double delta = start.balance;
  const double size = start.coefficients.norm();
  if (size == 0 && delta <= 0) {
    bad_input({.field = "network.coefficients",
               .expected = "a β_0 other than 0, for δ <= 0",
               .got = "0 and δ = " + format_number(delta),
               .hint = delta < 0 ? "w has no direction then: give the weights themselves"
                                 : "a network of zeros does not move"});
  }
  const double root = std::hypot(delta, 2 * std::sqrt(start.rates.product()) * size);
  const double square =
      delta >= 0 ? (root + delta) / (2 * start.rates.first) : 2 * start.rates.second * size * (size / (root - delta));
  const double a = start.negative ? -std::sqrt(square) : std::sqrt(square);
  return {.a = a, .w = start.coefficients / a};
}

}  // namespace linnet::networks
