#include "linnet/sweeps/predicted.hpp"

#include <utility>

#include "linnet/error.hpp"
#include "linnet/networks/light_cone.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/sweeps/labels.hpp"
#include "linnet/sweeps/run.hpp"

namespace linnet::sweeps {

namespace {

Network network_of(const Start& start, Shape shape) {
  if (start.network) return *start.network;
  if (start.wide) {
    constexpr Index order = 2;
    return networks::infinite_width_cone(shape, start.wide->depth, start.wide->scales, order);
  }
  return SelfConsistent(Matrix::Zero(shape.outputs, shape.inputs), start.scales.value());
}

/// One number a mode.
void add_modes_of(Dataset& data, const Prediction& p) {
  const Vector& y = p.mode_vectors().s;
  if (y.size() == 0) return;
  add_dimensions(data, {{"predicted_mode", y.size()}});
  const auto add = [&](const char* name, const char* long_name, const Vector& values) {
    data.add({.name = name,
              .dims = {"predicted_mode"},
              .values = std::vector<double>(values.begin(), values.end()),
              .attributes = {{"long_name", long_name}, {"units", "1"}}});
  };
  add("target_singular_value", "singular value y of the target", y);
  add("learning_time", "time t at which half of the mode is learned", p.learning_times(0.5));
  add("activation_time", "time t at which the mode passes kappa", p.activation_times());
  std::vector<std::string> words;
  for (const std::optional<Regime>& regime : p.regimes()) words.emplace_back(regime ? to_string(*regime) : "unknown");
  data.add({.name = "regime", .dims = {"predicted_mode"}, .values = words, .attributes = {{"long_name", "regime"}}});
}

}  // namespace

Predicted predicted(const config::Configuration& c, const std::vector<double>& times,
                    const std::optional<PredictMethod>& method, std::optional<double> tolerance) {
  if (c.sweep.active()) {
    bad_input({.field = "sweep",
               .expected = "no axes, for a prediction",
               .got = "a sweep",
               .hint = "take axes and seeds away: --set sweep.axes=[] sweep.seeds=1; or run linnet sweep"});
  }
  if (!c.task.then.empty()) {
    bad_input({.field = "task.then", .expected = "one task, for a prediction", .got = "several in turn"});
  }
  const Labels labels(c);
  const PreparedTask prepared = prepare_task(c);
  if (!prepared.task) {
    bad_input({.field = "task.spectrum", .expected = "\"sample\", for a prediction", .got = "\"limit\""});
  }
  const Start start = make_start(c, prepared);
  const bool by_steps = c.solver.kind->by_steps();
  const Layerwise step = by_steps ? descent_step(c, prepared, start) : Layerwise(1.0);
  const Layerwise rates = by_steps ? step.relative() : c.solver.rates;
  const double end =
      by_steps ? static_cast<double>(c.solver.kind->steps()) * step.geometric_mean() : c.solver.kind->t_end();
  Prediction p = predict(network_of(start, prepared.shape), *prepared.task,
                         {.rates = rates, .tolerance = tolerance, .method = method});
  const Record record = make_record(c, start);
  Dataset data = to_dataset(p.trace(times.empty() ? p.times_until(end) : times, record));
  add_modes_of(data, p);
  for (auto& [name, value] : provenance(c, "run")) data.attributes[name] = value;
  data.attributes["prediction_method"] = to_string(p.method());
  data.attributes["prediction_reason"] = p.reason();
  data.attributes["prediction_error"] = std::vector<double>{p.error()};
  labels.add_to(data);
  return {.prediction = std::move(p), .data = std::move(data)};
}

}  // namespace linnet::sweeps
