#include "linnet/plots/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <sstream>
#include <system_error>

#include "linnet/error.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/plots/gnuplot.hpp"
#include "linnet/plots/page.hpp"
#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"
#include "linnet/plots/view.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::plots {

namespace {

const std::vector<std::string> kinds = {"auto", "curves", "spectrum", "heatmap", "lines"};

bool known_kind(const std::string& kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }

bool is_text(const Variable& variable) { return std::holds_alternative<std::vector<std::string>>(variable.values); }

bool is_run(const Dataset& data) {
  const std::string kind = data.attribute("kind");
  if (kind == "run" || kind == "sweep") return kind == "run";
  return std::any_of(data.dimensions.begin(), data.dimensions.end(), [](const auto& d) { return d.first == "time"; });
}

// What can be drawn: numbers over at least one dimension that are no coordinates.
std::vector<std::string> drawable(const Dataset& data) {
  std::vector<std::string> names;
  for (const auto& variable : data.variables) {
    if (!is_text(variable) && !variable.dims.empty() && !is_coordinate(data, variable)) names.push_back(variable.name);
  }
  return names;
}

void require_known(const Dataset& data, const std::vector<std::string>& variables) {
  const auto names = drawable(data);
  for (const auto& name : variables) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    bad_input({.field = "variables",
               .expected = "variables of the data set",
               .got = "\"" + name + "\"",
               .hint = names.empty() ? "it has none to plot" : "did you mean \"" + nearest_name(name, names) + "\"?"});
  }
}

std::vector<std::string> wanted(const Dataset& data, const PlotOptions& options) {
  if (!options.variables.empty()) {
    require_known(data, options.variables);
    return options.variables;
  }
  // The file's own wish is a hint: a sweep that was told not to compare has no distances to show.
  std::istringstream words(data.attribute("panels"));
  std::vector<std::string> names;
  for (std::string word; words >> word;) {
    if (data.has(word)) names.push_back(word);
  }
  return names;
}

[[noreturn]] void nothing_to_plot(const std::string& expected, const std::string& got) {
  bad_input({.field = "data", .expected = expected, .got = got});
}

// Scalars that share a panel: errors among themselves, ranks among themselves, anything else alone.
std::string family(const std::string& name) {
  for (const std::string end : {"error", "rank"}) {
    if (name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0) return end;
  }
  return name;
}

struct RunSelection {
  std::vector<std::vector<std::string>> curves;
  std::vector<std::string> spectra;
};

RunSelection select_from_run(const Dataset& data, const PlotOptions& options) {
  const auto over = [&](const std::string& name, bool modes) {
    return has_dimension(data[name], "time") && has_dimension(data[name], "mode") == modes;
  };
  auto names = wanted(data, options);
  const bool chosen = !names.empty();
  if (!chosen) {
    const auto all = drawable(data);
    const auto take = [&](const std::vector<std::string>& some) {
      for (const auto& name : some) {
        if (std::find(all.begin(), all.end(), name) != all.end()) names.push_back(name);
      }
    };
    take({"train_error", "test_error"});
    if (names.empty()) take({"cost"});
    const auto is_curve = [&](const std::string& name) { return name != "step" && over(name, false); };
    if (names.empty()) std::copy_if(all.begin(), all.end(), std::back_inserter(names), is_curve);
    take({"singular_values"});
    const auto per_mode = [&](const std::string& name) { return over(name, true); };
    if (options.kind == "spectrum" && std::none_of(names.begin(), names.end(), per_mode)) {
      std::copy_if(all.begin(), all.end(), std::back_inserter(names), per_mode);
    }
  }
  RunSelection selection;
  for (const auto& name : names) {
    const bool curve = over(name, false);
    const bool spectrum = over(name, true);
    const bool fits = options.kind == "curves" ? curve : options.kind == "spectrum" ? spectrum : curve || spectrum;
    if (!fits && chosen && !options.variables.empty()) {
      bad_input({.field = "variables",
                 .expected = options.kind == "curves"     ? "variables over time"
                             : options.kind == "spectrum" ? "variables over time and mode"
                                                          : "variables over time, or time and mode",
                 .got = "\"" + name + "\", which is not"});
    }
    if (!fits) continue;
    if (spectrum) {
      selection.spectra.push_back(name);
      continue;
    }
    const auto relative = std::find_if(selection.curves.begin(), selection.curves.end(),
                                       [&](const auto& group) { return family(group[0]) == family(name); });
    if (relative == selection.curves.end()) {
      selection.curves.push_back({name});
    } else {
      relative->push_back(name);
    }
  }
  return selection;
}

Page run_page(const Dataset& data, const PlotOptions& options) {
  if (options.kind == "heatmap" || options.kind == "lines") {
    bad_input({.field = "kind", .expected = "curves or spectrum for a run", .got = options.kind});
  }
  Page page;
  const RunSelection selection = select_from_run(data, options);
  for (const auto& group : selection.curves) {
    page.panels.push_back(curves_panel(data, group, fmt::format("p{}", page.panels.size() + 1), page.legend));
  }
  for (const auto& name : selection.spectra) {
    page.panels.push_back(spectrum_panel(data, name, fmt::format("p{}", page.panels.size() + 1), page.legend));
  }
  if (page.panels.empty() || data.length("time") == 0) {
    nothing_to_plot(options.kind == "spectrum" ? "a variable over time and mode" : "a variable over time", "none");
  }
  return page;
}

