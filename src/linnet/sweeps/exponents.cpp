#include "linnet/sweeps/exponents.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/landscape/distance_exponents.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/solvers/outcome.hpp"
#include "linnet/sweeps/labels.hpp"

namespace linnet::sweeps {

namespace {

constexpr double not_known = std::numeric_limits<double>::quiet_NaN();

/// The values of the axis of this name; throws for other names, with those that exist.
std::vector<double> positive_axis(const std::vector<config::Axis>& axes, const std::string& name) {
  std::vector<std::string> names;
  for (const config::Axis& axis : axes) names.push_back(axis.name());
  const auto found = std::find(names.begin(), names.end(), name);
  const auto bad = [&](const std::string& got) {
    bad_input({.field = "sweep.exponent_axis",
               .expected = "an axis of the sweep, of positive numbers",
               .got = got,
               .hint = fmt::format("its axes are {}", fmt::join(names, ", "))});
  };
  if (found == names.end() || name == "seed") bad("\"" + name + "\"");
  std::vector<double> numbers;
  for (const config::AxisValue& value : axes[static_cast<std::size_t>(found - names.begin())].values) {
    const auto* number = std::get_if<double>(&value);
    if (number == nullptr || !(*number > 0)) bad("\"" + name + "\", whose values are not");
    numbers.push_back(*number);
  }
  return numbers;
}

/// The exponent by the law of the phase transition.
double expected_exponent(const std::string& result, const config::Configuration& c) {
  const std::optional<landscape::DistanceExponents> law = c.network.kind->distance_exponents();
  if (!law || c.solver.kind->moves()) {
    bad_input({.field = "sweep.expected_exponents",
               .expected = "\"phase_transition\" of a deep Gaussian start of network.gamma, solver.max_steps = 0",
               .got = "another start, or a run"});
  }
  if (result == "final_minimum_distance") return law->minimum;
  if (result == "final_saddle_distance") return law->saddle;
  bad_input({.field = "sweep.exponents",
             .expected = "final_minimum_distance and final_saddle_distance alone, which \"phase_transition\" tells of",
             .got = "\"" + result + "\""});
}

/// Points that differ in one axis only: a group for each combination of the other axes, and in each group a series for
/// each seed.
struct Groups {
  struct Place {
    std::size_t group = 0;
    std::size_t seed = 0;
  };
  std::vector<std::string> dims;  ///< of the groups
  std::size_t count = 1;
  std::size_t seeds = 1;
  std::vector<Place> of_point;
  std::vector<std::size_t> first_point;  ///< of each group
};

Groups groups_of(const std::vector<config::Axis>& axes, const std::string& along) {
  Groups groups;
  std::size_t points = 1;
  for (const config::Axis& axis : axes) {
    points *= axis.values.size();
    if (axis.name() == "seed") groups.seeds = axis.values.size();
    if (axis.name() == "seed" || axis.name() == along) continue;
    groups.dims.push_back(axis.name());
    groups.count *= axis.values.size();
  }
  groups.first_point.assign(groups.count, points);
  for (std::size_t i = 0; i < points; ++i) {
    Groups::Place place;
    std::size_t rest = i;
    std::size_t stride = 1;
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
      const std::size_t which = rest % axis->values.size();
      rest /= axis->values.size();
      if (axis->name() == "seed") place.seed = which;
      if (axis->name() == "seed" || axis->name() == along) continue;
      place.group += which * stride;
      stride *= axis->values.size();
    }
    groups.of_point.push_back(place);
    std::size_t& first = groups.first_point[place.group];
    first = std::min(first, i);
  }
  return groups;
}

/// A result along the axis, for each group and seed; nan where a point diverged.
std::vector<std::vector<double>> along_axis(const Dataset& data, const std::string& name, const Groups& groups) {
  const std::vector<double> results = data[name].as_reals();
  const std::vector<double> status = data["status"].as_reals();
  std::vector<std::vector<double>> y(groups.count * groups.seeds);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const Groups::Place& place = groups.of_point[i];
    const bool failed = status[i] >= static_cast<double>(Status::diverged);
    y[place.group * groups.seeds + place.seed].push_back(failed ? not_known : results[i]);
  }
  return y;
}

