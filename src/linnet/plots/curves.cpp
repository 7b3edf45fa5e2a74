#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

TimeAxis time_axis(const Dataset& data) {
  TimeAxis axis;
  auto times = axis_of(data, "time").values;
  if (times.empty()) {  // none that are numbers: counted
    times.resize(static_cast<std::size_t>(data.length("time")));
    std::iota(times.begin(), times.end(), 1.0);
  }
  std::vector<std::string> label;
  const bool steps = data.has("step") && data["step"].dims == std::vector<std::string>{"time"};
  if (is_run(data) && data.attribute("solver") == "descent" && steps) {
    axis.values = data["step"].as_reals();
    label = {"step k of gradient descent"};
    if (axis.values.size() > 1 && axis.values.back() > 0 && times.size() == axis.values.size()) {
      const double rate = times.back() / axis.values.back();
      label.push_back("gradient-flow time t = ηk, η = " + number_markup(rate));
    }
  } else {
    axis.values = times;
    label = {"gradient-flow time t"};
    if (is_run(data)) label.push_back("(step size × steps of gradient descent)");
  }
  const Range range = range_of(axis.values);
  const double middle = axis.values.empty() ? 0 : axis.values[axis.values.size() / 2];
  const bool logarithmic = range.spans(1) && middle > 0 && middle < 0.05 * range.most;
  const double start = logarithmic ? range.least_positive : range.least;
  const bool instant = !(range.most > start);
  const double end = instant ? start + 1 : range.most;
  if (instant) axis.style = "points pointtype 7 pointsize 0.5";
  axis.settings = fmt::format("set xrange [{:.9g}:{:.9g}]\n", start, end);
  if (logarithmic) {
    axis.settings += fmt::format("set logscale x\nset format x '{}'\n", power_format(start, end));
    const double decades = std::log10(end / start);
    if (decades > 5) axis.settings += fmt::format("set xtics {:g}\n", std::pow(10, std::ceil(decades / 4)));
  }
  axis.label_lines = static_cast<int>(label.size());
  axis.settings += fmt::format("set xlabel {}\n", lines_literal(label));
  const double rate = times.empty() || times.back() == 0 ? 1 : axis.values.back() / times.back();
  std::istringstream starts(data.attribute("tasks_start"));
  for (double time = 0; starts >> time;) {
    if (rate * time <= start || rate * time >= end) continue;
    axis.settings += fmt::format(
        "set arrow from first {0:.9g},graph 0 to first {0:.9g},graph 1 nohead back linecolor rgb '#8C8C8C' "
        "linewidth 0.7\n",
        rate * time);
  }
  return axis;
}

std::vector<std::size_t> kept_records(std::size_t records) {
  constexpr std::size_t most = 4000;
  const std::size_t stride = records / most + 1;
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < records; i += stride) kept.push_back(i);
  if (!kept.empty() && kept.back() + 1 != records) kept.push_back(records - 1);
  return kept;
}

namespace {

std::vector<std::string> dynamics_of(const Dataset& data, const Variable& variable) {
  if (!has_dimension(variable, "dynamics")) return {""};
  return names_along(axis_of(data, "dynamics"));
}

std::vector<std::string> leading(const std::vector<std::string>& dynamics, std::vector<std::string> rest) {
  if (dynamics.size() > 1) rest.insert(rest.begin(), "dynamics");
  return rest;
}

std::string colour_of(const std::string& variable, std::size_t index) {
  if (variable == "train_error") return line_colour(0);
  if (variable == "test_error") return line_colour(1);
  return line_colour(index);
}

// "errors" for several errors, otherwise the name of the variable.
std::string group_label(const Dataset& data, const std::vector<std::string>& variables) {
  if (variables.size() == 1) return short_label(data[variables[0]]);
  const auto all_end_in = [&](const std::string& word) {
    return std::all_of(variables.begin(), variables.end(), [&](const std::string& name) {
      return name.size() >= word.size() && name.compare(name.size() - word.size(), word.size(), word) == 0;
    });
  };
  if (all_end_in("error")) return "error";
  return all_end_in("rank") ? "rank" : "value";
}

}  // namespace

std::string line_style(const std::string& colour, std::size_t which, std::size_t dynamics, const Twin& twin) {
  if (dynamics == 1) return fmt::format("linecolor rgb '{}' linewidth 1.4{}", colour, turns(twin));
  if (which == 0) return fmt::format("linecolor rgb '{}' linewidth 1.9{}", colour, turns(twin));
  return fmt::format("linecolor rgb '{}' linewidth 0.9 dashtype {}", darker(colour), which == 1 ? "(7,4)" : "(2,3)");
}

