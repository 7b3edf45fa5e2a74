#include "linnet/predict/diagnosis.hpp"

#include "linnet/error.hpp"
#include "linnet/predict/methods.hpp"
#include "linnet/predict/nearest.hpp"

namespace linnet {

namespace {

constexpr double surely_balanced = 1e-13;  // a residual with which c = 0 is accepted too

/// By a closed form; throws where there is none.
Prediction closed_prediction(const by::Given& given, const Diagnosis& d, double tolerance) {
  return d.closure.residual <= tolerance ? by::closed_form(given, tolerance) : by::nearest_closed_form(given);
}

}  // namespace

const char* to_string(Diagnosis::Verdict verdict) {
  switch (verdict) {
    case Diagnosis::Verdict::exact:
      return "exact";
    case Diagnosis::Verdict::approximate:
      return "approximate";
    case Diagnosis::Verdict::integrated:
      return "integrated";
  }
  return "unknown";
}

Diagnosis diagnose(const DeepLinear& weights) {
  Diagnosis d{.shape = weights.shape(), .width = weights.width()};
  d.balance = networks::effective_balance(weights);
  const Closure balanced = fit_balance(weights);
  d.closure = balanced.residual <= surely_balanced ? balanced : fit_closure(weights);
  d.threshold = predicting_closure(weights, 1.0, 1e-8).threshold();
  return d;
}

Diagnosis diagnose(const DeepLinear& weights, const Task& task, double tolerance) {
  require_positive(tolerance, "tolerance");
  require_fit(weights.shape(), task);
  Diagnosis d = diagnose(weights);
  d.condition = task.train.has_target() ? task.train.condition() : std::nan("");
  const Network network = weights;
  const by::Given given{.network = network, .task = std::make_shared<const Task>(task)};
  if (by::no_closed_form(task).empty()) {
    try {
      d.prediction = closed_prediction(given, d, tolerance);
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::input) throw;
    }
  }
  if (!d.prediction) d.prediction = predict(network, task);
  d.verdict = d.closure.residual <= tolerance && d.prediction->closed_form() != nullptr ? Diagnosis::Verdict::exact
              : d.prediction->closed_form() != nullptr ? Diagnosis::Verdict::approximate
                                                       : Diagnosis::Verdict::integrated;
  d.reason = d.prediction->reason();
  d.error = d.prediction->error();
  d.threshold = d.prediction->threshold();
  d.regimes = d.prediction->regimes();
  return d;
}

}  // namespace linnet
