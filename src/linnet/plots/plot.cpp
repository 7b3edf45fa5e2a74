#include "linnet/plots/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>

#include "linnet/error.hpp"
#include "linnet/plots/gnuplot.hpp"
#include "linnet/plots/pages.hpp"
#include "linnet/plots/script.hpp"
#include "linnet/plots/view.hpp"
#include "linnet/storage/output.hpp"

namespace linnet::plots {

namespace {

const std::vector<std::string> kinds = {"auto", "curves", "spectrum", "heatmap", "lines", "matrices", "slice", "paths"};

bool known_kind(const std::string& kind) { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }

void require_known(const Dataset& data, const std::vector<std::string>& variables) {
  const auto names = drawable(data);
  for (const auto& name : variables) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    bad_input({.field = "variables",
               .expected = "variables of the data set",
               .got = "\"" + name + "\"",
               .hint = names.empty() ? "it has none to plot" : did_you_mean(name, names)});
  }
}

std::string script_for(const Dataset& data, Format format, const std::optional<std::filesystem::path>& output,
                       const PlotOptions& options) {
  if (!known_kind(options.kind)) {
    bad_input({.field = "kind",
               .expected = "auto, curves, spectrum, heatmap, lines, matrices, slice or paths",
               .got = "\"" + options.kind + "\"",
               .hint = did_you_mean(options.kind, kinds)});
  }
  const bool run = is_run(data);
  PlotOptions chosen = options;
  // The attribute of the file is a hint: an attribute for a run need not apply to a sweep of it.
  if (const std::string figure = data.attribute("figure"); options.kind == "auto" && known_kind(figure)) {
    const bool of_runs = figure == "curves" || figure == "spectrum" || figure == "slice" || figure == "paths";
    const bool there = figure == "slice" ? run && data.has("slice_cost") : sweep_has(data, figure);
    if (there && (of_runs || !run)) chosen.kind = figure;
  }
  Page page = run ? run_page(data, chosen) : sweep_page(data, chosen);
  page.title = plain(data.attribute("title"));
  const int columns = columns_of(page);
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

std::vector<std::string> wanted(const Dataset& data, const PlotOptions& options) {
  if (!options.variables.empty()) {
    require_known(data, options.variables);
    return options.variables;
  }
  // The attribute of the file is a hint: a sweep without comparison has no distances to show.
  std::istringstream words(data.attribute("panels"));
  std::vector<std::string> names;
  for (std::string word; words >> word;) {
    if (data.has(word)) names.push_back(word);
  }
  return names;
}

std::string needed_dimensions(const std::string& kind) {
  return kind == "spectrum"   ? "time and mode"
         : kind == "matrices" ? "input and input_2"
         : kind == "paths"    ? "time and two or three coefficients or weights"
                              : "time";
}

void plot(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options) {
  const Format format = format_of(target);
  const std::string script = script_for(data, format, std::nullopt, options);
  storage::write_atomically(target, [&](const std::filesystem::path& temporary) {
    // For a folder that cannot be written the system's message is clearer than gnuplot's.
    if (!std::ofstream(temporary)) throw std::system_error(errno, std::generic_category());
    run_gnuplot(script, temporary, target);
    require_complete(temporary, format, target);
  });
}

void require_drawable(const std::filesystem::path& target, const std::string& field) {
  run_gnuplot(terminal_commands(format_of(target, field), std::nullopt, 8.5, 6), "/dev/null", target);
}

std::string gnuplot_script(const Dataset& data, const std::filesystem::path& target, const PlotOptions& options) {
  return script_for(data, format_of(target), target, options);
}

}  // namespace linnet::plots