std::vector<std::string> sweep_variables(const Dataset& data, const PlotOptions& options, bool heatmap) {
  auto names = wanted(data, options);
  if (!names.empty()) return names;
  const auto all = drawable(data);
  const auto take_first = [&](const std::vector<std::string>& alternatives) {
    for (const auto& name : alternatives) {
      if (std::find(all.begin(), all.end(), name) == all.end()) continue;
      names.push_back(name);
      return;
    }
  };
  take_first({"best_test_error", "final_test_error", "final_train_error"});
  if (heatmap) {
    take_first({"best_rank", "best_stable_rank"});
    take_first({"best_step", "best_time", "final_step"});
    take_first({"log10_largest_distance", "largest_distance"});
  }
  if (names.empty()) {
    const auto is_result = [](const std::string& name) { return name != "status" && name != "rule"; };
    std::copy_if(all.begin(), all.end(), std::back_inserter(names), is_result);
    if (names.size() > 4) names.resize(4);
  }
  return names;
}

// Two long axes make a map; a long one and a few values of another make lines.
std::string fitting_kind(const Dataset& data, const std::vector<Axis>& axes) {
  const bool numbers = std::none_of(axes.begin(), axes.end(), [](const Axis& a) { return a.of_texts(); });
  if (axes.size() != 2 || !numbers) return "lines";
  constexpr std::size_t few = 5;
  const bool maps = data.attribute("regime_lines") != "" || std::min(axes[0].size(), axes[1].size()) > few;
  return maps ? "heatmap" : "lines";
}

std::string names_of(const std::vector<Axis>& axes) {
  std::vector<std::string> names;
  for (const auto& axis : axes) names.push_back(axis.name);
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Page sweep_page(const Dataset& data, const PlotOptions& options) {
  if (options.kind == "curves" || options.kind == "spectrum") {
    bad_input({.field = "kind", .expected = "heatmap or lines for a sweep", .got = options.kind});
  }
  auto axes = sweep_axes(data);
  if (axes.empty()) nothing_to_plot("a sweep with an axis of more than one point", "a single point");
  const std::string kind = options.kind == "auto" ? fitting_kind(data, axes) : options.kind;
  Page page;
  const auto names = sweep_variables(data, options, kind == "heatmap");
  if (names.empty()) nothing_to_plot("a result over the sweep", "none");
  if (kind == "heatmap") {
    const bool flat = axes.size() == 2 && !axes[0].of_texts() && !axes[1].of_texts();
    if (!flat) nothing_to_plot("two axes of numbers for a heat map", names_of(axes));
    if (axes[0].name == "width_exponent" && axes[1].name == "variance_exponent") std::swap(axes[0], axes[1]);
    for (const auto& name : names) {
      page.panels.push_back(
          heatmap_panel(data, axes[0], axes[1], name, fmt::format("p{}", page.panels.size() + 1), page.legend));
    }
  } else {
    const auto pairs = std::count_if(axes.begin(), axes.end(), [](const Axis& a) { return a.texts.size() == 2; });
    if (axes.size() > (pairs > 0 ? 3U : 2U)) {
      nothing_to_plot("at most two axes of more than one point, and one more of two texts", names_of(axes));
    }
    for (const auto& name : names) {
      page.panels.push_back(lines_panel(data, axes, name, fmt::format("p{}", page.panels.size() + 1), page.legend));
    }
  }
  return page;
}

std::string script_for(const Dataset& data, Format format, const std::filesystem::path& output,
                       const PlotOptions& options) {
  if (!known_kind(options.kind)) {
    bad_input({.field = "kind",
               .expected = "auto, curves, spectrum, heatmap or lines",
               .got = "\"" + options.kind + "\"",
               .hint = "did you mean \"" + nearest_name(options.kind, kinds) + "\"?"});
  }
  const bool run = is_run(data);
  PlotOptions chosen = options;
  if (const std::string figure = data.attribute("figure"); options.kind == "auto" && known_kind(figure)) {
    const bool of_run = figure == "curves" || figure == "spectrum";
    if (of_run == run) chosen.kind = figure;
  }
  Page page = run ? run_page(data, chosen) : sweep_page(data, chosen);
  page.title = plain(data.attribute("title"));
  const int columns = columns_of(page.panels.size());
  constexpr double column_cm = 8.5;
  constexpr double least_cm = 5;
  const double width = options.width_cm == 0 ? column_cm : options.width_cm / columns;
  if (!(width >= least_cm && width <= 100)) {
    bad_input({.field = "width_cm",
               .expected = fmt::format("0 or {:g} to {:g} for {} panel{} in a row", least_cm * columns, 100.0 * columns,
                                       columns, columns > 1 ? "s" : ""),
               .got = format_number(options.width_cm)});
  }
  return compose(page, width, format, output);
}

}  // namespace

void plot(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options) {
  const Format format = format_of(target);
  storage::write_atomically(target, [&](const std::filesystem::path& temporary) {
    const auto output = std::filesystem::absolute(temporary);
    const std::string script = script_for(data, format, output, options);
    // A folder that cannot be written is told more clearly by the system than by gnuplot.
    if (!std::ofstream(output)) throw std::system_error(errno, std::generic_category());
    run_gnuplot(script, target);
    require_complete(output, format, target);
  });
}

std::string gnuplot_script(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options) {
  return script_for(data, format_of(target), target, options);
}

}  // namespace linnet::plots
