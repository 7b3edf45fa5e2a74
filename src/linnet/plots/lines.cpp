#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <tuple>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

constexpr std::array<int, 6> markers = {7,  5,  9,
                                        13, 11, 15};  // filled, so that they can be distinguished without colour

struct Roles {
  Axis x;
  std::vector<Axis> series;      // at most one: gives the colour
  std::vector<Axis> comparison;  // at most one, of two texts: points against lines
  std::vector<Axis> panels;      // one panel for each combination of their values
};

bool is_trailing(const Axis& axis) {
  return axis.name == "mode" || axis.name == "task" || axis.name == "dynamics" || axis.name == "coefficient";
}

// x is the requested axis, otherwise the numeric one with the most points, an axis of the sweep before any other.
Roles roles_of(std::vector<Axis> axes, const std::string& asked) {
  const auto rank = [&](const Axis& a) {
    return std::tuple(a.name == asked, !a.of_texts(), !is_trailing(a), a.size());
  };
  const auto longest =
      std::max_element(axes.begin(), axes.end(), [&](const Axis& a, const Axis& b) { return rank(a) < rank(b); });
  Roles roles{.x = *longest};
  axes.erase(longest);
  // Over an axis of texts there are only points, distinguished by colour.
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

// At each value of a logarithmic axis so many cm long. The ends are named, and between them what has room for a name.
std::string tics_of_values(std::vector<double> values, double decades, double axis_length) {
  constexpr double gap = 0.12;
  const auto half_width = [](const std::string& text) { return 0.5 * 7 / 8 * text_width(text); };
  std::sort(values.begin(), values.end(), std::greater<>());
  const double end_of_least = half_width(number_markup(values.back(), 4));
  std::vector<std::string> tics;
  double left = axis_length;  // of the last name
  for (const double value : values) {
    const std::string text = number_markup(value, 4);
    const double at = axis_length * std::log10(value / values.back()) / decades;
    const double half = half_width(text);
    const bool fits = at + half + gap <= left && at - half - gap >= end_of_least;
    const bool named = fits || tics.empty() || value == values.back();
    if (named) left = at - half;
    tics.push_back(fmt::format("{} {:.9g}", named ? label_literal(text) : "''", value));
  }
  return fmt::format("set xtics ({})\n", fmt::join(tics, ", "));
}

std::string x_settings(const Axis& x) {
  constexpr double axis_length = 6.4;
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
    if (x.values.size() <= 8) text += tics_of_values(x.values, std::log10(end / start), axis_length);
  }
  if (x.unit > 0) text += symmetric_tics("x", x, axis_length);
  return text + fmt::format("set xrange [{:.9g}:{:.9g}]\n", start, end);
}

// The data of one panel: `part` of the values over all panels.
struct Part {
  const Values& values;
  std::size_t start;
  bool with_spread;
  YAxis axis;
};

std::vector<double> mean_of(const Part& part, std::size_t line, std::size_t points) {
  const auto start = part.values.mean.begin() + static_cast<std::ptrdiff_t>(part.start + line * points);
  return {start, start + static_cast<std::ptrdiff_t>(points)};
}

// Crosses at the foot of the axes where a series has no number (of what is compared, the first).
std::string missing_marks(const Roles& roles, const Part& part) {
  std::string marks;
  const std::size_t points = roles.x.size();
  const std::size_t compared = roles.comparison.empty() ? 1 : 2;
  const std::size_t series = roles.series.empty() ? 1 : roles.series[0].size();
  for (std::size_t i = 0; i < points; ++i) {
    bool missing = false;
    for (std::size_t s = 0; s < series; ++s) {
      missing = missing || !std::isfinite(part.values.mean[part.start + s * compared * points + i]);
    }
    if (!missing) continue;
    marks += fmt::format("set label '' at first {:.9g},graph 0.03 front point {}\n",
                         roles.x.of_texts() ? static_cast<double>(i + 1) : roles.x.places[i], missing_cross);
  }
  return marks;
}

Panel draw(const Roles& roles, const Part& part, const std::string& name) {
  Panel panel;
  const std::size_t points = roles.x.size();
  const std::size_t compared = roles.comparison.empty() ? 1 : 2;
  const std::size_t series = roles.series.empty() ? 1 : roles.series[0].size();
  std::vector<std::vector<double>> last;  // of each series: the one drawn as a line
  for (std::size_t s = 0; s < series; ++s) last.push_back(mean_of(part, s * compared + compared - 1, points));
  const auto same = twins(last, part.axis);
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
      const std::string ends = part.values.geometric ? "($2/$3):($2*$3)" : "($2-$3):($2+$3)";
      if (part.with_spread && as_points) {
        bands.push_back(fmt::format("${} using 1:2:{} with yerrorbars linecolor rgb '{}' linewidth 0.7 pointtype 0",
                                    block, ends, colour));
      } else if (part.with_spread && compared == 1) {
        bands.push_back(
            fmt::format("${} using 1:{} with filledcurves fillcolor rgb '{}' fillstyle transparent solid 0.18 noborder",
                        block, ends, colour));
      }
      if (as_points) {
        marks.push_back(fmt::format("${} using 1:2 with points linecolor rgb '{}' {}", block, colour, marker));
        continue;
      }
      const bool marked = compared == 1 && points <= 40;
      const bool twin = same[s].of > 1;
      plots.push_back(fmt::format("${} using 1:2 with {} linecolor rgb '{}' linewidth 1.3{}{}", block,
                                  marked && !twin ? "linespoints" : "lines", colour, turns(same[s]),
                                  marked && !twin ? " " + marker : ""));
      // Of lines on each other each marks its share of the points.
      if (marked && twin) {
        marks.push_back(fmt::format("${} every {}::{} using 1:2 with points linecolor rgb '{}' {}", block, same[s].of,
                                    same[s].which, colour, marker));
      }
    }
  }
  if (series > 1) panel.legend = series_legend(roles.series[0]);
  bands.insert(bands.end(), plots.begin(), plots.end());
  bands.insert(bands.end(), marks.begin(), marks.end());
  panel.commands += fmt::format("plot {}\n", fmt::join(bands, ", \\\n     "));
  return panel;
}