/// Mean and its standard error.
struct Mean {
  double value = not_known;
  double error = not_known;
};

Mean mean_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Mean mean{.value = 0};
  for (const double value : values) mean.value += value / count;
  if (values.size() < 2) return mean;
  double squares = 0;
  for (const double value : values) squares += (value - mean.value) * (value - mean.value);
  mean.error = std::sqrt(squares / (count - 1) / count);
  return mean;
}

}  // namespace

double fitted_exponent(const std::vector<double>& scale, const std::vector<double>& y) {
  const auto is_usable = [](double x) { return x > 0 && std::isfinite(x); };
  if (!std::all_of(scale.begin(), scale.end(), is_usable) || !std::all_of(y.begin(), y.end(), is_usable)) {
    return not_known;
  }
  const auto count = static_cast<double>(scale.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < scale.size(); ++i) {
    mean_x += std::log(scale[i]) / count;
    mean_y += std::log(y[i]) / count;
  }
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < scale.size(); ++i) {
    const double x = std::log(scale[i]) - mean_x;
    xx += x * x;
    xy += x * (std::log(y[i]) - mean_y);
  }
  return xx > 0 ? xy / xx : not_known;
}

Exponents::Exponents(const config::Grid& grid, const PointLayout& layout)
    : grid_(&grid),
      results_(grid.base().sweep.exponents),
      law_(grid.base().sweep.expected_exponents),
      axis_(grid.base().sweep.exponent_axis) {
  if (results_.empty()) return;
  positive_axis(grid.axes(), axis_);
  std::vector<std::string> known;
  for (const PointField& field : layout.fields) {
    if (!field.whole && field.dimensions.empty()) known.push_back(field.name);
  }
  for (const std::string& name : results_) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      bad_input({.field = "sweep.exponents",
                 .expected = "results of one number a point",
                 .got = "\"" + name + "\"",
                 .hint = did_you_mean(name, known)});
    }
    if (law_ == "none") continue;
    for (const Index point : grid.product().representatives()) expected_exponent(name, grid.at(point));
  }
}

void Exponents::add_to(Dataset& data) const {
  if (results_.empty()) return;
  Groups groups = groups_of(grid_->axes(), axis_);
  const bool has_law = law_ != "none";
  if (has_law) {
    add_names(data, "law", "law", {"fitted", "expected"});
    groups.dims.emplace_back("law");
  }
  const std::vector<double> scales = positive_axis(grid_->axes(), axis_);
  for (const std::string& name : results_) {
    const std::vector<std::vector<double>> y = along_axis(data, name, groups);
    std::vector<double> exponents;
    std::vector<double> errors;
    for (std::size_t group = 0; group < groups.count; ++group) {
      std::vector<double> fitted;
      for (std::size_t seed = 0; seed < groups.seeds; ++seed) {
        fitted.push_back(fitted_exponent(scales, y[group * groups.seeds + seed]));
      }
      const Mean mean = mean_of(fitted);
      exponents.push_back(mean.value);
      errors.push_back(mean.error);
      if (!has_law) continue;
      exponents.push_back(expected_exponent(name, grid_->at(static_cast<Index>(groups.first_point[group]))));
      errors.push_back(0);
    }
    const std::string exponent = name + "_exponent";
    const std::string what = fmt::format("exponent of {} over {}", data[name].attribute("long_name"), axis_);
    data.add({.name = exponent,
              .dims = groups.dims,
              .values = std::move(exponents),
              .attributes = {{"long_name", what}, {"units", "1"}, {"ancillary_variables", exponent + "_error"}}});
    data.add({.name = exponent + "_error",
              .dims = groups.dims,
              .values = std::move(errors),
              .attributes = {{"long_name", "standard error of the " + what}, {"units", "1"}}});
  }
}

}  // namespace linnet::sweeps
