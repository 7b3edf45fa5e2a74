#include "linnet/sweeps/designs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet::sweeps {

namespace {

/// A number of a design, by its name in result files.
struct Number {
  const char* name;
  const char* long_name;
  double (*of)(const Design& design);
};

const std::vector<Number>& numbers() {
  static const std::vector<Number> all{
      {"design_scale", "scale κ of the design", [](const Design& d) { return d.scale; }},
      {"design_balance", "balance λ of the design", [](const Design& d) { return d.balance; }},
      {"design_time", "gradient-flow time t of the design", [](const Design& d) { return d.time; }},
      {"design_width", "width of the design, inf without a budget",
       [](const Design& d) { return d.width ? static_cast<double>(*d.width) : infinity; }},
      {"design_test_error", "test error of the design", [](const Design& d) { return d.test_error; }},
      {"design_error_bar", "error bar of the test error, at 95 %", [](const Design& d) { return d.error_bar; }},
      {"design_kernel_distance", "kernel distance of the design from its start",
       [](const Design& d) { return d.kernel_distance; }},
      {"design_active", "active modes of the design", [](const Design& d) { return static_cast<double>(d.active); }},
      {"estimated_noise", "noise estimated from the target",
       [](const Design& d) { return d.estimate ? d.estimate->noise : nan; }},
      {"estimated_rank", "modes above the noise",
       [](const Design& d) { return d.estimate ? static_cast<double>(d.estimate->rank()) : nan; }},
      {"price_half_scale", "test error at half the scale, relative to the best",
       [](const Design& d) { return d.price.half_scale; }},
      {"price_twice_scale", "test error at twice the scale, relative to the best",
       [](const Design& d) { return d.price.twice_scale; }},
      {"price_half_time", "test error at half the time, relative to the best",
       [](const Design& d) { return d.price.half_time; }},
      {"price_twice_time", "test error at twice the time, relative to the best",
       [](const Design& d) { return d.price.twice_time; }},
  };
  return all;
}

/// What a design that did not use the task's test is worth by it.
void set_truth(std::map<std::string, std::vector<double>>& values, const Task& task, const Design& d,
               DesignOptions options) {
  if (!task.test || d.source == Design::Source::signal) return;
  const double truth = ModeFlow(sample_spectrum(task), {.scales = d.scale, .rates = options.rate}).test_error(d.time);
  options.from_target = false;
  options.noise.reset();
  options.folds = 0;
  values["realized_test_error"] = {truth};
  values["truth_over_predicted"] = {truth / d.test_error};
  values["relative_error_bar"] = {d.error_bar / d.test_error};
  values["deviation"] = {(truth - d.test_error) / d.error_bar};
  values["covered"] = {std::abs(truth - d.test_error) <= d.error_bar ? 1.0 : 0.0};
  values["loss"] = {truth / design(task, options).test_error - 1};
}

}  // namespace

const std::vector<std::string>& design_methods() {
  static const std::vector<std::string> names{"best network", "optimal shrinker", "lazy, stopped early",
                                              "balanced, stopped early", "trained to the end"};
  return names;
}

DesignOptions complete(const config::Configuration& c, DesignOptions options) {
  const Layerwise& rates = c.solver.rates.pair("solver.rates");
  if (!rates.uniform()) {
    bad_input({.field = "solver.rates", .expected = "one number, for a design", .got = "two that differ"});
  }
  options.rate = rates[0];
  options.seed = c.seed;
  return options;
}

void lay_out_designs(PointLayout& layout) {
  layout.fields = {{.name = "status", .long_name = "how the run ended", .whole = true, .meanings = {}}};
  for (const Status s : {Status::completed, Status::stopped, Status::diverged, Status::interrupted}) {
    layout.fields.front().meanings.emplace_back(to_string(s));
  }
  for (const Number& n : numbers()) {
    layout.fields.push_back({.name = n.name, .long_name = n.long_name});
  }
  layout.fields.push_back({.name = "realized_test_error", .long_name = "test error of the design on the true signal"});
  layout.fields.push_back({.name = "truth_over_predicted", .long_name = "true test error over that of the design"});
  layout.fields.push_back({.name = "relative_error_bar", .long_name = "error bar of the design, relative"});
  layout.fields.push_back({.name = "deviation", .long_name = "true minus predicted test error, in error bars"});
  layout.fields.push_back({.name = "covered", .long_name = "whether the true test error is within the error bar"});
  layout.fields.push_back({.name = "loss", .long_name = "true test error above that of the best network, relative"});
  layout.fields.push_back({.name = "method_test_error",
                           .long_name = "smallest test error",
                           .dimensions = {{"method", static_cast<Index>(design_methods().size())}}});
}

std::map<std::string, std::vector<double>> designed(const config::Configuration& c, const DesignOptions& options,
                                                    const PreparedTask& prepared, const Observer& observer) {
  std::map<std::string, std::vector<double>> values{{"status", {static_cast<double>(Status::completed)}}};
  const Task& task = *prepared.task;
  DesignOptions all = complete(c, options);
  all.spectrum = prepared.spectrum;
  try {
    const Interruptible interruptible([&] { return !observer || observer({}); });
    const Design d = design(task, all);
    for (const Number& n : numbers()) values[n.name] = {n.of(d)};
    set_truth(values, task, d, all);
    values["method_test_error"] = {d.test_error, d.bound, d.lazy_error, d.balanced_error, d.final_error};
  } catch (const NoDesign&) {
    return values;
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    return {{"status", {static_cast<double>(Status::interrupted)}}};
  }
  return values;
}

Dataset to_dataset(const Design& d) {
  Dataset data;
  const auto numbers_of = [](const Vector& v) { return std::vector<double>(v.begin(), v.end()); };
  data.add_dimension("scale", d.ridge.scale.size());
  data.add({.name = "scale",
            .dims = {"scale"},
            .values = numbers_of(d.ridge.scale),
            .attributes = {{"long_name", "scale κ"}, {"units", "1"}, {"scale", "logarithmic"}}});
  data.add({.name = "test_error",
            .dims = {"scale"},
            .values = numbers_of(d.ridge.test_error),
            .attributes = {{"long_name", "smallest test error of a scale"}, {"units", "1"}}});
  data.add({.name = "best_time",
            .dims = {"scale"},
            .values = numbers_of(d.ridge.time),
            .attributes = {{"long_name", "gradient-flow time t of the smallest test error"}, {"units", "1"}}});
  for (const Number& n : numbers()) {
    data.add({.name = n.name,
              .dims = {},
              .values = std::vector<double>{n.of(d)},
              .attributes = {{"long_name", n.long_name}, {"units", "1"}}});
  }
  data.attributes["regime"] = d.regime;
  data.attributes["source"] = to_string(d.source);
  if (!d.warning.empty()) data.attributes["warning"] = d.warning;
  return data;
}

}  // namespace linnet::sweeps
