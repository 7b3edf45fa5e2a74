#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <sstream>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

std::string coordinate_of(const Variable& variable) {
  return has_dimension(variable, "weight") ? "weight" : "coefficient";
}

/// "w_1", "w_2", "a"; "β_1", "β_2".
std::vector<std::string> coordinate_labels(const std::string& coordinate, std::size_t count) {
  std::vector<std::string> labels;
  const bool weights = coordinate == "weight";
  for (std::size_t i = 0; i < count; ++i) {
    const bool last = weights && i + 1 == count;
    labels.push_back(last ? "a" : weights && count == 2 ? "w" : fmt::format("{}_{}", weights ? "w" : "β", i + 1));
  }
  return labels;
}

constexpr const char* space_settings =
    "set border 31\n"
    "set view 65,35,1,1\n"
    "set xyplane 0\n"
    "set xtics offset 0,-0.2\n";

using Coordinates = std::array<double, 3>;
using Route = std::vector<Coordinates>;

/// Where η_w a² − η_a|w|² is what it is at a point of (w_1, w_2, a): a wire net as far as the paths go.
class ConservedSurface {
 public:
  ConservedSurface(const Dataset& data, const std::vector<Route>& paths) {
    std::istringstream rates(data.attribute("neuron_rates", "1 1"));
    rates >> first_ >> second_;
    const Coordinates& p = paths.front().front();
    delta_ = first_ * p[2] * p[2] - second_ * (p[0] * p[0] + p[1] * p[1]);
    for (const Route& path : paths) {
      for (const Coordinates& at : path) {
        radius_ = std::max(radius_, 1.05 * std::hypot(at[0], at[1]));
        height_.include(at[2]);
      }
    }
  }

  [[nodiscard]] std::vector<std::vector<double>> net() const {
    std::vector<std::vector<double>> rows;
    constexpr int around = 36;
    constexpr int along = 12;
    for (const double sign : {1.0, -1.0}) {
      const bool one_sheet = delta_ < 0;
      if (one_sheet ? sign < 0 : sign * height_.most <= 0 && sign * height_.least <= 0) continue;
      for (int i = 0; i <= along; ++i) {
        for (int k = 0; k <= around; ++k) {
          const double angle = 2 * std::numbers::pi * k / around;
          const double part = static_cast<double>(i) / along;
          const double a = one_sheet ? height_.least + part * (height_.most - height_.least)
                                     : sign * std::sqrt((delta_ + second_ * std::pow(part * radius_, 2)) / first_);
          const double r = one_sheet ? std::sqrt((first_ * a * a - delta_) / second_) : part * radius_;
          rows.push_back({r * std::cos(angle), r * std::sin(angle), a});
        }
        rows.emplace_back();
      }
    }
    return rows;
  }

 private:
  double first_ = 1;
  double second_ = 1;
  double delta_ = 0;
  double radius_ = 0;
  Range height_;
};

std::string range_setting(const char* which, const Range& range) {
  const double room = range.most > range.least ? 0.06 * (range.most - range.least) : 1;
  return fmt::format("set {}range [{:.9g}:{:.9g}]\n", which, range.least - room, range.most + room);
}

// As far as the picture reaches, below the lines.
void add_below(Panel& panel, std::vector<std::string>& plots, const std::string& block,
               const std::vector<std::vector<double>>& rows, const std::string& style) {
  panel.data += data_block(block, rows);
  plots.insert(plots.begin(), fmt::format("${} using 1:2 with lines {}", block, style));
}

constexpr const char* conserved_style = "linecolor rgb '#B0B0B0' linewidth 0.8 dashtype (4,3)";