void explain_dynamics(const std::vector<std::string>& dynamics, std::vector<LegendEntry>& legend) {
  if (dynamics.size() < 2) return;
  for (std::size_t i = 0; i < dynamics.size(); ++i) {
    explain(legend, {.style = line_style("#666666", i, dynamics.size()), .text = plain(dynamics[i])});
  }
}

namespace {

// The numbers of one of the dynamics at the records that are drawn.
std::vector<double> line_at(const std::vector<double>& values, std::size_t line, std::size_t records,
                            const std::vector<std::size_t>& kept) {
  std::vector<double> result;
  for (const std::size_t i : kept) result.push_back(values[line * records + i]);
  return result;
}

std::vector<std::vector<double>> table(const std::vector<double>& x, const std::vector<std::size_t>& kept,
                                       const std::vector<std::vector<double>>& lines) {
  std::vector<std::vector<double>> rows;
  for (std::size_t k = 0; k < kept.size(); ++k) {
    auto& row = rows.emplace_back(std::vector<double>{x[kept[k]]});
    for (const auto& line : lines) row.push_back(line[k]);
  }
  return rows;
}

bool is_empty(const std::vector<double>& line) {
  return std::none_of(line.begin(), line.end(), [](double v) { return std::isfinite(v); });
}

}  // namespace

void add_run_curves(Page& page, const Dataset& data, const std::vector<std::string>& variables) {
  struct Curve {
    std::string column;
    std::string colour;
    std::size_t which;
    std::size_t dynamics;
  };
  Panel panel;
  const std::string name = next_name(page);
  const TimeAxis time = time_axis(data);
  const auto kept = kept_records(time.values.size());
  const AxisScale scale = axis_scale(data[variables[0]]);
  Range range;
  std::vector<Curve> curves;
  std::vector<std::vector<double>> lines;
  std::vector<std::string> dynamics;
  for (std::size_t v = 0; v < variables.size(); ++v) {
    const Variable& variable = data[variables[v]];
    const auto of_variable = dynamics_of(data, variable);
    const auto values = values_over(data, variable.name, leading(of_variable, {"time"})).mean;
    const std::string block = name + "_" + std::to_string(v + 1);
    const std::string colour = colour_of(variable.name, v);
    std::vector<std::vector<double>> own;
    for (std::size_t k = 0; k < of_variable.size(); ++k) {
      own.push_back(line_at(values, k, time.values.size(), kept));
      if (is_empty(own.back())) continue;
      for (const double value : own.back()) range.include(value);
      lines.push_back(own.back());
      curves.push_back({fmt::format("${} using 1:{}", block, k + 2), colour, k, of_variable.size()});
      if (k + 1 > dynamics.size() && of_variable.size() > 1) {
        dynamics.assign(of_variable.begin(), of_variable.begin() + static_cast<std::ptrdiff_t>(k + 1));
      }
    }
    panel.data += data_block(block, table(time.values, kept, own));
    panel.legend.push_back(
        {.style = fmt::format("linecolor rgb '{}' linewidth {}", colour, of_variable.size() > 1 ? 1.9 : 1.4),
         .text = variables.size() > 1
                     ? plain(variable.attribute("long_name")).empty() ? short_label(variable) : long_label(variable)
                     : long_label(variable)});
  }
  range = scale.shown(range);
  explain_dynamics(dynamics, page.legend);
  std::vector<std::vector<double>> compared;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    if (curves[i].which == 0) compared.push_back(lines[i]);
  }
  const auto same = twins(compared, y_axis(range, scale.decades(2)));
  std::vector<std::string> plots;
  for (std::size_t i = 0, first = 0; i < curves.size(); ++i) {
    const Twin twin = curves[i].which == 0 ? same[first++] : Twin();
    plots.push_back(fmt::format("{} with {} {}", curves[i].column, time.style,
                                line_style(curves[i].colour, curves[i].which, curves[i].dynamics, twin)));
  }
  if (plots.empty()) plots.emplace_back("NaN");
  panel.title = group_label(data, variables) == "error" ? "errors" : group_label(data, variables);
  panel.label_lines = time.label_lines;
  panel.tic_length = tic_length(range, scale.decades(2));
  panel.commands = line_plot_settings + time.settings;
  panel.commands += fitting_y(range, scale.decades(2));
  const std::string label = group_label(data, variables);
  panel.commands += fmt::format("set ylabel {}{}\n", label_literal(label), upright_font(label));
  panel.commands += fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
  page.panels.push_back(std::move(panel));
}

