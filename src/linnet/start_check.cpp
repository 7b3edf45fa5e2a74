#include "linnet/start_check.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet {

namespace {

/// The largest entry of any ∂C/∂W_l.
double steepest(const DeepLinear& network, const Matrix& gradient) {
  double largest = 0;
  for (const Matrix& g : parameter_gradients(network, gradient)) {
    largest = std::max(largest, g.cwiseAbs().maxCoeff());
  }
  return largest;
}

/// log10 of ‖R‖ Π_{j ≠ l} ‖W_j‖ at its largest over l: what the gradient would be of if nothing were lost.
double log10_of_gradient(const DeepLinear& network, const Matrix& gradient) {
  double sum = std::log10(gradient.stableNorm());
  double least = 0;
  for (const Matrix& w : network.weights()) {
    const double size = std::log10(w.stableNorm());
    sum += size;
    least = std::min(least, size);
  }
  return sum - least;
}

}  // namespace

void require_way_down(const Network& start, const Dynamics& dynamics) {
  const std::optional<DeepLinear> weights = weights_of(start);
  const Matrix& gradient = dynamics.residual().gradient;
  const auto* balanced = std::get_if<DeepBalanced>(&start);
  if (balanced != nullptr && balanced->depth() > 1 && !(balanced->end_to_end().cwiseAbs().maxCoeff() > 0) &&
      gradient.cwiseAbs().maxCoeff() > 0) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix other than 0",
               .got = "the origin, a critical point: training does not leave it",
               .hint = "start near it: start_size > 0"});
  }
  if (!weights || weights->depth() == 1 || !(gradient.cwiseAbs().maxCoeff() > 0)) return;
  constexpr double underflow = -280;  // leaves room for the squares and small differences that follow
  double largest = 0;
  for (const Matrix& w : weights->weights()) largest = std::max(largest, w.cwiseAbs().maxCoeff());
  if (largest == 0) {
    bad_input({.field = "network.weights",
               .expected = "weights that are not all 0",
               .got = "the origin, a critical point: training does not leave it",
               .hint = "start near it: a small variance, or initialization = \"escape\""});
  }
  if (log10_of_gradient(*weights, gradient) < underflow) {
    bad_input({.field = "network.variance",
               .expected = "weights whose products can be held: gradients above 1e-280",
               .got = "entries of at most " + format_number(largest) + " in " + std::to_string(weights->depth()) +
                      " layers, whose gradient underflows",
               .hint = "use a larger scale: the wait grows as 1/scale^" + std::to_string(weights->depth() - 2) +
                       ", and what follows is the same"});
  }
  if (steepest(*weights, gradient) == 0) {
    bad_input({.field = "network.weights",
               .expected = "a start that is no critical point",
               .got = "a saddle: every gradient is 0 and the cost is not minimal",
               .hint = "start near it instead: a small variance added to the weights"});
  }
}

std::string bottleneck_warning(const Network& start, const Task& task) {
  const std::optional<DeepLinear> weights = weights_of(start);
  if (!weights) return {};
  Index narrowest = task.shape().modes();
  for (const Index n : weights->sizes()) narrowest = std::min(narrowest, n);
  if (narrowest == task.shape().modes()) return {};
  // A masked target has entries that are not known, and so no rank.
  const std::optional<double> least = task.train.least_of_rank(narrowest);
  if (!least) return {};
  const Vector s = linalg::singular_values(task.target());
  const Index rank = (s.array() > 1e-12 * s(0)).count();
  if (narrowest >= rank) return {};
  return "network.width: a hidden layer of " + std::to_string(narrowest) +
         " neurons is narrower than the rank of the target, " + std::to_string(rank) +
         ": the train error stays above " + format_number(task.train.error_of(*least));
}

}  // namespace linnet