/// Where η_w a² − η_a w² is what it is at each start: what w and a cannot leave.
void add_hyperbolas(Panel& panel, std::vector<std::string>& plots, Page& page, const Dataset& data,
                    const std::vector<Route>& paths, const std::array<Range, 3>& ranges) {
  std::istringstream text(data.attribute("neuron_rates", "1 1"));
  double first = 1;
  double second = 1;
  text >> first >> second;
  constexpr int count = 120;
  std::vector<std::vector<double>> rows;
  std::vector<double> drawn;
  for (const Route& path : paths) {
    const double w = path.front()[0];
    const double a = path.front()[1];
    const double delta = first * a * a - second * w * w;
    const double slack = 1e-9 * (first * a * a + second * w * w);
    if (std::any_of(drawn.begin(), drawn.end(), [&](double d) { return std::abs(d - delta) <= slack; })) continue;
    drawn.push_back(delta);
    // Along w where both branches are over all of it, else along a.
    const bool over_w = delta >= 0;
    const Range& along = ranges[over_w ? 0 : 1];
    const double room = 0.06 * (along.most - along.least);
    for (const double sign : {1.0, -1.0}) {
      for (int i = 0; i <= count; ++i) {
        const double at = along.least - room + (along.most - along.least + 2 * room) * i / count;
        const double other =
            sign * std::sqrt(over_w ? (delta + second * at * at) / first : (first * at * at - delta) / second);
        rows.push_back(over_w ? std::vector<double>{at, other} : std::vector<double>{other, at});
      }
      rows.emplace_back();
    }
  }
  add_below(panel, plots, next_name(page) + "_conserved", rows, conserved_style);
  explain(page.legend, {.style = conserved_style, .text = "hyperbola of each δ"});
}

/// The line through what is predicted, where it is one: all β that fit the data.
void add_interpolators(Panel& panel, std::vector<std::string>& plots, Page& page, const std::vector<Route>& paths,
                       const std::array<Range, 3>& ranges) {
  if (paths.size() < 2 || paths.size() % 2 != 0) return;  // some have no numbers
  const auto end_of = [&](std::size_t l) { return paths[l].back(); };
  const auto distance = [](const Coordinates& a, const Coordinates& b) { return std::hypot(a[0] - b[0], a[1] - b[1]); };
  const Coordinates first = end_of(1);
  Coordinates farthest = first;
  for (std::size_t l = 1; l < paths.size(); l += 2) {
    if (distance(end_of(l), first) > distance(farthest, first)) farthest = end_of(l);
  }
  const double length = distance(farthest, first);
  const double size = std::max(ranges[0].most - ranges[0].least, ranges[1].most - ranges[1].least);
  if (!(length > 0.01 * size)) return;
  const double x = (farthest[0] - first[0]) / length;
  const double y = (farthest[1] - first[1]) / length;
  for (std::size_t l = 1; l < paths.size(); l += 2) {
    if (std::abs((end_of(l)[0] - first[0]) * y - (end_of(l)[1] - first[1]) * x) > 1e-3 * size) return;
  }
  const double far = 3 * size;
  add_below(panel, plots, next_name(page) + "_fits",
            {{first[0] - far * x, first[1] - far * y}, {first[0] + far * x, first[1] + far * y}}, conserved_style);
  panel.commands += "set clip two\n";  // both ends are beyond the axes
  explain(page.legend, {.style = conserved_style, .text = "all β that fit the data"});
}

std::vector<std::vector<double>> rows_of(const Route& path, std::size_t coordinates) {
  std::vector<std::vector<double>> rows;
  for (const Coordinates& p : path) rows.emplace_back(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(coordinates));
  return rows;
}

}  // namespace

bool has_paths(const Dataset& data, const Variable& variable) {
  if (has_neuron_paths(data, variable)) return true;
  const std::string coordinate = coordinate_of(variable);
  if (!has_dimension(variable, "time") || !has_dimension(variable, coordinate)) return false;
  const auto count = data.length(coordinate);
  return count == 2 || count == 3;
}

