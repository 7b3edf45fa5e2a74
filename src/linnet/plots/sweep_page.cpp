#include <algorithm>
#include <iterator>

#include "linnet/error.hpp"
#include "linnet/plots/pages.hpp"
#include "linnet/plots/panels.hpp"

namespace linnet::plots {

namespace {

using Names = std::vector<std::string>;

// Two long numeric axes make a map, one for each of a few values of a third axis; otherwise lines compare better.
std::string kind_over(const Dataset& data, const std::vector<Axis>& axes) {
  constexpr std::size_t few = 5;
  std::size_t numbers = 0;
  std::size_t long_ones = 0;
  std::size_t panels = 1;
  for (const auto& axis : axes) {
    const bool number = !axis.of_texts() && axis.name != "mode";
    numbers += number ? 1 : 0;
    if (number && axis.size() > few && axis.distinct()) {
      ++long_ones;
    } else {
      panels *= axis.size();
    }
  }
  const bool asked = axes.size() == 2 && numbers == 2 && !data.attribute("regime_lines").empty();
  return asked || (long_ones == 2 && axes.size() <= 3 && panels < few) ? "heatmap" : "lines";
}

std::string fitting_kind(const Dataset& data, const std::string& name) {
  const Variable& variable = data[name];
  if (is_matrix(variable)) return "matrices";
  // Three coefficients compare better over time than in space.
  if (has_paths(data, variable) && (!has_dimension(variable, "coefficient") || data.length("coefficient") == 2))
    return "paths";
  return has_dimension(variable, "time") ? "curves" : kind_over(data, varied_axes(data, variable));
}

bool fits(const Dataset& data, const Variable& variable, const std::string& kind) {
  const bool matrix = is_matrix(variable);
  const bool over_time = has_dimension(variable, "time") && !matrix;
  if (kind == "matrices") return matrix;
  if (kind == "paths") return has_paths(data, variable);
  if (kind == "curves") return over_time;
  if (kind == "spectrum") return over_time && has_dimension(variable, "mode");
  return kind == "auto" || (!matrix && !over_time);
}

bool of_axes_alone(const std::string& kind) { return kind == "heatmap" || kind == "lines"; }

// A variable of each sort, the first of the names that there is.
Names default_results(const Dataset& data, const Names& all, const std::string& kind) {
  Names results;
  std::copy_if(all.begin(), all.end(), std::back_inserter(results),
               [&](const std::string& name) { return fits(data, data[name], "lines"); });
  Names names;
  const auto take_first = [&](const Names& alternatives) {
    for (const auto& name : alternatives) {
      if (std::find(results.begin(), results.end(), name) == results.end()) continue;
      names.push_back(name);
      return;
    }
  };
  take_first({"best_test_error", "final_test_error", "final_train_error"});
  if (kind == "heatmap" || (kind == "auto" && !results.empty() && fitting_kind(data, results[0]) == "heatmap")) {
    take_first({"best_rank", "best_stable_rank"});
    take_first({"best_step", "best_time", "final_step"});
    take_first({"log10_largest_distance", "largest_distance"});
  }
  if (names.empty()) {
    const auto is_result = [](const std::string& name) { return name != "status" && name != "rule"; };
    std::copy_if(results.begin(), results.end(), std::back_inserter(names), is_result);
  }
  return names;
}

Names default_variables(const Dataset& data, const std::string& kind) {
  constexpr std::size_t most = 4;
  const Names all = drawable(data);
  Names kept;
  std::copy_if(all.begin(), all.end(), std::back_inserter(kept), [&](const std::string& name) {
    return !fits(data, data[name], "lines") && fits(data, data[name], kind);
  });
  // The errors stand for the rest of the curves.
  const auto is_error = [](const std::string& name) { return name == "test_error" || name == "train_error"; };
  if (kind != "spectrum" && std::any_of(kept.begin(), kept.end(), is_error)) {
    const auto is_other = [&](const std::string& name) { return !is_error(name) && !is_matrix(data[name]); };
    kept.erase(std::remove_if(kept.begin(), kept.end(), is_other), kept.end());
  }
  Names names;
  if (kind == "auto" || of_axes_alone(kind)) names = default_results(data, all, kind);
  names.insert(names.end(), kept.begin(), kept.end());
  if (names.size() > most) names.resize(most);
  return names;
}

Names sweep_variables(const Dataset& data, const PlotOptions& options) {
  Names names = wanted(data, options);
  const auto misfit = [&](const std::string& name) { return !fits(data, data[name], options.kind); };
  if (!options.variables.empty()) {
    const auto found = std::find_if(names.begin(), names.end(), misfit);
    if (found == names.end()) return names;
    bad_input({.field = "variables",
               .expected = "variables over " + (of_axes_alone(options.kind) ? "the axes of the sweep alone"
                                                                            : needed_dimensions(options.kind)),
               .got = "\"" + *found + "\", which is not"});
  }
  names.erase(std::remove_if(names.begin(), names.end(), misfit), names.end());
  return names.empty() ? default_variables(data, options.kind) : names;
}

}  // namespace

bool sweep_has(const Dataset& data, const std::string& kind) {
  const Names all = drawable(data);
  return std::any_of(all.begin(), all.end(), [&](const std::string& name) { return fits(data, data[name], kind); });
}

Page sweep_page(const Dataset& data, const PlotOptions& options) {
  const bool keeps_curves = sweep_has(data, "curves") || sweep_has(data, "matrices");
  if (options.kind != "auto" && !of_axes_alone(options.kind) && !keeps_curves) {
    bad_input({.field = "kind", .expected = "heatmap or lines for a sweep", .got = options.kind});
  }
  const Names names = sweep_variables(data, options);
  if (names.empty()) {
    nothing_to_plot(keeps_curves && !of_axes_alone(options.kind) ? "a variable over " + needed_dimensions(options.kind)
                                                                 : "a result over the sweep",
                    "none");
  }
  Page page;
  bool point = false;
  const auto add = [&](const std::string& name) {
    const std::string kind = options.kind == "auto" ? fitting_kind(data, name) : options.kind;
    if (kind == "paths") {
      add_paths(page, data, name);
    } else if (kind == "matrices") {
      add_matrices(page, data, name);
    } else if (kind == "curves" || kind == "spectrum") {
      add_components(page, data, name);
    } else if (varied_axes(data, data[name]).empty()) {
      point = true;
    } else if (kind == "heatmap") {
      add_heatmap(page, data, name);
    } else {
      add_lines(page, data, name);
    }
  };
  Drawn drawn(page, options);
  drawn.each(names, add);
  drawn.require_something();
  // The results of a single point are numbers without a picture; its curves can be drawn.
  if (point && (page.panels.empty() || !options.variables.empty())) {
    nothing_to_plot("a sweep with an axis of more than one point", "a single point");
  }
  narrow_curves(page);
  share_legends(page);
  return page;
}

}  // namespace linnet::plots
