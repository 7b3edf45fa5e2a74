#include "linnet/exact/diagnosis.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

constexpr double exact_residual = 1e-8;
constexpr double closed = 1e-13;  // a residual with which c = 0 is accepted too

/// The largest distance of two closed forms, over all times at which anything happens, however late.
double largest_distance(const ExactFlow& one, const ExactFlow& two, const Matrix& target) {
  const double size = target.norm();
  const Cost& cost = one.task().train;
  const double variance = cost.is_white() ? *cost.white_variance() : linalg::operator_norm(*cost.covariance());
  const double fastest = std::hypot(one.target().maxCoeff(), one.threshold()) * variance;
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

const char* to_string(Diagnosis::Regime regime) {
  switch (regime) {
    case Diagnosis::Regime::lazy:
      return "lazy";
    case Diagnosis::Regime::active:
      return "active";
    case Diagnosis::Regime::delayed_rich:
      return "delayed-rich";
    case Diagnosis::Regime::never:
      return "never";
  }
  return "unknown";
}

namespace {

/// The closure of the prediction. If the closure is satisfied, least squares give λ and c² to the last digits, and c =
/// 0 exactly. Elsewhere least squares follow the noise of the larger layer, and the traces predict better.
Closure predicting(const DeepLinear& weights, const Closure& fit, double tolerance) {
  const Closure balanced = fit_balance(weights);
  if (balanced.residual <= exact_residual) return balanced;
  return fit.residual <= std::max(tolerance, exact_residual) ? fit : match_closure(weights);
}

/// For each of these directions the part outside the range of `layer`: 1 − |Πv|², Π the projection onto the range.
Vector unreached(const Matrix& layer, const Matrix& directions) {
  const linalg::Svd d = linalg::svd(layer);
  const Index rank = (d.s.array() > 1e-12 * d.s(0)).count();
  const Matrix range = d.u.leftCols(rank);
  const Matrix within = linalg::product(range.transpose(), directions);
  return Vector::Ones(directions.cols()) - within.colwise().squaredNorm().transpose();
}

/// The part of the kernel 2κ = a + b of a lazy mode, a = vᵀC_1v and b = uᵀC_2u, that is missing at the start.
Vector missing_kernel(const DeepLinear& weights, const Closure& closure, const linalg::Svd& target) {
  const Layerwise scales = closure.scales();
  const double sum = scales[0] + scales[1];
  if (!(sum > 0)) return Vector::Zero(target.s.size());
  return (scales[0] * unreached(weights.w1().transpose(), target.v) + scales[1] * unreached(weights.w2(), target.u)) /
         sum;
}

std::vector<Diagnosis::Regime> regimes_of(const DeepLinear& weights, const Closure& closure,
                                          const ExactFlow& prediction) {
  constexpr double much = 0.1;
  const linalg::Svd target = prediction.target_vectors();
  const std::vector<bool> learned = prediction.learned();
  const Vector missing = missing_kernel(weights, closure, target);
  const double kappa = closure.threshold();
  std::vector<Diagnosis::Regime> regimes;
  for (Index i = 0; i < target.s.size(); ++i) {
    const bool something = target.s(i) > 1e-12 * target.s(0);  // otherwise no layer needs to turn
    regimes.push_back(!learned[static_cast<std::size_t>(i)] ? Diagnosis::Regime::never
                      : target.s(i) > kappa                 ? Diagnosis::Regime::active
                      : something && missing(i) > much      ? Diagnosis::Regime::delayed_rich
                                                            : Diagnosis::Regime::lazy);
  }
  return regimes;
}

/// Verdict, prediction and its error, regimes. Throws where there is no closed form.
void predict(Diagnosis& d, const DeepLinear& weights, const Task& task, double tolerance) {
  const Closure closure = predicting(weights, d.closure, tolerance);
  d.threshold = closure.threshold();
  if (d.closure.residual <= tolerance) {
    d.verdict = Diagnosis::Verdict::exact;
    d.reason = "the weights satisfy the closure to " + format_number(d.closure.residual);
    d.prediction.emplace(weights, task, ExactFlow::Options{.closure = closure});
    d.error = 0;
    d.regimes = regimes_of(weights, closure, *d.prediction);
    return;
  }
  d.verdict = Diagnosis::Verdict::approximate;
  d.reason = "the weights satisfy the closure only to " + format_number(d.closure.residual);
  if (d.closure.residual < 1e-6) d.reason += ", as in single precision: a tolerance of 1e-6 takes them for exact";
  d.prediction.emplace(SelfConsistent(weights.end_to_end(), closure.scales()), task);
  d.regimes = regimes_of(weights, closure, *d.prediction);
  d.error = 0;
  for (const bool smaller : {false, true}) {
    const ExactFlow other(weights, task, {.closure = closure, .from_smaller = smaller});
    d.error = std::max(d.error, largest_distance(*d.prediction, other, task.target()));
    if (closure.scale2 <= 0) break;  // both are of the true G(0)
  }
}

}  // namespace

Diagnosis diagnose(const DeepLinear& weights) {
  Diagnosis d{.shape = weights.shape(), .width = weights.width()};
  d.balance = networks::effective_balance(weights);
  const Closure balanced = fit_balance(weights);
  d.closure = balanced.residual <= closed ? balanced : fit_closure(weights);
  d.threshold = predicting(weights, d.closure, exact_residual).threshold();
  return d;
}

Diagnosis diagnose(const DeepLinear& weights, const Task& task, double tolerance) {
  require_positive(tolerance, "tolerance");
  require_fit(weights.shape(), task);
  Diagnosis d = diagnose(weights);
  if (!task.train.has_target()) {
    d.condition = std::numeric_limits<double>::quiet_NaN();
    d.reason = "the closed form is of squares, and the task has " + task.train.function()->name();
    return d;
  }
  d.condition = task.train.condition();
  if (!task.train.is_white() && !task.train.covariance()) {
    d.reason =
        task.train.is_weighted() ? "the entries of the target have weights" : "some entries of the target are not seen";
    return d;
  }
  if (task.train.is_white()) {
    predict(d, weights, task, tolerance);
    return d;
  }
  Diagnosis predicted = d;
  try {
    predict(predicted, weights, task, tolerance);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::input) throw;
    d.reason = not_white(d.condition) +
               (error.field() == "task" ? ", and does not share its eigenvectors with the task: "
                                        : ", and the weights mix its eigenvectors: ") +
               error.got();
    return d;
  }
  return predicted;
}

}  // namespace linnet
