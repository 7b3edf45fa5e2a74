#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

constexpr std::array<int, 6> markers = {7, 5, 9, 13, 11, 15};  // filled: they are told apart without colour too

struct Roles {
  Axis x;
  std::vector<Axis> series;      // at most one: tells the colour
  std::vector<Axis> comparison;  // at most one, of two texts: points against lines
  std::vector<Axis> panels;      // one panel for each combination of their values
};

bool is_trailing(const Axis& axis) {
  return axis.name == "mode" || axis.name == "task" || axis.name == "dynamics" || axis.name == "coefficient";
}

// x is the axis asked for, else that of numbers with the most points, one of the sweep before any other.
Roles roles_of(std::vector<Axis> axes, const std::string& asked) {
  const auto rank = [&](const Axis& a) {
    return std::tuple(a.name == asked, !a.of_texts(), !is_trailing(a), a.size());
  };
  const auto longest =
      std::max_element(axes.begin(), axes.end(), [&](const Axis& a, const Axis& b) { return rank(a) < rank(b); });
  Roles roles{.x = *longest};
  axes.erase(longest);
  // Above texts there are points only, told apart by their colours.
  const bool lines = !roles.x.of_texts();
  if (lines) {
    take_axis(axes, roles.comparison, [](const Axis& a) { return a.name == "dynamics" && a.texts.size() == 2; });
  }
  if (lines && roles.comparison.empty()) {
    take_axis(axes, roles.comparison, [](const Axis& a) { return a.name != "task" && a.texts.size() == 2; });
  }
  take_series(axes, roles.series);
  if (roles.series.empty()) take_axis(axes, roles.series, [](const Axis&) { return true; });
  roles.panels = std::move(axes);
  return roles;
}

std::string x_settings(const Axis& x) {
  Range range;
  for (const double value : x.places) range.include(value);
  std::string text = fmt::format("set xlabel {}\n", label_literal(x.label));
  const double room = range.most > range.least ? 0.03 * (range.most - range.least) : 1;
  double start = range.least - room;
  double end = range.most + room;
  if (x.logarithmic) {
    const double factor = std::pow(range.most / range.least, 0.04);
    start = range.least / factor;
    end = range.most * factor;
    text += fmt::format("set logscale x\nset format x '{}'\n", power_format(start, end));
    if (x.values.size() <= 8) {
      std::vector<std::string> tics;
      for (const double value : x.values) tics.push_back(fmt::format("{:.9g}", value));
      text += fmt::format("set xtics ({})\n", fmt::join(tics, ", "));
    }
  }
  if (x.unit > 0) text += symmetric_tics("x", x);
  return text + fmt::format("set xrange [{:.9g}:{:.9g}]\n", start, end);
}

// What one panel shows: `part` of the values over all panels.
struct Part {
  const Values& values;
  std::size_t start;
};

Panel draw(const Roles& roles, const Part& part, bool with_spread, const std::string& lower, const std::string& name) {
  Panel panel;
  const std::size_t points = roles.x.size();
  const std::size_t compared = roles.comparison.empty() ? 1 : 2;
  const std::size_t series = roles.series.empty() ? 1 : roles.series[0].size();
  std::vector<std::string> bands;
  std::vector<std::string> plots;
  std::vector<std::string> marks;  // above the lines
  for (std::size_t s = 0; s < series; ++s) {
    const std::string colour = series_colour(s, series);
    for (std::size_t c = 0; c < compared; ++c) {
      std::vector<std::vector<double>> rows;
      for (std::size_t i = 0; i < points; ++i) {
        const std::size_t at = part.start + (s * compared + c) * points + i;
        // Points above one text stand side by side.
        const double aside = std::min(0.1, 0.6 / static_cast<double>(series)) *
                             (static_cast<double>(s) - 0.5 * static_cast<double>(series - 1));
        const double x = roles.x.of_texts() ? static_cast<double>(i + 1) + aside : roles.x.places[i];
        rows.push_back({x, part.values.mean[at], part.values.spread[at]});
      }
      const std::string block = fmt::format("{}_{}_{}", name, s + 1, c + 1);
      panel.data += data_block(block, rows);
      const bool as_points = roles.x.of_texts() || (compared == 2 && c == 0);
      const std::string marker =
          fmt::format("pointtype {} pointsize {}", markers[s % markers.size()], points > 30 ? 0.33 : 0.45);
      if (with_spread && as_points) {
        bands.push_back(
            fmt::format("${} using 1:2:{}:($2+$3) with yerrorbars linecolor rgb '{}' linewidth 0.7 pointtype 0", block,
                        lower, colour));
      } else if (with_spread && compared == 1) {
        bands.push_back(
            fmt::format("${} using 1:{}:($2+$3) with filledcurves fillcolor rgb '{}' "
                        "fillstyle transparent solid 0.18 noborder",
                        block, lower, colour));
      }
      if (as_points) {
        marks.push_back(fmt::format("${} using 1:2 with points linecolor rgb '{}' {}", block, colour, marker));
      } else {
        const bool marked = compared == 1 && points <= 40;
        // Predictions may be the same: the first ones are seen behind the last.
        const double wider = marked || series > 3 ? 0 : 1.3 * static_cast<double>(series - 1 - s);
        plots.push_back(fmt::format("${} using 1:2 with {} linecolor rgb '{}' linewidth {:g} {}", block,
                                    marked ? "linespoints" : "lines", colour, 1.3 + wider, marked ? marker : ""));
      }
    }
  }
  if (series > 1) panel.legend = series_legend(roles.series[0]);
  bands.insert(bands.end(), plots.begin(), plots.end());
  bands.insert(bands.end(), marks.begin(), marks.end());
  panel.commands = fmt::format("plot {}\n", fmt::join(bands, ", \\\n     "));
  return panel;
}

