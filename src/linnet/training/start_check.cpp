#include "linnet/training/start_check.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/dynamics/critical_start.hpp"
#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/graded.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet {

namespace {

constexpr double smallest = 1e-280;  // leaves room for squares and small differences

/// The largest entry of any ∂C/∂W_l.
double steepest(const DeepLinear& network, const Matrix& gradient) {
  double largest = 0;
  for (const Matrix& g : parameter_gradients(network, gradient)) {
    largest = std::max(largest, g.cwiseAbs().maxCoeff());
  }
  return largest;
}

/// log10 of the largest ‖R‖ Π_{j ≠ l} ‖W_j‖ over l: the size of the gradient if nothing underflowed.
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

/// Throws for a network linearized at a critical point, whose kernel is 0.
void require_moving(const DeepLinearized& lazy, const Matrix& gradient) {
  if (!(gradient.cwiseAbs().maxCoeff() > 0)) return;
  for (const DeepLinearized::LayerKernel& k : lazy.kernel()) {
    if (!k.out.isZero(0) && !k.in.isZero(0)) return;
  }
  refuse_origin();
}

/// The number of parameters of a matrix of this rank.
Index freedom(Shape shape, Index rank) { return rank * (shape.outputs + shape.inputs - rank); }

/// The rank of the full matrix behind a masked target, if the test has the remaining entries.
std::optional<Index> rank_behind_mask(const Task& task) {
  if (!task.test || !task.test->has_target()) return std::nullopt;
  Matrix whole = task.test->target();
  if (const std::optional<Matrix>& unseen = task.test->mask()) {
    whole = (unseen->array() != 0).select(whole, task.target());
  }
  const Vector s = linalg::singular_values(whole);
  return (s.array() > 1e-12 * s(0)).count();
}

void require_leaving(const DeepBalanced& start, const Matrix& gradient) {
  if (!(start.depth() > 1) || !(gradient.cwiseAbs().maxCoeff() > 0)) return;
  const double largest = start.end_to_end().cwiseAbs().maxCoeff();
  if (largest == 0) {
    bad_input({.field = "network.end_to_end",
               .expected = "a matrix other than 0",
               .got = "the origin, a critical point: training does not leave it",
               .hint = "start near it: start_size > 0"});
  }
  if (largest < smallest) {
    bad_input({.field = "network.end_to_end",
               .expected = "entries whose first steps can be held: above 1e-280",
               .got = "entries of at most " + format_number(largest),
               .hint = "use a larger start_size: what follows is the same, but for the wait"});
  }
}

/// Between depths 1 and 2 a singular value s grows as s^{2 − 2/L}, an exponent below 1: from 0 it may begin to grow at
/// any time, or never.
void require_unique(const DeepBalanced& start, const Matrix& gradient) {
  if (!(start.depth() > 1 && start.depth() < 2)) return;
  const Index rank = linalg::graded_rank(start.end_to_end());
  const Index full = start.shape().modes();
  if (rank == full) return;
  const linalg::Svd d = linalg::full_svd(start.end_to_end());
  const Matrix left = d.u.rightCols(d.u.cols() - rank);
  const Matrix right = d.v.rightCols(d.v.cols() - rank);
  const double rounding = 1e-12 * gradient.norm();
  if (!(linalg::product(linalg::product(left.transpose(), gradient), right).norm() > rounding)) return;
  bad_input({.field = "network.end_to_end",
             .expected = "a matrix of full rank, for a depth between 1 and 2",
             .got = "rank " + std::to_string(rank) + " of " + std::to_string(full) +
                    ": the flow from there is not unique, as its rank may grow at any time",
             .hint = "start near it at full rank, or take a depth of 1, or of 2 and more"});
}

/// Of a masked cost the least error in reach is not known, but whether it is 0.
std::string masked_bottleneck(const Task& task, Index narrowest, const std::string& is_below) {
  const std::optional<Index> rank = rank_behind_mask(task);
  const Index seen = (task.train.mask()->array() != 0).count();
  if (!rank || narrowest >= *rank || seen <= freedom(task.shape(), narrowest)) return {};
  return is_below + "the rank of what is completed, " + std::to_string(*rank) +
         ", and fixed by fewer numbers than the " + std::to_string(seen) + " seen: the train error may stay above 0";
}

bool all_zero(const std::vector<Matrix>& matrices) {
  return std::all_of(matrices.begin(), matrices.end(), [](const Matrix& m) { return m.isZero(0); });
}

/// Whether f and every ∂C/∂W_l are 0: layers of 0, or ReLU neurons that are off on every sample.
bool nothing_gets_through(const Perceptron& start, const Samples& samples) {
  const std::vector<Matrix> h = start.preactivations(samples.inputs);
  if (!activated(h[h.size() - 2], start.neuron()).isZero(0)) return false;
  Backpropagation backward(start);
  backward.differentiate(start.weights(), in_blocks(samples));
  return all_zero(backward.gradients());
}

/// Throws for a diagonal network at the origin or a saddle: two or more weights of 0 for each input with a gradient.
void require_way_down(const DeepDiagonal& start, const Matrix& gradient) {
  if (!(gradient.cwiseAbs().maxCoeff() > 0)) return;
  if (all_zero(start.layers())) refuse_origin();
  std::vector<Matrix> gradients = start.layers();
  diagonal::differentiate(start.layers(), gradient, gradients);
  if (all_zero(gradients)) refuse_saddle();
}

void require_way_down(const Perceptron& start, const Samples& samples) {
  if (start.depth() == 1 || !(samples.targets.cwiseAbs().maxCoeff() > 0)) return;
  double largest = 0;
  for (const Matrix& w : start.weights()) largest = std::max(largest, w.cwiseAbs().maxCoeff());
  if (largest == 0) {
    bad_input({.field = "network.weights",
               .expected = "weights that are not all 0",
               .got = "the origin, a critical point: training does not leave it",
               .hint = "start near it: a small variance or tau"});
  }
  const double degree = start.activation() == Activation::quadratic ? 2 : 1;
  double output = 0;  // log10 of the size of f if nothing underflowed; −inf if a layer is 0
  for (const Matrix& w : start.weights()) output = degree * output + std::log10(w.stableNorm());
  if (std::isfinite(output) && output < std::log10(smallest)) {
    bad_input({.field = "network.weights",
               .expected = "weights whose products can be held: outputs above 1e-280",
               .got = "entries of at most " + format_number(largest) + " in " + std::to_string(start.depth()) +
                      " layers, whose outputs underflow",
               .hint = "use a larger scale: what follows is the same, but for the wait"});
  }
  if (nothing_gets_through(start, samples)) {
    bad_input({.field = "network.weights",
               .expected = "a start that is no critical point",
               .got = "hidden neurons that are 0 on every sample: every gradient is 0 and the cost is not minimal",
               .hint = "draw other weights, or take leaky neurons: slope > 0"});
  }
}

void require_way_down(const Network& start, const Dynamics& dynamics) {
  if (const auto* perceptron = std::get_if<Perceptron>(&start)) {
    require_way_down(*perceptron, *dynamics.samples());
    return;
  }
  const DeepLinear* weights = weights_of(start);
  const Matrix& gradient = dynamic_cast<const LinearDynamics&>(dynamics).residual().gradient;
  if (const auto* balanced = std::get_if<DeepBalanced>(&start)) {
    require_leaving(*balanced, gradient);
    require_unique(*balanced, gradient);
  }
  if (const auto* lazy = std::get_if<DeepLinearized>(&start)) require_moving(*lazy, gradient);
  if (const auto* diagonal = std::get_if<DeepDiagonal>(&start)) require_way_down(*diagonal, gradient);
  if (weights == nullptr || weights->depth() == 1 || !(gradient.cwiseAbs().maxCoeff() > 0)) return;
  double largest = 0;
  for (const Matrix& w : weights->weights()) largest = std::max(largest, w.cwiseAbs().maxCoeff());
  if (largest == 0) refuse_origin();
  if (log10_of_gradient(*weights, gradient) < std::log10(smallest)) {
    bad_input({.field = "network.variance",
               .expected = "weights whose products can be held: gradients above 1e-280",
               .got = "entries of at most " + format_number(largest) + " in " + std::to_string(weights->depth()) +
                      " layers, whose gradient underflows",
               .hint = "use a larger scale: the wait grows as " +
                       (weights->depth() == 2 ? "ln(1/scale)" : "1/scale^" + std::to_string(weights->depth() - 2)) +
                       ", and what follows is the same"});
  }
  if (steepest(*weights, gradient) == 0) refuse_saddle();
}

}  // namespace

