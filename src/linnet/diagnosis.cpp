#include "linnet/diagnosis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"

namespace linnet {

namespace {

constexpr double exact_residual = 1e-8;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Where two closed forms differ most, over the times in which anything happens: as late as that may be.
double largest_distance(const ExactFlow& one, const ExactFlow& two, const Matrix& target) {
  const double size = target.norm();
  const double fastest = std::hypot(one.target().maxCoeff(), one.threshold()) * *one.task().train.white_variance();
  if (size == 0 || fastest == 0) return 0;
  const Matrix end_of_one = one.end_to_end(infinity);
  const Matrix end_of_two = two.end_to_end(infinity);
  double largest = 0;
  constexpr int count = 40;
  for (int k = 0;; ++k) {
    const double t = 1e-3 * std::pow(1e6, static_cast<double>(k) / count) / fastest;
    const Matrix a = one.end_to_end(t);
    const Matrix b = two.end_to_end(t);
    largest = std::max(largest, (a - b).norm() / size);
    const bool over = (a - end_of_one).norm() <= 1e-3 * size && (b - end_of_two).norm() <= 1e-3 * size;
    if ((k >= count && over) || !std::isfinite(t)) return largest;
  }
}

std::string not_white(double condition) {
  const double excess = condition - 1;
  const std::string number = excess < 1e-4 ? "1 + " + format_number(excess) : format_number(condition);
  return "the inputs are not white: their covariance has condition number " + number;
}

}  // namespace

const char* to_string(Diagnosis::Verdict verdict) {
  switch (verdict) {
    case Diagnosis::Verdict::exact:
      return "exact";
    case Diagnosis::Verdict::approximate:
      return "approximate";
    case Diagnosis::Verdict::not_applicable:
      return "not applicable";
  }
  return "unknown";
}

Diagnosis diagnose(const Weights& weights) {
  Diagnosis d{.shape = weights.shape(), .width = weights.width()};
  d.balance = networks::effective_balance(weights);
  const GramState g = GramState::from_weights(weights);
  const Closure balanced = fit_balance(g);
  const Closure fit = fit_closure(g);
  // Where the closure holds, least squares know λ and c² to the last digits; elsewhere the traces tell more.
  if (balanced.residual <= exact_residual) {
    d.closure = balanced;
  } else {
    d.closure = fit.residual <= exact_residual ? fit : match_closure(g);
  }
  d.threshold = d.closure.threshold();
  return d;
}

Diagnosis diagnose(const Weights& weights, const Task& task, double tolerance) {
  require_positive(tolerance, "tolerance");
  require_fit(weights.shape(), task);
  Diagnosis d = diagnose(weights);
  d.condition = task.train.condition();
  if (!task.train.is_white()) {
    d.reason = task.train.mask() ? "some entries of the target are not seen" : not_white(d.condition);
    return d;
  }
  if (d.closure.residual <= tolerance) {
    d.verdict = Diagnosis::Verdict::exact;
    d.reason = "the weights satisfy the closure to " + format_number(d.closure.residual);
    d.prediction.emplace(weights, task, ExactFlow::Options{.closure = d.closure});
    d.learned = d.prediction->learned();
    return d;
  }
  d.verdict = Diagnosis::Verdict::approximate;
  d.reason = "the weights satisfy the closure only to " + format_number(d.closure.residual);
  if (d.closure.residual < 1e-6) d.reason += ", as in single precision: a tolerance of 1e-6 takes them for exact";
  d.prediction.emplace(SelfConsistent(weights.end_to_end(), d.closure.scales()), task);
  d.learned = d.prediction->learned();
  for (const bool smaller : {false, true}) {
    const ExactFlow other(weights, task, {.closure = d.closure, .from_smaller = smaller});
    d.error = std::max(d.error, largest_distance(*d.prediction, other, task.target()));
    if (d.closure.scale2 <= 0) break;  // both are of the true G(0)
  }
  return d;
}

}  // namespace linnet
