#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "linnet/error.hpp"
#include "linnet/plots/pages.hpp"
#include "linnet/plots/panels.hpp"

namespace linnet::plots {

namespace {

// Scalars that share a panel: errors among themselves, ranks among themselves, anything else alone.
std::string family(const std::string& name) {
  for (const std::string end : {"error", "rank"}) {
    if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return end;
  }
  return name;
}

using Names = std::vector<std::string>;

struct RunSelection {
  std::vector<std::vector<std::string>> curves;
  std::vector<std::string> spectra;
  std::vector<std::string> matrices;
};

RunSelection select_from_run(const Dataset& data, const PlotOptions& options) {
  const auto over = [&](const std::string& name, bool modes) {
    return has_dimension(data[name], "time") && has_dimension(data[name], "mode") == modes && !is_matrix(data[name]);
  };
  const auto over_tasks = [&](const std::string& name) { return has_dimension(data[name], "task"); };
  auto names = wanted(data, options);
  const bool chosen = !names.empty();
  if (!chosen) {
    const auto all = drawable(data);
    const auto take = [&](const Names& some) {
      for (const auto& name : some) {
        if (std::find(all.begin(), all.end(), name) != all.end()) names.push_back(name);
      }
    };
    // What leads, then all else that was recorded.
    take({"train_error", "test_error", "cost"});
    const auto is_other = [&](const std::string& name) {
      return name != "step" && name != "path_x" && name != "path_y" && over(name, false) &&
             std::find(names.begin(), names.end(), name) == names.end();
    };
    Names others;
    std::copy_if(all.begin(), all.end(), std::back_inserter(others), is_other);
    take(others);
    take({"singular_values"});
    const auto per_mode = [&](const std::string& name) { return over(name, true) && name != "singular_values"; };
    std::copy_if(all.begin(), all.end(), std::back_inserter(names), per_mode);
    std::copy_if(all.begin(), all.end(), std::back_inserter(names),
                 [&](const std::string& name) { return is_matrix(data[name]); });
  }
  RunSelection selection;
  for (const auto& name : names) {
    const bool curve = over(name, false);
    const bool spectrum = over(name, true);
    const bool matrix = is_matrix(data[name]);
    const bool fits = options.kind == "curves"     ? curve
                      : options.kind == "spectrum" ? spectrum
                      : options.kind == "matrices" ? matrix
                                                   : curve || spectrum || matrix;
    if (!fits && chosen && !options.variables.empty()) {
      bad_input({.field = "variables",
                 .expected = options.kind == "auto" ? "variables over time, or time and mode"
                                                    : "variables over " + needed_dimensions(options.kind),
                 .got = "\"" + name + "\", which is not"});
    }
    if (!fits) continue;
    if (!curve) {
      (matrix ? selection.matrices : selection.spectra).push_back(name);
      continue;
    }
    const auto relative = std::find_if(selection.curves.begin(), selection.curves.end(), [&](const auto& group) {
      return over_tasks(group[0]) == over_tasks(name) && family(group[0]) == family(name) &&
             !has_components(data[group[0]]) && !has_components(data[name]);
    });
    if (relative == selection.curves.end()) {
      selection.curves.push_back({name});
    } else {
      relative->push_back(name);
    }
  }
  return selection;
}

}  // namespace

Page run_page(const Dataset& data, const PlotOptions& options) {
  if (options.kind == "heatmap" || options.kind == "lines") {
    bad_input({.field = "kind", .expected = "curves or spectrum for a run", .got = options.kind});
  }
  Page page;
  if (options.kind == "slice") {
    add_slice(page, data);
    return page;
  }
  if (options.kind == "paths") {
    for (const std::string& name : drawable(data)) {
      if (has_paths(data, data[name])) add_paths(page, data, name);
    }
    if (page.panels.empty()) nothing_to_plot("a variable over " + needed_dimensions(options.kind), "none");
    return page;
  }
  const RunSelection selection = select_from_run(data, options);
  const auto add = [&](const std::vector<std::string>& group) {
    if (options.kind == "auto" && has_neuron_paths(data, data[group[0]])) {
      add_neuron_paths(page, data, group[0]);
    } else if (has_components(data[group[0]])) {
      add_components(page, data, group[0]);
    } else if (has_dimension(data[group[0]], "task")) {
      for (const auto& name : group) add_curves(page, data, name);
    } else {
      add_run_curves(page, data, group);
    }
  };
  Drawn drawn(page, options);
  drawn.each(selection.curves, add);
  drawn.each(selection.spectra, [&](const std::string& name) { add_spectrum(page, data, name); });
  drawn.each(selection.matrices, [&](const std::string& name) { add_matrices(page, data, name); });
  if (options.kind == "auto" && data.has("slice_cost") && wanted(data, options).empty()) add_slice(page, data);
  drawn.require_something();
  if (page.panels.empty() || data.length("time") == 0) {
    nothing_to_plot("a variable over " + needed_dimensions(options.kind), "none");
  }
  return page;
}

}  // namespace linnet::plots