std::unique_ptr<Dynamics> checked_dynamics(const Network& start, const Task& task, const Record& record,
                                           const Layerwise& rates, const char* field, const Continuation* from) {
  require_observables(record, start, task);
  std::optional<Network> closed;
  if (std::holds_alternative<SelfConsistent>(start)) {
    require_positive(rates.pair(field), field);
    closed = at_rates(start, rates);
  }
  std::unique_ptr<Dynamics> dynamics = make_dynamics(closed ? *closed : start, task);
  if (from == nullptr) require_way_down(start, *dynamics);
  if (const auto* perceptron = std::get_if<Perceptron>(&start)) rates.require_depth(perceptron->depth(), field);
  return dynamics;
}

std::string bottleneck_warning(const Network& start, const Dynamics& dynamics) {
  const auto* linear = dynamic_cast<const LinearDynamics*>(&dynamics);
  if (linear == nullptr) return {};
  const Task& task = linear->task();
  if (!task.train.has_target()) return {};
  const DeepLinear* weights = weights_of(start);
  const std::optional<KeptRank> kept =
      weights != nullptr && weights->cone() == nullptr ? kept_rank(*weights) : std::nullopt;
  const bool low = kept && kept->rank < linear->rank_limit();
  const Index narrowest = low ? kept->rank : linear->rank_limit();
  if (narrowest == task.shape().modes()) return {};
  const std::string number = std::to_string(narrowest);
  std::string is_below = "network: a start of rank " + number + ", which training keeps, is below ";
  std::string until;
  if (low) {
    is_below = "network.weights: a start of rank " + number + " in a hidden layer of " + std::to_string(kept->neurons) +
               " neurons is below ";
    if (!kept->exact) until = ", until rounding leaves this rank; a Gram state, or layers so narrow, keep it";
  } else if (weights != nullptr) {
    is_below = "network.width: a hidden layer of " + number + " neurons is narrower than ";
  }
  if (task.train.mask()) {
    const std::string text = masked_bottleneck(task, narrowest, is_below);
    return text.empty() ? text : text + until;
  }
  const std::optional<double> least = task.train.least_of_rank(narrowest);
  const Vector s = linalg::singular_values(task.target());
  const Index rank = (s.array() > 1e-12 * s(0)).count();
  if (narrowest >= rank) return {};
  return is_below + "the rank of the target, " + std::to_string(rank) + ": the train error stays above " +
         format_number(task.train.error_of(*least)) + until;
}

}  // namespace linnet
