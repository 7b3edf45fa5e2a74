#include <array>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/exact/reach.hpp"
#include "linnet/predict/methods.hpp"
#include "linnet/predict/nearest.hpp"
#include "linnet/support/constants.hpp"

namespace linnet {

namespace {

constexpr std::array<std::pair<PredictMethod, const char*>, 8> words{{
    {PredictMethod::mode_by_mode, "mode_by_mode"},
    {PredictMethod::closed_form, "closed_form"},
    {PredictMethod::nearest_closed_form, "nearest_closed_form"},
    {PredictMethod::gram_flow, "gram_flow"},
    {PredictMethod::light_cone, "light_cone"},
    {PredictMethod::flow, "flow"},
    {PredictMethod::self_consistent, "self_consistent"},
    {PredictMethod::linearized, "linearized"},
}};

constexpr double closure_holds = 1e-8;  // the residual of a closure that is taken to hold

/// The result of a method, or none and why where it does not apply.
template <class Make>
std::optional<Prediction> tried(Make make, std::string& why) {
  try {
    return make();
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::input) throw;
    why = error.got();
    return std::nullopt;
  }
}

/// What is known of inputs that are not white, and `what` keeps a closed form from them.
std::string of_inputs(const Task& task, const std::string& what) {
  const Index rank = task.train.input_rank();
  const Index inputs = task.shape().inputs;
  const double excess = task.train.condition() - 1;
  const std::string condition = excess < 1e-4 ? "1 + " + format_number(excess) : format_number(excess + 1);
  return (rank < inputs ? "the inputs span " + std::to_string(rank) + " of " + std::to_string(inputs) + " directions"
                        : "the inputs are not white: their covariance has condition number " + condition) +
         (what.empty() ? "" : " (" + what + ")");
}

Prediction forced(const by::Given& given, PredictMethod method) {
  const auto flow_of = [](const std::string& network) { return "it was asked for" + network; };
  switch (method) {
    case PredictMethod::mode_by_mode:
      return by::modes(given);
    case PredictMethod::closed_form:
      return by::closed_form(given, std::max(closure_holds, given.tolerance));
    case PredictMethod::nearest_closed_form:
      return by::nearest_closed_form(given);
    case PredictMethod::gram_flow:
      return by::gram_flow(given, flow_of(""));
    case PredictMethod::light_cone:
      return by::light_cone(given, flow_of(""));
    case PredictMethod::flow:
      return by::flow(given, flow_of(""));
    case PredictMethod::self_consistent:
      return by::self_consistent(given);
    case PredictMethod::linearized:
      return by::linearized(given);
  }
  return by::flow(given, {});
}

/// The closed form within the tolerance, or none and why.
std::optional<Prediction> closed_within(const by::Given& given, std::string& why) {
  why = by::no_closed_form(*given.task);
  if (!why.empty() || !has_gram_state(given.network)) return std::nullopt;
  std::string off;
  if (auto modes = tried([&] { return by::modes(given); }, off)) return modes;
  const double residual = by::closure_residual_of(given);
  constexpr double hopeless = 30;  // an error is hardly ever so much smaller than the residual
  if (residual <= std::max(1e-12, given.tolerance)) {
    auto exact = tried([&] { return by::closed_form(given, std::max(1e-12, std::min(residual, closure_holds))); }, off);
    if (exact && !(exact->error() > given.tolerance)) return exact;
    if (!exact && residual <= 1e-12) {
      why = of_inputs(*given.task, off);
      return std::nullopt;
    }
  }
  why = "the start does not satisfy the closure (residual " + format_number(residual) + ")";
  if (!given.task->train.is_white()) why += " and " + of_inputs(*given.task, {});
  if (residual > hopeless * given.tolerance) return std::nullopt;
  auto nearest = tried([&] { return by::nearest_closed_form(given); }, off);
  constexpr double safety = 3;  // how far an error may lie above its estimate
  if (nearest && safety * nearest->error() <= given.tolerance) return nearest;
  if (!nearest) why = of_inputs(*given.task, off);
  return std::nullopt;
}

Prediction cheapest(const by::Given& given) {
  std::string why;
  if (auto exact = closed_within(given, why)) return *std::move(exact);
  const Network& network = given.network;
  const DeepLinear* weights = weights_of(network);
  if (std::holds_alternative<SelfConsistent>(network)) return by::self_consistent(given);
  if (has_gram_state(network)) {
    const bool fewer = weights != nullptr && weights->width() < weights->shape().sum();
    return fewer && !by::is_of_low_rank(network) ? by::flow(given, why) : by::gram_flow(given, why);
  }
  if (weights != nullptr && weights->depth() > 2) {
    why = "the network has " + std::to_string(weights->depth()) + " layers";
    std::string off;
    if (auto cone = tried([&] { return by::light_cone(given, why); }, off)) return *std::move(cone);
    return by::flow(given, why + " and is not far wider than what signals reach");
  }
  if (weights != nullptr) return by::flow(given, "the network has one layer");
  return by::flow(given, {});
}

}  // namespace

const char* to_string(PredictMethod method) {
  for (const auto& [one, word] : words) {
    if (one == method) return word;
  }
  return "unknown";
}

std::vector<std::string> predict_methods() {
  std::vector<std::string> all;
  for (const auto& [method, word] : words) all.emplace_back(word);
  return all;
}

PredictMethod predict_method(const std::string& word) {
  for (const auto& [method, one] : words) {
    if (word == one) return method;
  }
  std::string all;
  for (const std::string& one : predict_methods()) all += (all.empty() ? "" : ", ") + one;
  bad_input({.field = "method",
             .expected = "one of " + all,
             .got = '"' + word + '"',
             .hint = did_you_mean(word, predict_methods())});
}

Prediction predict(const Network& network, const Task& task, const PredictOptions& options) {
  require_positive(options.rates, "rates");
  if (const DeepLinear* weights = weights_of(network)) {
    options.rates.require_depth(weights->depth(), "rates");
  } else if (has_gram_state(network)) {
    static_cast<void>(options.rates.pair("rates"));
  }
  const double tolerance = options.tolerance.value_or(is_linear(network) ? 1e-6 : 1e-2);
  require_positive(tolerance, "tolerance");
  require_fit(shape_of(network), task);
  if (!is_linear(network)) require_samples(task);
  std::optional<Network> wide;
  if (const auto closed = infinite_width_of(network)) wide = *closed;
  const by::Given given{.network = wide ? *wide : network,
                        .task = std::make_shared<const Task>(task),
                        .rates = options.rates,
                        .tolerance = tolerance};
  return options.method ? forced(given, *options.method) : cheapest(given);
}

}  // namespace linnet