void add_spectrum(Page& page, const Dataset& data, const std::string& variable_name) {
  const std::string name = next_name(page);
  const Variable& variable = data[variable_name];
  const TimeAxis time = time_axis(data);
  const auto kept = kept_records(time.values.size());
  const auto dynamics = dynamics_of(data, variable);
  const auto values = values_over(data, variable_name, leading(dynamics, {"time", "mode"})).mean;
  const auto modes = static_cast<std::size_t>(data.length("mode"));
  const auto at = [&](std::size_t which, std::size_t record, std::size_t mode) {
    return values[(which * time.values.size() + record) * modes + mode];
  };

  // Without the task's rank, as many lines as can be distinguished.
  const double rank = number_attribute(data, "task_rank");
  std::size_t lines = modes <= 12 ? modes : 8;
  if (rank >= 1 && rank < static_cast<double>(modes)) lines = static_cast<std::size_t>(rank);
  const bool bulk = lines < modes;

  Panel panel;
  std::vector<std::string> plots;
  std::vector<std::string> edges;
  Range range;
  for (std::size_t k = 0; k < dynamics.size(); ++k) {
    const std::string block = fmt::format("{}_{}", name, k + 1);
    std::vector<std::vector<double>> rows;
    for (const std::size_t i : kept) {
      auto& row = rows.emplace_back(std::vector<double>{time.values[i]});
      Range band;
      for (std::size_t m = lines; m < modes; ++m) band.include(at(k, i, m));
      row.push_back(bulk ? band.least : std::nan(""));
      row.push_back(bulk ? band.most : std::nan(""));
      for (std::size_t m = 0; m < lines; ++m) row.push_back(at(k, i, m));
      for (std::size_t c = 2; c < row.size(); ++c) range.include(row[c]);
    }
    panel.data += data_block(block, rows);
    const std::string edge =
        k == 0 ? "linecolor rgb '#8C8C8C' linewidth 0.8" : line_style("#8C8C8C", k, dynamics.size());
    if (bulk && k == 0) {
      plots.push_back(fmt::format("${} using 1:2:3 with filledcurves fillcolor rgb '{}' fillstyle solid noborder",
                                  block, bulk_colour));
    }
    if (bulk) {
      edges.push_back(fmt::format("${} using 1:3 with {} {}", block, time.style, edge));
    }
    for (std::size_t m = 0; m < lines; ++m) {
      edges.push_back(fmt::format("${} using 1:{} with {} {}", block, m + 4, time.style,
                                  line_style(line_colour(0), k, dynamics.size())));
    }
  }
  plots.insert(plots.end(), edges.begin(), edges.end());

  panel.legend.push_back(
      {.style = fmt::format("linecolor rgb '{}' linewidth {}", line_colour(0), dynamics.size() > 1 ? 1.9 : 1.4),
       .text = !bulk && lines == 1 ? "the only mode" : fmt::format("{}modes 1–{}", bulk ? "leading " : "", lines)});
  if (bulk) {
    panel.legend.push_back({.mark = LegendEntry::Mark::band,
                            .style = std::string(bulk_colour),
                            .text = lines + 1 == modes ? fmt::format("mode {}", modes)
                                                       : fmt::format("bulk: modes {}–{}", lines + 1, modes)});
  }
  const double threshold = number_attribute(data, "threshold");
  if (variable_name == "singular_values" && std::isfinite(threshold) && threshold > 0) {
    const std::string style = fmt::format("linecolor rgb '{}' linewidth 1.2 dashtype (9,3,2,3)", "#000000");
    // A lazy run stays far below; its modes would be squeezed to a line.
    const bool shown = range.empty || threshold < 2.5 * range.most;
    if (shown) {
      // An arrow across the axes: a constant function would be sampled.
      panel.commands += fmt::format("set arrow from graph 0,first {0:.9g} to graph 1,first {0:.9g} nohead front {1}\n",
                                    threshold, style);
      range.include(threshold);
    }
    panel.legend.push_back(
        {.style = style, .text = "threshold κ = " + number_markup(threshold) + (shown ? "" : " (above the axes)")});
  }
  explain_dynamics(dynamics, page.legend);

  panel.title = long_label(variable);
  panel.label_lines = time.label_lines;
  panel.commands = line_plot_settings + time.settings + panel.commands;
  if (range.least >= 0) range.include(0);
  range.least_positive = 0;  // linear: the bulk reaches down to nearly 0
  panel.commands += fitting_y(range);
  panel.tic_length = tic_length(range);
  panel.commands += fmt::format(
      "set ylabel {}\n",
      label_literal(variable_name == "singular_values" ? "singular values s_i of A" : short_label(variable)));
  panel.commands += fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
  page.panels.push_back(std::move(panel));
}

