#include "linnet/exact/convergence_bound.hpp"

#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gram_distance.hpp"

namespace linnet {

namespace {

/// The least of these numbers that is not 0 up to rounding; infinite if there is none.
double least_positive(const Eigen::ArrayXd& values) {
  const double most = values.maxCoeff();
  const double zero = most * 4 * std::numeric_limits<double>::epsilon() * static_cast<double>(values.size());
  return (values > zero).select(values, std::numeric_limits<double>::infinity()).minCoeff();
}

/// The scales (a, b) of the rescaled layers of a start that is where its closure puts it.
Layerwise scales_of(const Network& start, const Certificate& o) {
  const Layerwise& rates = o.rates.pair("solver.rates");
  if (const auto* closed = std::get_if<SelfConsistent>(&start)) {
    return {closed->scales()[0] / rates[0], closed->scales()[1] / rates[1]};
  }
  const Closure closure = fit_closure(start, rates);
  const Layerwise scales = closure.scales();
  // At unequal rates the representations follow from A for the rescaled layers.
  const SelfConsistent ideal(end_to_end(start) / std::sqrt(rates[0] * rates[1]), scales);
  const double off = gram_distance(Network(rescaled(gram_state(start), rates)), Network(ideal));
  if (!(off <= o.tolerance)) {
    bad_input({.field = "network",
               .expected = "a start that satisfies the closure in full rank, to " + format_number(o.tolerance),
               .got = "a Gram state " + format_number(off) + " from that of the closure",
               .hint = "a wide Gaussian start is near infinite width: take that, or a larger tolerance"});
  }
  return scales;
}

}  // namespace

double polyak_lojasiewicz(const Cost& cost) {
  cost.require_target();
  double least = 1;
  if (const auto& weights = cost.entry_weights()) {
    least = least_positive(weights->reshaped().array());
  } else if (const auto variance = cost.white_variance()) {
    least = *variance;
  } else if (const auto& covariance = cost.covariance()) {
    least = least_positive(linalg::symmetric_eigen(*covariance).values.array());
  }
  if (!std::isfinite(least) || !(least > 0)) {
    bad_input({.field = "task", .expected = "a cost that depends on A", .got = "one that does not"});
  }
  return least;
}

double ConvergenceBound::at(double t) const { return least + std::exp(-rate * t) * (cost - least); }

ConvergenceBound convergence_bound(const Network& start, const Task& task, const Certificate& o) {
  require_positive(o.rates.pair("solver.rates"), "solver.rates");
  require_non_negative(o.tolerance, "solver.tolerance");
  require_fit(shape_of(start), task);
  const double mu = o.strength ? require_positive(*o.strength, "strength") : polyak_lojasiewicz(task.train);
  const double cost = task.train.evaluate(end_to_end(start)).cost;
  if (!o.least) task.train.require_target();
  const double least = o.least ? *o.least : task.train.evaluate(task.train.target()).cost;
  if (!(least <= cost)) {
    bad_input({.field = "least", .expected = "a least cost, at most C(A_0)", .got = format_number(least)});
  }
  const Layerwise scales = scales_of(start, o);
  return {.rate = 2 * o.rates[0] * o.rates[1] * (scales[0] + scales[1]) * mu, .cost = cost, .least = least};
}

}  // namespace linnet
