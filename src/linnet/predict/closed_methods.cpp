#include <cmath>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/observables/threshold.hpp"
#include "linnet/predict/methods.hpp"
#include "linnet/predict/nearest.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::by {

namespace {

constexpr double rounding = 1e-12;  // of closed forms, of closures that hold and of inputs that are aligned

bool is_multiple_of_identity(const Matrix& c) { return c == Matrix(c(0, 0) * Matrix::Identity(c.rows(), c.cols())); }

/// The representations (a, b) of a network of infinite width: A = 0, C_1 = aI, C_2 = bI.
Layerwise scales_of(const Network& network) {
  const auto* known = std::get_if<SelfConsistent>(&network);
  if (known != nullptr && known->end_to_end().isZero(0)) return known->scales();
  const auto* state = std::get_if<GramState>(&network);
  if (state != nullptr && state->end_to_end().isZero(0) && is_multiple_of_identity(state->input_representation()) &&
      is_multiple_of_identity(state->output_representation())) {
    return {state->input_representation()(0, 0), state->output_representation()(0, 0)};
  }
  refuse("infinite width and A = 0, for mode_by_mode", description_of(network));
}

const char* inputs_of(const Task& task) {
  if (task.train.is_white()) return "the inputs are white";
  const Matrix& covariance = *task.train.covariance();  // a projection where they were whitened on their span
  const bool on_span = (covariance * covariance - covariance).norm() <= rounding * covariance.norm();
  return on_span ? "the inputs are white on their span" : "the inputs share their principal axes with the target";
}

}  // namespace

std::string no_closed_form(const Task& task) {
  if (!task.train.has_target()) {
    return "the closed forms are of squares, and the task has " + task.train.function()->name();
  }
  if (task.train.is_weighted()) return "the entries of the target have weights";
  if (task.train.mask()) return "some entries of the target are not seen";
  return {};
}

double closure_residual_of(const Given& given) {
  if (std::holds_alternative<SelfConsistent>(given.network)) return 0;
  if (!has_gram_state(given.network)) return infinity;
  static_cast<void>(given.rates.pair("rates"));
  return predicting_closure(given.network, given.rates, rounding).residual;
}

double threshold_of(const Given& given) {
  if (!has_threshold(given.network)) return nan;
  const bool closure_is_fitted =
      has_gram_state(given.network) && !std::holds_alternative<SelfConsistent>(given.network);
  if (!closure_is_fitted) return Threshold(std::make_shared<const Network>(given.network), given.rates);
  return predicting_closure(given.network, given.rates, rounding).threshold() *
         std::sqrt(given.rates[0] * given.rates[1]);
}

Prediction modes(const Given& given) {
  const Layerwise scales = scales_of(given.network);
  require_inputs_only(*given.task);
  ModeFlow flow(sample_spectrum(*given.task, rounding), {.scales = scales, .rates = given.rates});
  const double kappa = flow.threshold();
  return {given.network,
          given.task,
          given.rates,
          std::move(flow),
          {.method = PredictMethod::mode_by_mode,
           .reason = std::string("the network is infinitely wide and ") + inputs_of(*given.task) +
                     ", so that each mode of the target is learned by itself",
           .error = rounding,
           .threshold = kappa}};
}

Prediction closed_form(const Given& given, double closure) {
  require_inputs_only(*given.task);
  const double residual = closure_residual_of(given);
  if (!(residual <= closure)) {
    refuse("a start that satisfies the closure within " + format_number(closure) + ", for closed_form",
           std::isfinite(residual) ? "residual " + format_number(residual) : description_of(given.network));
  }
  ExactFlow::Options options{.rates = given.rates, .tolerance = std::max(closure, rounding)};
  const bool fitted = !std::holds_alternative<SelfConsistent>(given.network);
  if (fitted) options.closure = predicting_closure(given.network, given.rates, closure);
  ExactFlow flow(given.network, *given.task, options);
  double error = std::max(rounding, given.task->train.is_white() ? rounding : options.tolerance);
  if (residual > rounding) {
    error = std::max(error, linnet::nearest_closed_form(given.network, *given.task, given.rates).error);
  }
  if (!flow.warning().empty()) error = nan;  // at a saddle, or near it
  const double kappa = flow.threshold();
  return {given.network,
          given.task,
          given.rates,
          std::move(flow),
          {.method = PredictMethod::closed_form,
           .reason = "the weights satisfy the closure to " + format_number(residual) + " and " + inputs_of(*given.task),
           .error = error,
           .threshold = kappa}};
}

Prediction nearest_closed_form(const Given& given) {
  require_inputs_only(*given.task);
  if (std::holds_alternative<SelfConsistent>(given.network)) return closed_form(given, rounding);
  const double residual = closure_residual_of(given);
  if (!std::isfinite(residual)) {
    refuse("a network of two layers, for nearest_closed_form", description_of(given.network));
  }
  NearestClosedForm nearest = linnet::nearest_closed_form(given.network, *given.task, given.rates);
  constexpr double single_precision = 1e-6;
  std::string reason = "the weights satisfy the closure only to " + format_number(residual);
  if (residual < single_precision) reason += ", as in single precision: a tolerance of 1e-6 takes them for exact";
  const double kappa = nearest.flow.threshold();
  return {given.network,
          given.task,
          given.rates,
          std::move(nearest.flow),
          {.method = PredictMethod::nearest_closed_form,
           .reason = std::move(reason),
           .error = nearest.error,
           .threshold = kappa}};
}

}  // namespace linnet::by