// The tics below an axis of texts, broken into lines that leave room for their neighbours.
struct TextTics {
  std::string settings;
  int lines = 1;
};

TextTics text_tics(const Axis& x) {
  constexpr double axis_length = 6;
  TextTics result;
  std::vector<std::string> tics;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto lines = wrapped(plain(x.texts[i]), axis_length / static_cast<double>(x.size()));
    result.lines = std::max(result.lines, static_cast<int>(lines.size()));
    tics.push_back(fmt::format("{} {}", lines_literal(lines), i + 1));
  }
  result.settings =
      fmt::format("set xlabel {} offset 0,{:.3g}\nset xtics ({})\nset xrange [0.5:{}.5]\n", label_literal(x.label),
                  0.5 - 0.9 * (result.lines - 1), fmt::join(tics, ", "), x.size());
  return result;
}

// The last series that hold no number in any panel, like modes that are never learned, are neither told nor coloured.
void drop_empty_end(Roles& roles, const Values& values) {
  if (roles.series.empty()) return;
  Axis& series = roles.series[0];
  const std::size_t each = roles.x.size() * (roles.comparison.empty() ? 1 : 2);
  std::size_t used = 0;
  for (std::size_t i = 0; i < values.mean.size(); ++i) {
    if (std::isfinite(values.mean[i])) used = std::max(used, i / each % series.size() + 1);
  }
  if (used == 0) return;
  if (series.of_texts()) {
    series.texts.resize(used);
  } else {
    series.values.resize(used);
    series.places.resize(used);
  }
}

}  // namespace

void add_lines(Page& page, const Dataset& data, const std::string& name) {
  const Variable& variable = data[name];
  Roles roles = roles_of(varied_axes(data, variable), data.attribute("x_axis"));
  const auto titles = panel_titles(name, roles.panels);
  const auto order = order_of({roles.panels, roles.series, roles.comparison, {roles.x}});
  Values values = values_over(data, name, order);
  const std::string error = variable.attribute("ancillary_variables");
  if (data.has(error)) {
    values.spread = values_over(data, error, order).mean;
    for (double& s : values.spread) s = std::isfinite(s) ? s : 0;
  }
  drop_empty_end(roles, values);
  const bool spread = std::any_of(values.spread.begin(), values.spread.end(), [](double s) { return s > 0; });
  Range range;
  for (std::size_t i = 0; i < values.mean.size(); ++i) {
    const double mean = values.mean[i];
    range.include(mean);
    if (mean > values.spread[i] || mean < 0) range.include(mean - values.spread[i]);
    range.include(mean + values.spread[i]);
  }

  if (is_share(variable)) range.least_positive = 0;
  // On a logarithmic axis what reaches down to 0 is cut below the axes.
  // Over a logarithmic x axis a power is a straight line, if y is logarithmic too.
  const double decades = roles.x.logarithmic ? 1 : 2;
  const std::string lower = range.spans(decades)
                                ? fmt::format("($2-$3<{0:.9g}?{0:.9g}:$2-$3)", 0.1 * range.least_positive)
                                : std::string("($2-$3)");

  std::string settings = line_plot_settings;
  const TextTics tics = roles.x.of_texts() ? text_tics(roles.x) : TextTics{.settings = x_settings(roles.x)};
  settings += tics.settings;
  settings += fitting_y(range, decades);
  settings += fmt::format("set ylabel {}\n", label_literal(short_label(variable)));
  for (std::size_t p = 0; p < titles.size(); ++p) {
    const Part part{.values = values, .start = p * (values.mean.size() / titles.size())};
    Panel panel = draw(roles, part, spread, lower, next_name(page));
    panel.title = long_label(variable) + (titles[p].empty() ? "" : ", " + titles[p]);
    panel.label_lines = tics.lines;
    panel.tic_length = tic_length(range, decades);
    panel.commands = settings + panel.commands;
    page.panels.push_back(std::move(panel));
  }

  const std::string grey = roles.series.empty() ? line_colour(0) : "#555555";
  const auto is_told = [&](const LegendEntry& e) {
    return !roles.comparison.empty() && e.text == plain(roles.comparison[0].texts[0]);
  };
  const bool told = std::any_of(page.legend.begin(), page.legend.end(), is_told);  // in another panel's colour
  if (!roles.comparison.empty() && !told) {
    explain(page.legend, {.mark = LegendEntry::Mark::points,
                          .style = fmt::format("linecolor rgb '{}' pointtype 7 pointsize 0.5", grey),
                          .text = plain(roles.comparison[0].texts[0])});
    explain(page.legend, {.style = fmt::format("linecolor rgb '{}' linewidth 1.3", grey),
                          .text = plain(roles.comparison[0].texts[1])});
  }
  if (spread) {
    const bool bars = roles.x.of_texts() || !roles.comparison.empty();
    explain(page.legend, {.mark = LegendEntry::Mark::band,
                          .style = "#CFDDE8",
                          .text = fmt::format("{} one standard {} over {} seeds", bars ? "bars:" : "±",
                                              data.has(error) ? "error" : "deviation", data.length("seed"))});
  }
}

}  // namespace linnet::plots
