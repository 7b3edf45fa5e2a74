#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "linnet/error.hpp"
#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

constexpr std::array<int, 6> markers = {7, 5, 9, 13, 11, 15};  // filled: they are told apart without colour too

std::string symbol_of(const Axis& axis) {
  static const std::map<std::string, std::string> known = {{"dim", "d"},
                                                           {"width", "w"},
                                                           {"variance", "σ²"},
                                                           {"rank", "k"},
                                                           {"variance_exponent", "γ_{σ²}"},
                                                           {"width_exponent", "γ_w"}};
  const auto found = known.find(axis.name);
  return found == known.end() ? axis.label : found->second;
}

std::string text_of(const Axis& axis, std::size_t i) {
  return axis.of_texts() ? plain(axis.texts[i]) : symbol_of(axis) + " = " + number_markup(axis.values[i], 4);
}

struct Roles {
  Axis x;
  std::vector<Axis> series;      // at most one: tells the colour
  std::vector<Axis> comparison;  // at most one, of two texts: points against lines
};

// x is the axis of numbers with the most points.
Roles roles_of(std::vector<Axis> axes) {
  const auto longer = [](const Axis& a, const Axis& b) {
    return a.of_texts() != b.of_texts() ? a.of_texts() : a.size() < b.size();
  };
  const auto longest = std::max_element(axes.begin(), axes.end(), longer);
  Roles roles{.x = *longest};
  axes.erase(longest);
  for (auto& axis : axes) {
    const bool pair = axis.texts.size() == 2;
    (pair && roles.comparison.empty() ? roles.comparison : roles.series).push_back(std::move(axis));
  }
  return roles;
}

std::string x_settings(const Axis& x) {
  Range range;
  for (const double value : x.values) range.include(value);
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
  return text + fmt::format("set xrange [{:.9g}:{:.9g}]\n", start, end);
}

}  // namespace

Panel lines_panel(const Dataset& data, const std::vector<Axis>& axes, const std::string& variable,
                  const std::string& name, std::vector<LegendEntry>& common) {
  const Roles roles = roles_of(axes);
  std::vector<std::string> order = {roles.x.name};
  for (const auto& axis : roles.comparison) order.insert(order.begin(), axis.name);
  for (const auto& axis : roles.series) order.insert(order.begin(), axis.name);
  const Values values = values_over(data, variable, order);
  const std::size_t points = roles.x.size();
  const std::size_t compared = roles.comparison.empty() ? 1 : 2;
  const std::size_t series = roles.series.empty() ? 1 : roles.series[0].size();
  const bool spread = std::any_of(values.spread.begin(), values.spread.end(), [](double s) { return s > 0; });

  Panel panel{.title = long_label(data[variable])};
  Range range;
  std::vector<std::string> bands;
  std::vector<std::string> plots;
  for (std::size_t s = 0; s < series; ++s) {
    const std::string colour = line_colour(s);
    for (std::size_t c = 0; c < compared; ++c) {
      std::vector<std::vector<double>> rows;
      for (std::size_t i = 0; i < points; ++i) {
        const std::size_t at = (s * compared + c) * points + i;
        rows.push_back(
            {roles.x.of_texts() ? static_cast<double>(i + 1) : roles.x.values[i], values.mean[at], values.spread[at]});
        range.include(values.mean[at]);
        if (values.mean[at] > values.spread[at]) range.include(values.mean[at] - values.spread[at]);
        range.include(values.mean[at] + values.spread[at]);
      }
      const std::string block = fmt::format("{}_{}_{}", name, s + 1, c + 1);
      panel.data += data_block(block, rows);
      const bool as_points = compared == 2 && c == 0;
      const std::string marker =
          fmt::format("pointtype {} pointsize {}", markers[s % markers.size()], points > 30 ? 0.33 : 0.45);
      if (spread && as_points) {
        bands.push_back(
            fmt::format("${} using 1:2:3 with yerrorbars linecolor rgb '{}' linewidth 0.7 pointtype 0", block, colour));
      } else if (spread && compared == 1) {
        bands.push_back(
            fmt::format("${} using 1:($2-$3):($2+$3) with filledcurves fillcolor rgb '{}' "
                        "fillstyle transparent solid 0.18 noborder",
                        block, colour));
      }
      if (as_points) {
        plots.push_back(fmt::format("${} using 1:2 with points linecolor rgb '{}' {}", block, colour, marker));
      } else {
        const bool marked = compared == 1 && points <= 40;
        const char* style = roles.x.of_texts() ? "points" : marked ? "linespoints" : "lines";
        plots.push_back(fmt::format("${} using 1:2 with {} linecolor rgb '{}' linewidth 1.3 {}", block, style, colour,
                                    marked || roles.x.of_texts() ? marker : ""));
      }
    }
    if (series > 1) {
      const bool lines_only = compared == 2;
      explain(common, {.style = fmt::format("linecolor rgb '{}' linewidth {}", colour, lines_only ? 2.0 : 1.3),
                       .text = text_of(roles.series[0], s)});
    }
  }
  const std::string grey = series > 1 ? "#555555" : line_colour(0);
  if (compared == 2) {
    explain(common, {.mark = LegendEntry::Mark::points,
                     .style = fmt::format("linecolor rgb '{}' pointtype 7 pointsize 0.5", grey),
                     .text = plain(roles.comparison[0].texts[0])});
    explain(common, {.style = fmt::format("linecolor rgb '{}' linewidth 1.3", grey),
                     .text = plain(roles.comparison[0].texts[1])});
  }
  if (spread) {
    explain(common, {.mark = LegendEntry::Mark::band,
                     .style = "#CFDDE8",
                     .text = fmt::format("{} one standard deviation over {} seeds", compared == 2 ? "bars:" : "±",
                                         data.length("seed"))});
  }

  panel.commands = "set border 3\nset grid linecolor rgb '#E6E6E6' linewidth 0.5 linetype 1\n";
  if (roles.x.of_texts()) {
    std::vector<std::string> tics;
    for (std::size_t i = 0; i < points; ++i)
      tics.push_back(fmt::format("{} {}", label_literal(plain(roles.x.texts[i])), i + 1));
    panel.commands += fmt::format("set xlabel {}\nset xtics ({})\nset xrange [0.5:{}.5]\n",
                                  label_literal(roles.x.label), fmt::join(tics, ", "), points);
  } else {
    panel.commands += x_settings(roles.x);
  }
  panel.commands += fitting_y(range);
  panel.commands += fmt::format("set ylabel {}\n", label_literal(short_label(data[variable])));
  bands.insert(bands.end(), plots.begin(), plots.end());
  panel.commands += fmt::format("plot {}\n", fmt::join(bands, ", \\\n     "));
  return panel;
}

}  // namespace linnet::plots