void add_curves(Page& page, const Dataset& data, const std::string& variable_name) {
  const Variable& variable = data[variable_name];
  const TimeAxis time = time_axis(data);
  const auto kept = kept_records(time.values.size());
  auto axes = varied_axes(data, variable);
  std::vector<Axis> dynamics;
  std::vector<Axis> series;
  take_axis(axes, dynamics, [](const Axis& a) { return a.name == "dynamics"; });
  take_series(axes, series);
  // Few cases are distinguished by colours, in one panel.
  if (series.empty() && axes.size() == 1 && axes[0].size() <= 6) series.swap(axes);
  const auto titles = panel_titles(variable_name, axes);
  auto order = order_of({axes, dynamics, series});
  order.emplace_back("time");
  const auto values = values_over(data, variable_name, order).mean;
  const bool averaged = has_dimension(variable, "seed") && data.length("seed") > 1 &&
                        std::find(order.begin(), order.end(), "seed") == order.end();

  const std::size_t dynamics_count = dynamics.empty() ? 1 : dynamics[0].size();
  const std::size_t series_count = series.empty() ? 1 : series[0].size();
  const AxisScale scale = axis_scale(variable);
  const double decades = scale.decades(2);
  // Panels of one variable are compared with each other.
  const Range common = range_of(values);
  const auto adjusted = [&](Range range) {
    const bool asked = scale.kind == AxisScale::Kind::logarithmic;
    if (!asked && !series.empty() && series[0].name == "mode" && range.least >= 0) {
      range.include(0);
      range.least_positive = 0;  // linear, as the spectrum of a run is
    }
    if (!asked && is_share(variable)) range.least_positive = 0;
    return scale.shown(range);
  };
  const std::string label = long_label(variable);
  const bool label_fits = text_width(label) < 3.2;
  const std::string shown_label = label_fits ? label : short_label(variable);
  std::size_t dynamics_drawn = 0;
  for (std::size_t p = 0; p < titles.size(); ++p) {
    const std::size_t count = dynamics_count * series_count;
    std::vector<std::vector<double>> lines;
    Range own;
    for (std::size_t l = 0; l < count; ++l) {
      lines.push_back(line_at(values, p * count + l, time.values.size(), kept));
      for (const double value : lines.back()) own.include(value);
    }
    const Range range = adjusted(scale.own ? own : common);
    Panel panel{
        .title = titles[p], .label_lines = time.label_lines, .tic_length = tic_length(range, decades), .curves = true};
    if (panel.title.empty()) {
      panel.title = label;
    } else if (p == 0 && !label_fits) {
      panel.title = label + ", " + panel.title;
    }
    if (averaged) panel.title += fmt::format(" (mean of {} seeds)", data.length("seed"));
    const std::string name = next_name(page);
    panel.data = data_block(name, table(time.values, kept, lines));
    const auto same =
        twins({lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(series_count)}, y_axis(range, decades));
    std::vector<std::string> plots;
    for (std::size_t l = 0; l < count; ++l) {
      const std::size_t s = l % series_count;
      const std::size_t which = l / series_count;
      if (which > 0 && is_empty(lines[l])) continue;
      dynamics_drawn = std::max(dynamics_drawn, which + 1);
      const std::string style =
          line_style(series_colour(s, series_count), which, dynamics_count, which == 0 ? same[s] : Twin());
      plots.push_back(fmt::format("${} using 1:{} with {} {}", name, l + 2, time.style, style));
    }
    if (series_count > 1) panel.legend = series_legend(series[0]);
    panel.commands = line_plot_settings + time.settings + fitting_y(range, decades);
    panel.commands += fmt::format("set ylabel {}{}\n", label_literal(shown_label), upright_font(shown_label));
    panel.commands += fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
    page.panels.push_back(std::move(panel));
  }
  if (dynamics_drawn > 1) explain_dynamics(combinations(dynamics), page.legend);
}

}  // namespace linnet::plots
