#include "linnet/perceptron/start_check.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "linnet/error.hpp"
#include "linnet/perceptron/backpropagation.hpp"

namespace linnet {

namespace {

/// Whether f and every ∂C/∂W_l are 0: layers of 0, or ReLU neurons that are off on every sample.
bool nothing_gets_through(const Perceptron& start, const Samples& samples) {
  const std::vector<Matrix> h = start.preactivations(samples.inputs);
  if (!activated(h[h.size() - 2], start.neuron()).isZero(0)) return false;
  Backpropagation backward(start);
  backward.differentiate(start.weights(), in_blocks(samples));
  return std::ranges::all_of(backward.gradients(), [](const Matrix& g) { return g.isZero(0); });
}

}  // namespace

void require_way_down(const Perceptron& start, const PerceptronTask& task) {
  if (start.depth() == 1 || !(task.train.targets.cwiseAbs().maxCoeff() > 0)) return;
  double largest = 0;
  for (const Matrix& w : start.weights()) largest = std::max(largest, w.cwiseAbs().maxCoeff());
  if (largest == 0) {
    bad_input({.field = "network.weights",
               .expected = "weights that are not all 0",
               .got = "the origin, a critical point: training does not leave it",
               .hint = "start near it: a small variance or tau"});
  }
  constexpr double underflow = -280;  // leaves room for the squares and small differences that follow
  const double degree = start.activation() == Activation::quadratic ? 2 : 1;
  double output = 0;  // log10 of f's size, were nothing lost; −inf of a layer of 0, where nothing is
  for (const Matrix& w : start.weights()) output = degree * output + std::log10(w.stableNorm());
  if (std::isfinite(output) && output < underflow) {
    bad_input({.field = "network.weights",
               .expected = "weights whose products can be held: outputs above 1e-280",
               .got = "entries of at most " + format_number(largest) + " in " + std::to_string(start.depth()) +
                      " layers, whose outputs underflow",
               .hint = "use a larger scale: what follows is the same, but for the wait"});
  }
  if (nothing_gets_through(start, task.train)) {
    bad_input({.field = "network.weights",
               .expected = "a start that is no critical point",
               .got = "hidden neurons that are 0 on every sample: every gradient is 0 and the cost is not minimal",
               .hint = "draw other weights, or take leaky neurons: slope > 0"});
  }
}

}  // namespace linnet
