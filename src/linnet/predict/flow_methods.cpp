#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/predict/methods.hpp"
#include "linnet/predict/nearest.hpp"
#include "linnet/support/constants.hpp"

namespace linnet::by {

namespace {

constexpr double looser = 30;  // how much looser the run is with which the error is estimated

struct Integrated {
  FlowPath path;
  double rtol = 0;
  double error = 0;
};

/// To an rtol at which the error is within the tolerance, or the tightest one.
Integrated integrated(const Network& start, const Given& given) {
  const bool linear = is_linear(start);
  const double tightest = linear ? 1e-12 : 1e-5;
  const double loosest = linear ? 1e-6 : 1e-3;
  FlowPath::Options options{.rates = given.rates,
                            .method = linear ? GradientFlow::Method::adams : GradientFlow::Method::bdf,
                            .rtol = std::clamp((linear ? 1e-3 : 1e-1) * given.tolerance, tightest, loosest),
                            .settled = std::clamp(given.tolerance / 4, linear ? 1e-9 : 1e-4, 1e-3),
                            .most_steps = linear ? 3000 : 10'000};
  while (true) {
    FlowPath path(start, given.task, options);
    const double rest = path.settled() ? options.settled : 0;
    const double error = path.distance(path.start(), looser * options.rtol) + rest;
    if (error <= given.tolerance || options.rtol <= tightest) {
      return {.path = std::move(path), .rtol = options.rtol, .error = error};
    }
    options.rtol = std::max(tightest, options.rtol / (linear ? 100 : 10));
  }
}

/// Two layers of a rank below min(w, n), which rounding would leave: the Gram state as its factor, Q up to a rotation.
std::optional<GramState> of_low_rank(const Network& network) {
  const DeepLinear* weights = two_layers_of(network);
  if (weights == nullptr) return std::nullopt;
  const Shape shape = weights->shape();
  Matrix q(shape.sum(), weights->width());
  q << weights->weights().front().transpose(), weights->weights().back();
  const linalg::Svd d = linalg::svd(q);
  constexpr double of_rank = 1e-12;
  const Index rank = (d.s.array() > of_rank * d.s(0)).count();
  if (rank == 0 || rank >= std::min(q.rows(), q.cols())) return std::nullopt;
  return GramState::from_factor(d.u.leftCols(rank) * d.s.head(rank).asDiagonal(), shape);
}

bool rounding_leaves_rank(const Network& network) {
  if (of_low_rank(network)) return true;
  const DeepLinear* weights = weights_of(network);
  const std::optional<KeptRank> kept =
      weights != nullptr && weights->cone() == nullptr ? kept_rank(*weights) : std::nullopt;
  return kept && !kept->exact;
}

Prediction prediction(const Given& given, Integrated run, PredictMethod method, std::string reason) {
  std::string warning;
  if (method == PredictMethod::flow && rounding_leaves_rank(given.network)) {
    run.error = nan;
    warning = "the start lies on an invariant manifold of lower rank, which rounding leaves: " +
              std::string(two_layers_of(given.network) != nullptr ? "gram_flow does not" : "narrower layers do not");
  } else if (std::isnan(run.error)) {
    warning = "its error is not known";
  } else if (!(run.error <= given.tolerance)) {
    warning = "the estimated error, " + format_number(run.error) + ", is above the tolerance, " +
              format_number(given.tolerance);
  }
  return {given.network,
          given.task,
          given.rates,
          std::move(run.path),
          {.method = method,
           .reason = std::move(reason),
           .error = run.error,
           .threshold = threshold_of(given),
           .warning = std::move(warning)}};
}

double numbers(const DeepLinear& network) { return numbers_of(Network(network)); }

std::string sizes_of(const DeepLinear& cone) {
  std::string text;
  const std::vector<Index> sizes = cone.sizes();
  for (std::size_t l = 1; l + 1 < sizes.size(); ++l) text += (l > 1 ? ", " : "") + std::to_string(sizes[l]);
  return text;
}

}  // namespace

Prediction gram_flow(const Given& given, const std::string& why) {
  if (!has_gram_state(given.network)) {
    refuse("a network of two layers, for gram_flow", description_of(given.network));
  }
  if (const auto low = of_low_rank(given.network)) {
    return prediction(given, integrated(*low, given), PredictMethod::gram_flow,
                      why + ", so the Gram state is integrated, by a factor that keeps its rank");
  }
  return prediction(given, integrated(gram_state(given.network), given), PredictMethod::gram_flow,
                    why + ", so the Gram state is integrated, whose size does not depend on the width");
}

bool is_of_low_rank(const Network& network) { return of_low_rank(network).has_value(); }

Prediction flow(const Given& given, const std::string& why) {
  const DeepLinear* weights = weights_of(given.network);
  std::string reason = why + (why.empty() ? "" : ", so ");
  if (weights != nullptr) {
    reason += "all weights are integrated";
  } else {
    reason += description_of(given.network) + " is integrated as it is";
  }
  return prediction(given, integrated(given.network, given), PredictMethod::flow, std::move(reason));
}

Prediction light_cone(const Given& given, const std::string& why) {
  const DeepLinear* weights = weights_of(given.network);
  if (weights == nullptr || weights->depth() < 2) {
    refuse("weights of two or more layers, for light_cone", description_of(given.network));
  }
  const LightCone* cone = weights->cone();
  const bool can_be_raised = cone == nullptr || !std::holds_alternative<std::monostate>(cone->source);
  const auto reason_of = [&](const DeepLinear& network) {
    return why + ", and signals reach only " + sizes_of(network) +
           " directions of the hidden layers up to the tolerance, which are integrated: the light cone of order " +
           std::to_string(network.cone()->order);
  };
  if (cone != nullptr && (cone->complete || !can_be_raised)) {
    Integrated run = integrated(given.network, given);
    if (!cone->complete) run.error = nan;
    std::string reason = reason_of(*weights);
    if (!cone->complete) reason += "; it was trained, so that no higher order tells its error";
    return prediction(given, std::move(run), PredictMethod::light_cone, std::move(reason));
  }
  constexpr Index first = 2;
  constexpr Index last = 16;
  const auto at = [&](Index order) {
    return cone != nullptr ? networks::at_order(*cone, order) : networks::compress(*weights, order);
  };
  const double most = cone != nullptr ? infinity : numbers(*weights) / 4;
  std::optional<DeepLinear> before;
  double best = infinity;
  for (Index order = cone != nullptr ? std::max(first, cone->order) : first; order <= last; ++order) {
    const DeepLinear now = at(order);
    if (numbers(now) > most) break;
    Integrated run = integrated(now, given);
    const double apart = now.cone()->complete ? 0 : before ? run.path.distance(*before, run.rtol) : infinity;
    best = std::min(best, apart);
    if (run.error + apart <= given.tolerance || now.cone()->complete) {
      run.error += apart;
      return prediction(given, std::move(run), PredictMethod::light_cone, reason_of(now));
    }
    before = now;
  }
  refuse("layers that are far wider than their light cone, for light_cone",
         before ? "an error of " + format_number(best) + " at the largest cone, of " + sizes_of(*before) + " directions"
                : "a cone nearly as large as the network");
}

Prediction self_consistent(const Given& given) {
  if (std::holds_alternative<SelfConsistent>(given.network)) {
    return prediction(given, integrated(given.network, given), PredictMethod::self_consistent,
                      "the network is A with the representations that follow from it, which are integrated");
  }
  if (!has_gram_state(given.network)) {
    refuse("a network of two layers, for self_consistent", description_of(given.network));
  }
  const Layerwise scales = predicting_closure(given.network, given.rates, 1e-8).scales();
  const SelfConsistent nearest(end_to_end(given.network), {scales[0] * given.rates[0], scales[1] * given.rates[1]});
  Integrated run = integrated(nearest, given);
  run.error += run.path.distance(gram_state(given.network), run.rtol);
  return prediction(
      given, std::move(run), PredictMethod::self_consistent,
      "A is integrated with the representations of the nearest closure, λ = " + format_number(scales[1] - scales[0]) +
          ", κ = " + format_number((scales[0] + scales[1]) / 2) + "; the error is that against the Gram flow");
}

Prediction linearized(const Given& given) {
  const auto* perceptron = std::get_if<Perceptron>(&given.network);
  if (perceptron == nullptr) refuse("a perceptron, for linearized", description_of(given.network));
  return {given.network,
          given.task,
          given.rates,
          PerceptronLinearized(*perceptron, *given.task, given.rates),
          {.method = PredictMethod::linearized,
           .reason = "the perceptron is linearized at its start: its lazy limit, whose distance is not estimated",
           .error = nan,
           .threshold = nan}};
}

}  // namespace linnet::by