// Each series is a line from its start, ending in a dot; what it is compared with is dashed, ending in a ring.
void add_paths(Page& page, const Dataset& data, const std::string& name) {
  const Variable& variable = data[name];
  if (has_neuron_paths(data, variable)) {
    add_neuron_paths(page, data, name);
    return;
  }
  const std::string coordinate = coordinate_of(variable);
  const auto n = static_cast<std::size_t>(data.length(coordinate));
  const auto times = static_cast<std::size_t>(data.length("time"));
  auto axes = varied_axes(data, variable);
  axes.erase(std::remove_if(axes.begin(), axes.end(), [&](const Axis& a) { return a.name == coordinate; }), axes.end());
  std::vector<Axis> dynamics;
  std::vector<Axis> series;
  take_axis(axes, dynamics, [](const Axis& a) { return a.name == "dynamics"; });
  // In space every δ has a surface of its own.
  const bool surface = n == 3 && coordinate == "weight";
  if (surface) {
    take_axis(axes, series, [](const Axis& a) { return a.name != "delta"; });
  } else {
    take_series(axes, series);
  }
  const auto titles = panel_titles(name, axes);
  auto order = order_of({axes, series, dynamics});
  order.emplace_back("time");
  order.push_back(coordinate);
  const auto values = values_over(data, name, order).mean;
  const auto names = dynamics.empty() ? std::vector<std::string>{} : names_along(dynamics[0]);
  const std::size_t compared = dynamics.empty() ? 1 : dynamics[0].size();
  const std::size_t count = series.empty() ? 1 : series[0].size();
  const auto path_at = [&](std::size_t p, std::size_t line) {
    Route path;
    for (std::size_t i = 0; i < times; ++i) {
      Coordinates point{};
      for (std::size_t k = 0; k < n; ++k) point[k] = values[((p * count * compared + line) * times + i) * n + k];
      if (std::isfinite(point[0])) path.push_back(point);
    }
    return path;
  };
  bool points_alone = true;  // what is compared with does not move
  const auto labels = coordinate_labels(coordinate, n);
  const std::string using_columns = n == 3 ? "1:2:3" : "1:2";
  for (std::size_t p = 0; p < titles.size(); ++p) {
    Panel panel{.title = titles[p].empty() ? long_label(variable) : long_label(variable) + ", " + titles[p]};
    std::vector<std::string> plots;
    std::vector<std::string> ends;
    std::array<Range, 3> ranges;
    std::vector<Route> paths;
    for (std::size_t l = 0; l < count * compared; ++l) {
      const Route path = path_at(p, l);
      if (path.empty()) continue;
      for (const Coordinates& at : path) {
        for (std::size_t k = 0; k < n; ++k) ranges[k].include(at[k]);
      }
      const bool second = l % compared > 0;
      const std::string colour = series_colour(l / compared, count);
      const std::string block = fmt::format("{}_{}", next_name(page), l + 1);
      panel.data += data_block(block, rows_of(path, n));
      panel.data += data_block(block + "_end", rows_of({path.back()}, n));
      plots.push_back(
          fmt::format("${} using {} with lines {}", block, using_columns, line_style(colour, l % compared, compared)));
      points_alone = points_alone && (!second || path.front() == path.back());
      ends.push_back(fmt::format("${}_end using {} with points linecolor rgb '{}' pointtype {}", block, using_columns,
                                 second ? darker(colour) : colour, second ? "6 pointsize 0.9" : "7 pointsize 0.5"));
      paths.push_back(path);
    }
    if (paths.empty()) nothing_to_plot("finite numbers along the run", "none");
    panel.commands = n == 3 ? space_settings : line_plot_settings;
    panel.space = n == 3;
    if (n == 2 && coordinate == "weight") add_hyperbolas(panel, plots, page, data, paths, ranges);
    if (n == 2 && coordinate == "coefficient" && compared == 2 && names[1] == "predicted") {
      add_interpolators(panel, plots, page, paths, ranges);
    }
    if (surface) {
      const std::string block = next_name(page) + "_surface";
      const auto net = ConservedSurface(data, paths).net();
      for (const auto& row : net) {
        for (std::size_t k = 0; k < row.size(); ++k) ranges[k].include(row[k]);
      }
      panel.data += data_block(block, net);
      plots.insert(plots.begin(),
                   fmt::format("${} using 1:2:3 with lines linecolor rgb '#CCCCCC' linewidth 0.5", block));
      explain(page.legend, {.style = "linecolor rgb '#CCCCCC' linewidth 0.8", .text = "the surface that δ conserves"});
      panel.aspect = 0.85;
    }
    static constexpr std::array<const char*, 3> letters{"x", "y", "z"};
    for (std::size_t k = 0; k < n; ++k) {
      panel.commands += range_setting(letters[k], ranges[k]);
      panel.commands += fmt::format("set {}label {}\n", letters[k], label_literal(labels[k]));
      if (n == 3) panel.commands += tic_setting(letters[k], ranges[k]);
    }
    plots.insert(plots.end(), ends.begin(), ends.end());
    panel.commands += fmt::format("{} {}\n", n == 3 ? "splot" : "plot", fmt::join(plots, ", \\\n     "));
    if (count > 1) panel.legend = series_legend(series[0]);
    page.panels.push_back(std::move(panel));
  }
  if (compared == 1) return;
  if (!points_alone) {
    explain_dynamics(names, page.legend);
    return;
  }
  explain(page.legend, {.style = line_style("#666666", 0, compared), .text = plain(names[0])});
  explain(page.legend, {.mark = LegendEntry::Mark::points,
                        .style = "linecolor rgb '#383838' pointtype 6 pointsize 0.9",
                        .text = plain(names[1])});
}

}  // namespace linnet::plots
