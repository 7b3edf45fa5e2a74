#include "linnet/predict/nearest.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/linalg/decompositions.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

constexpr double balanced_to = 1e-8;  // a residual with which c = 0 is accepted

/// The largest distance of two closed forms, over all times at which anything happens, however late.
double largest_distance(const ExactFlow& one, const ExactFlow& two, const Matrix& target) {
  const double size = target.norm();
  const Cost& cost = one.task().train;
  const double variance = cost.is_white() ? *cost.white_variance() : linalg::operator_norm(*cost.covariance());
  const double fastest = std::hypot(one.target().maxCoeff(), one.threshold()) * variance * one.rates().geometric_mean();
  if (size == 0 || fastest == 0) return 0;
  const Matrix end_of_one = one.end_to_end(infinity);
  const Matrix end_of_two = two.end_to_end(infinity);
  double largest = 0;
  constexpr int count = 40;
  for (int k = 0;; ++k) {
    stop_if_asked();
    const double t = 1e-3 * std::pow(1e6, static_cast<double>(k) / count) / fastest;
    const Matrix a = one.end_to_end(t);
    const Matrix b = two.end_to_end(t);
    largest = std::max(largest, (a - b).norm() / size);
    const bool over = (a - end_of_one).norm() <= 1e-3 * size && (b - end_of_two).norm() <= 1e-3 * size;
    if ((k >= count && over) || !std::isfinite(t)) return std::max(largest, (end_of_one - end_of_two).norm() / size);
  }
}

template <class State>
Closure predicting(const State& scaled, double tolerance) {
  const Closure balanced = fit_balance(scaled);
  if (balanced.residual <= balanced_to) return balanced;
  const Closure fit = fit_closure(scaled);
  return fit.residual <= std::max(tolerance, balanced_to) ? fit : match_closure(scaled);
}

}  // namespace

Closure predicting_closure(const Network& start, const Layerwise& rates, double tolerance) {
  if (const DeepLinear* weights = two_layers_of(start)) return predicting(rescaled(*weights, rates), tolerance);
  return predicting(rescaled(gram_state(start), rates), tolerance);
}

NearestClosedForm nearest_closed_form(const Network& start, const Task& task, const Layerwise& rates) {
  const Closure closure = predicting_closure(start, rates, balanced_to);
  const Layerwise scales = closure.scales();
  const SelfConsistent nearest(end_to_end(start), {scales[0] * rates[0], scales[1] * rates[1]});
  NearestClosedForm found{.flow = ExactFlow(nearest, task, {.rates = rates})};
  for (const bool smaller : {false, true}) {
    const ExactFlow other(start, task, {.rates = rates, .closure = closure, .from_smaller = smaller});
    found.error = std::max(found.error, largest_distance(found.flow, other, task.target()));
    if (closure.scale2 <= 0) break;  // both are of the true G(0)
  }
  return found;
}

}  // namespace linnet