// gnuplot takes the name of a tic for the format of its number.
std::string as_format(const std::string& markup) {
  std::string format;
  for (const char c : markup) format += c == '%' ? "%%" : std::string(1, c);
  return format;
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
    auto lines = wrapped(plain(x.texts[i]), axis_length / static_cast<double>(x.size()));
    result.lines = std::max(result.lines, static_cast<int>(lines.size()));
    std::transform(lines.begin(), lines.end(), lines.begin(), as_format);
    tics.push_back(fmt::format("{} {}", lines_literal(lines), i + 1));
  }
  result.settings =
      fmt::format("set xlabel {} offset 0,{:.3g}\nset xtics ({})\nset xrange [0.5:{}.5]\n", label_literal(x.label),
                  0.5 - 0.9 * (result.lines - 1), fmt::join(tics, ", "), x.size());
  return result;
}

// Trailing series without a number in any panel, such as modes that are never learned, get neither a legend nor a
// colour.
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

namespace {

Range range_with_spread(const Values& values, std::size_t start, std::size_t end) {
  Range range;
  for (std::size_t i = start; i < end; ++i) {
    const double mean = values.mean[i];
    range.include(mean);
    if (values.low(i) > 0 || mean < 0) range.include(values.low(i));
    range.include(values.high(i));
  }
  return range;
}

// Beside a result stands its standard error, if any, or the status that masks it.
std::string standard_error_of(const Variable& variable) {
  const std::string beside = variable.attribute("ancillary_variables");
  return beside == "status" ? std::string() : beside;
}

// A sample of error bars or of a band, and what they are.
void explain_spread(Page& page, const Dataset& data, bool bars, bool of_mean, bool geometric) {
  const std::string what = geometric ? "logarithmic axes: geometric mean, × and ÷ one geometric standard deviation"
                           : of_mean ? "± one standard error"
                                     : "± one standard deviation";
  explain(page.legend, {.mark = bars ? LegendEntry::Mark::bar : LegendEntry::Mark::band,
                        .style = bars ? "linecolor rgb '#555555' linewidth 0.9" : "#CFDDE8",
                        .text = fmt::format("{} over {} seeds", what, data.length("seed"))});
}

}  // namespace

void add_lines(Page& page, const Dataset& data, const std::string& name) {
  const Variable& variable = data[name];
  Roles roles = roles_of(varied_axes(data, variable), data.attribute("x_axis"));
  const auto titles = panel_titles(name, roles.panels);
  const auto order = order_of({roles.panels, roles.series, roles.comparison, {roles.x}});
  const AxisScale scale = axis_scale(variable);
  // Over a logarithmic x axis a power is a straight line, if y is logarithmic too.
  const double decades = scale.decades(roles.x.logarithmic ? 1 : 2);
  Values values = values_over(data, name, order);
  const std::string error = standard_error_of(variable);
  const bool shares = is_share(variable) && scale.kind != AxisScale::Kind::logarithmic;
  const auto adjusted = [&](Range range) {
    if (shares) range.least_positive = 0;
    return scale.shown(range);
  };
  if (data.has(error)) {
    values.spread = values_over(data, error, order).mean;
    for (double& s : values.spread) s = std::isfinite(s) ? s : 0;
  } else if (!scale.own || scale.kind == AxisScale::Kind::logarithmic) {
    // A geometric mean where the axis is logarithmic; failed points are left out.
    const Range each = range_of(values_over(data, name, variable.dims).mean);
    Values geometric = each.least > 0 ? geometric_values_over(data, name, order) : Values();
    if (adjusted(range_with_spread(geometric, 0, geometric.mean.size())).spans(decades)) values = geometric;
  }
  drop_empty_end(roles, values);
  const double none = values.geometric ? 1 : 0;
  const bool spread = std::any_of(values.spread.begin(), values.spread.end(), [&](double s) { return s > none; });
  const Range common = adjusted(range_with_spread(values, 0, values.mean.size()));

  const TextTics tics = roles.x.of_texts() ? text_tics(roles.x) : TextTics{.settings = x_settings(roles.x)};
  const std::string label = short_label(variable);
  bool missing = false;
  for (std::size_t p = 0; p < titles.size(); ++p) {
    const std::size_t each = values.mean.size() / titles.size();
    const Range range = scale.own ? adjusted(range_with_spread(values, p * each, (p + 1) * each)) : common;
    const Part part{.values = values, .start = p * each, .with_spread = spread, .axis = y_axis(range, decades)};
    Panel panel = draw(roles, part, next_name(page));
    const std::string marks = missing_marks(roles, part);
    missing = missing || !marks.empty();
    panel.title = long_label(variable) + (titles[p].empty() ? "" : ", " + titles[p]);
    panel.label_lines = tics.lines;
    panel.tic_length = tic_length(range, decades);
    panel.commands = line_plot_settings + tics.settings + fitting_y(range, decades) +
                     fmt::format("set ylabel {}{}\n", label_literal(label), upright_font(label)) + marks +
                     panel.commands;
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
    explain_spread(page, data, bars, data.has(error), values.geometric);
  }
  if (missing) explain_missing(page, data, true);
}

}  // namespace linnet::plots
