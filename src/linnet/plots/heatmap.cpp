#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/plots/contours.hpp"
#include "linnet/plots/panels.hpp"
#include "linnet/plots/regime_lines.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

constexpr double axes_aspect = 0.9;

// The edges of the cells around an axis's values: half-way between neighbours, on the axis's own scale.
std::vector<double> cell_edges(const Axis& axis) {
  const auto forward = [&](double v) { return axis.logarithmic ? std::log(v) : v; };
  const auto backward = [&](double v) { return axis.logarithmic ? std::exp(v) : v; };
  const std::size_t n = axis.size();
  std::vector<double> edges(n + 1);
  for (std::size_t i = 1; i < n; ++i) edges[i] = (forward(axis.places[i - 1]) + forward(axis.places[i])) / 2;
  edges[0] = 2 * forward(axis.places[0]) - edges[1];
  edges[n] = 2 * forward(axis.places[n - 1]) - edges[n - 1];
  std::transform(edges.begin(), edges.end(), edges.begin(), backward);
  return edges;
}

// The place on the axis at a fractional index.
double place_at(const Axis& axis, double index) {
  const auto below = std::min(static_cast<std::size_t>(std::max(index, 0.0)), axis.size() - 2);
  const double part = index - static_cast<double>(below);
  const double a = axis.places[below];
  const double b = axis.places[below + 1];
  return axis.logarithmic ? a * std::pow(b / a, part) : a + part * (b - a);
}

struct ColourScale {
  double least = 0;
  double most = 1;
  bool logarithmic = false;
  bool zeros = false;  // drawn as the least positive value
  bool below = false;  // there are values beyond the ends
  bool above = false;

  /// From 0, the darkest colour, to 1, the lightest.
  [[nodiscard]] double place(double value) const {
    return logarithmic ? std::log(value / least) / std::log(most / least) : (value - least) / (most - least);
  }
  [[nodiscard]] double shown(double value) const { return std::clamp(value, least, most); }
};

ColourScale colour_scale(const std::vector<double>& values, const AxisScale& asked) {
  const Range whole = range_of(values);
  const Range range = asked.shown(whole);
  ColourScale scale;
  if (range.empty) return scale;
  scale.logarithmic = range.spans(asked.decades(1.7));
  scale.zeros = scale.logarithmic && whole.least <= 0;
  scale.below = asked.limits && !scale.zeros && whole.least < range.least;
  scale.above = asked.limits && whole.most > range.most;
  scale.least = scale.logarithmic ? range.least_positive : range.least;
  scale.most = range.most;
  // A map of one value has a colour too.
  if (!(scale.most > scale.least)) scale.most = scale.least + std::max(1e-9, 1e-3 * std::abs(scale.least));
  return scale;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::vector<double> contour_levels(const std::string& variable, const ColourScale& scale) {
  std::vector<double> levels;
  if (ends_with(variable, "test_error")) {
    for (const double level : {0.25, 0.5, 0.75}) {
      if (level > scale.least && level < scale.most) levels.push_back(level);
    }
    if (levels.size() > 1) return levels;
  }
  if (!scale.logarithmic) return round_levels(scale.least, scale.most, 3);
  levels.clear();
  // Decades, or every second or third so that they stay few; 3, 30, … too when there are hardly any.
  const double decades = std::log10(scale.most / scale.least);
  const int stride = std::max(1, static_cast<int>(std::ceil(decades / 5)));
  const double start = std::ceil(std::log10(1.2 * scale.least) / stride) * stride - stride;
  for (double exponent = start; exponent < std::log10(scale.most); exponent += stride) {
    for (const double factor : {1.0, 3.0}) {
      const double level = factor * std::pow(10, exponent);
      if ((factor == 1 || decades < 3) && level > 1.2 * scale.least && level < scale.most / 1.2)
        levels.push_back(level);
    }
  }
  return levels;
}

// Shares of the axes' width and height, so that distances are those seen.
Point on_paper(const Grid& grid, const Point& index) {
  return {index.x / static_cast<double>(grid.columns - 1), index.y / static_cast<double>(grid.rows - 1) * axes_aspect};
}

double distance(const Point& a, const Point& b) { return std::hypot(a.x - b.x, a.y - b.y); }

struct LabelledContour {
  std::vector<Polyline> pieces;  // broken where the label stands
  std::optional<Point> label;
};

// The point of a contour that has most room; none where a label would touch the frame or another one.
std::optional<Point> roomiest(const Grid& grid, const std::vector<Polyline>& lines, double half_width,
                              const std::vector<Point>& obstacles, const std::vector<Point>& taken, bool strict) {
  std::optional<Point> place;
  double best = strict ? 0.085 : 0;
  constexpr double touching = 0.015;
  for (const auto& line : lines) {
    for (const auto& point : line) {
      const Point p = on_paper(grid, point);
      const double edge = std::min({p.x - half_width, 1 - half_width - p.x, p.y - 0.02, axes_aspect - 0.02 - p.y});
      double room = edge + (strict ? 0.06 : 0.02);
      for (const auto& other : taken) room = std::min(room, 0.8 * distance(p, other) - (strict ? 0 : 0.07));
      for (const auto& other : obstacles) {
        const double apart = distance(p, other);
        room = std::min(room, strict ? apart - 0.6 * half_width + 0.06 : apart < touching ? -1 : apart + 0.02);
      }
      const double to_middle = distance(p, {0.5, 0.5 * axes_aspect});
      const double score = std::min(room, 0.3) - (strict ? 0.02 * to_middle : 0);
      if (score > best) {
        best = score;
        place = point;
      }
    }
  }
  return place;
}

// The label goes where the line is far from the frame, the regime lines and the other labels, or as far as may be.
LabelledContour label_contour(const Grid& grid, const std::vector<Polyline>& lines, double half_width,
                              const std::vector<Point>& obstacles, std::vector<Point>& taken) {
  LabelledContour result;
  result.label = roomiest(grid, lines, half_width, obstacles, taken, true);
  if (!result.label) result.label = roomiest(grid, lines, half_width, obstacles, taken, false);
  if (result.label) taken.push_back(on_paper(grid, *result.label));
  for (const auto& line : lines) {
    Polyline piece;
    for (const auto& point : line) {
      bool hidden = false;
      if (result.label) {
        const Point p = on_paper(grid, point);
        const Point l = on_paper(grid, *result.label);
        hidden = std::abs(p.x - l.x) < half_width && std::abs(p.y - l.y) < 0.028;
      }
      if (!hidden) {
        piece.push_back(point);
      } else if (!piece.empty()) {
        result.pieces.push_back(piece);
        piece.clear();
      }
    }
    if (piece.size() > 1) result.pieces.push_back(piece);
  }
  return result;
}

// Points close enough that a line can be broken where a label begins.
Polyline refined(const Grid& grid, const Polyline& line) {
  constexpr double closest = 0.008;
  Polyline fine = {line.front()};
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Point a = line[i - 1];
    const Point b = line[i];
    const int parts =
        std::max(1, static_cast<int>(std::ceil(distance(on_paper(grid, a), on_paper(grid, b)) / closest)));
    for (int k = 1; k <= parts; ++k) {
      const double part = static_cast<double>(k) / parts;
      fine.push_back({a.x + part * (b.x - a.x), a.y + part * (b.y - a.y)});
    }
  }
  return fine;
}

// Specks of noise, not lines.
bool is_speck(const Polyline& line) {
  Range x;
  Range y;
  for (const auto& point : line) {
    x.include(point.x);
    y.include(point.y);
  }
  return x.most - x.least < 2.5 && y.most - y.least < 2.5;
}

// Where the regime lines pass, in the same shares.
std::vector<Point> dots_along(const std::vector<RegimeLine>& lines, const std::vector<double>& xs,
                              const std::vector<double>& ys) {
  constexpr int count = 80;
  std::vector<Point> dots;
  for (const auto& line : lines) {
    const Point a = line.ends[0];
    const Point b = line.ends[1];
    for (int k = 0; k <= count; ++k) {
      const double part = static_cast<double>(k) / count;
      dots.push_back({(a.x + part * (b.x - a.x) - xs.front()) / (xs.back() - xs.front()),
                      (a.y + part * (b.y - a.y) - ys.front()) / (ys.back() - ys.front()) * axes_aspect});
    }
  }
  return dots;
}

// The colour of text on a colour of the scale: white on dark, black on light and on the grey of missing values.
double ink_on(double place) { return place <= 0.62 ? double{0xFFFFFF} : double{0x202020}; }

struct Contours {
  std::vector<std::vector<double>> rows;
  std::string labels;
};

Contours draw_contours(const Axis& x, const Axis& y, const std::vector<double>& values, const ColourScale& scale,
                       const std::vector<double>& levels, const std::vector<Point>& obstacles) {
  Grid grid{.columns = x.size(), .rows = y.size(), .values = values};
  if (scale.logarithmic) {
    for (double& value : grid.values) value = std::log10(scale.shown(value));
  }
  Contours contours;
  std::vector<Point> taken;
  for (const double level : levels) {
    auto lines = contour(grid, scale.logarithmic ? std::log10(level) : level);
    const bool small = grid.columns < 8 || grid.rows < 8;
    if (!small) lines.erase(std::remove_if(lines.begin(), lines.end(), is_speck), lines.end());
    for (auto& line : lines) line = refined(grid, line);
    const std::string text = number_markup(level);
    const auto labelled = label_contour(grid, lines, 0.085 * text_width(text) + 0.015, obstacles, taken);
    // Along a contour the colour behind it is one and the same.
    const double ink = ink_on(scale.place(level));
    for (const auto& piece : labelled.pieces) {
      for (const auto& point : piece) {
        contours.rows.push_back({place_at(x, point.x), place_at(y, point.y), ink});
      }
      contours.rows.emplace_back();
    }
    if (labelled.label) {
      contours.labels += fmt::format(
          "set label {} at first {:.9g},{:.9g} center front textcolor rgb '#{:06X}' font ',7'\n", label_literal(text),
          place_at(x, labelled.label->x), place_at(y, labelled.label->y), static_cast<unsigned>(ink));
    }
  }
  return contours;
}

std::string scale_settings(const char* which, const Axis& axis, const std::vector<double>& edges) {
  std::string text = fmt::format("set {}range [{:.9g}:{:.9g}]\n", which, edges.front(), edges.back());
  text += fmt::format("set {}label {}{}\n", which, label_literal(axis.label),
                      which[0] == 'y' ? upright_font(axis.label) : "");
  if (axis.logarithmic) {
    const auto [least, most] = std::minmax_element(axis.values.begin(), axis.values.end());
    text += fmt::format("set logscale {0}\nset format {0} '{1}'\n", which, power_format(*least, *most));
  }
  if (axis.unit > 0) text += symmetric_tics(which, axis, 4.8);
  return text;
}

// "≤" and "≥" at ends beyond which there are values, and a few tics between them.
std::string tics_of_cut_scale(const ColourScale& scale) {
  std::vector<std::string> tics;
  const auto add = [&](const char* sign, double value) {
    tics.push_back(fmt::format("{} {:.9g}", label_literal(sign + number_markup(value)), value));
  };
  add(scale.below ? "≤" : "", scale.least);
  if (scale.logarithmic) {
    for (double e = std::floor(std::log10(scale.least)) + 1; std::pow(10, e) < 0.6 * scale.most; ++e) {
      if (std::pow(10, e) > 1.6 * scale.least) add("", std::pow(10, e));
    }
  } else {
    add("", (scale.least + scale.most) / 2);
  }
  add(scale.above ? "≥" : "", scale.most);
  return fmt::format("set cbtics ({})\n", fmt::join(tics, ", "));
}

std::string colour_settings(const ColourScale& scale, const std::string& label) {
  std::string text = fmt::format("set cbrange [{:.9g}:{:.9g}]\nset format cb '%g'\n", scale.least, scale.most);
  if (scale.logarithmic) {
    text += fmt::format("set logscale cb\nset format cb '{}'\n", power_format(scale.least, scale.most));
    text += steps_of_decades("cb", scale.least, scale.most);
  }
  if (scale.below || scale.above) text += tics_of_cut_scale(scale);
  text += "set cbtics offset -0.5,0\n";
  const std::string whole = label + (scale.zeros ? ", 0 shown as " + number_markup(scale.least) : "");
  return text + fmt::format("set cblabel {} offset 0.3,0{}\n", label_literal(whole), upright_font(whole));
}

// A map of one variable: values with their places, in rising order along both axes.
struct Map {
  Axis x;
  Axis y;
  std::vector<double> values;  // y fastest
  std::vector<bool> failed;    // points behind them

  [[nodiscard]] double at(std::size_t i, std::size_t j) const { return values[i * y.size() + j]; }
};

using Rows = std::vector<std::vector<double>>;

struct Cells {
  Rows seams;   // below the others, across the edges that two of them share: no gaps in any viewer
  Rows exact;   // from edge to edge
  Rows failed;  // of points that failed, above the others, in the colour of the hatching
};

Cells cells_of(const Map& map, const std::vector<double>& xs, const std::vector<double>& ys, const ColourScale& scale) {
  Cells cells;
  const auto across = [](const std::vector<double>& edges, std::size_t i) {
    constexpr double part = 0.2;
    return std::pair(edges[i] - part * (edges[i] - edges[i - 1]), edges[i] + part * (edges[i + 1] - edges[i]));
  };
  for (std::size_t i = 0; i < map.x.size(); ++i) {
    for (std::size_t j = 0; j < map.y.size(); ++j) {
      const std::vector<double> place{map.x.places[i], map.y.places[j], xs[i], xs[i + 1], ys[j], ys[j + 1]};
      if (map.failed[i * map.y.size() + j]) {
        cells.failed.push_back(place);
        cells.failed.back().push_back(ink_on(scale.place(scale.shown(map.at(i, j)))));
      }
      if (!std::isfinite(map.at(i, j))) continue;
      const double colour = scale.shown(map.at(i, j));
      cells.exact.push_back(place);
      cells.exact.back().push_back(colour);
      if (i > 0 && std::isfinite(map.at(i - 1, j))) {
        const auto [from, to] = across(xs, i);
        cells.seams.push_back({xs[i], place[1], from, to, ys[j], ys[j + 1], colour});
      }
      if (j > 0 && std::isfinite(map.at(i, j - 1))) {
        const auto [from, to] = across(ys, j);
        cells.seams.push_back({place[0], ys[j], xs[i], xs[i + 1], from, to, colour});
      }
    }
  }
  return cells;
}

// Legend of missing values: cells without a number, and means in which some values are missing.
void explain_gaps(Page& page, const Dataset& data, const Map& map) {
  const std::string reason = data.attribute("missing");
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const bool number = std::isfinite(map.values[i]);
    if (map.failed[i]) {
      explain(page.legend, {.mark = LegendEntry::Mark::hatch,
                            .style = std::string(number ? "#FFFFFF" : missing_colour),
                            .text = number ? "some seeds diverged or did not finish: the others' mean"
                                           : "no value: diverged or not finished"});
    } else if (!number) {
      explain(page.legend, {.mark = LegendEntry::Mark::band,
                            .style = std::string(missing_colour),
                            .text = "no value" + (reason.empty() ? "" : ": " + plain(reason))});
    }
  }
}

Panel draw(const Dataset& data, const Map& map, const std::string& variable, const ColourScale& scale, Page& page) {
  const std::string name = next_name(page);
  const Axis& x = map.x;
  const Axis& y = map.y;
  const auto xs = cell_edges(x);
  const auto ys = cell_edges(y);
  const Cells cells = cells_of(map, xs, ys, scale);

  Panel panel{.colour_bar = true, .aspect = axes_aspect};
  panel.commands =
      scale_settings("x", x, xs) + scale_settings("y", y, ys) + colour_settings(scale, short_label(data[variable]));
  const auto lines = regime_lines(data, x, y, xs, ys);
  std::vector<std::string> plots;
  const auto add_cells = [&](const char* which, const Rows& rows, const std::string& style) {
    if (rows.empty()) return;
    panel.data += data_block(name + which, rows);
    plots.push_back(fmt::format("${}{} using 1:2:3:4:5:6:7 with boxxyerror {}", name, which, style));
  };
  if (cells.exact.size() < map.values.size()) {
    // The background is visible where there is no cell.
    panel.commands += fmt::format(
        "set object rectangle from graph 0,0 to graph 1,1 behind fillcolor rgb '{}' fillstyle solid noborder\n",
        missing_colour);
  }
  const std::string coloured = "linecolor palette fillstyle solid noborder";
  add_cells("_seams", cells.seams, coloured);
  add_cells("_cells", cells.exact, coloured);
  add_cells("_failed", cells.failed, fmt::format("linecolor rgb variable fillstyle {}", hatch_pattern));
  if (!cells.exact.empty()) {
    const auto contours =
        draw_contours(x, y, map.values, scale, contour_levels(variable, scale), dots_along(lines, xs, ys));
    if (!contours.rows.empty()) {
      panel.data += data_block(name + "_contours", contours.rows);
      panel.commands += contours.labels;
      plots.push_back(fmt::format("${}_contours using 1:2:3 with lines linecolor rgb variable linewidth 0.7", name));
    }
  }
  if (plots.empty()) plots.emplace_back("NaN");
  Rows ends;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    for (const auto& point : lines[i].ends) ends.push_back({point.x, point.y});
    ends.emplace_back();
    ends.emplace_back();
    const std::string halo = "linecolor rgb 'white' linewidth 2.6";
    const std::string style = fmt::format("linecolor rgb 'black' linewidth 1.3 dashtype {}", lines[i].dashes);
    for (const auto& drawn : {halo, style}) {
      plots.push_back(fmt::format("${}_regimes using 1:2 index {} with lines {}", name, i, drawn));
    }
    explain(page.legend, {.style = style, .text = lines[i].text, .halo = halo});
  }
  if (!ends.empty()) panel.data += data_block(name + "_regimes", ends);
  explain_gaps(page, data, map);
  panel.commands += fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
  return panel;
}

struct MapRoles {
  std::vector<Axis> plane;
  std::vector<Axis> panels;  // at most one
};

// Two axes of numbers, and perhaps one of texts or of few numbers, which are compared.
MapRoles map_roles_of(std::vector<Axis> axes) {
  const auto all = axes;
  MapRoles roles;
  if (axes.size() == 3) {
    take_axis(axes, roles.panels, [](const Axis& a) { return a.of_texts(); });
    const auto shorter = [](const Axis& a, const Axis& b) { return a.size() < b.size(); };
    const auto shortest = std::min_element(axes.begin(), axes.end(), shorter);
    if (roles.panels.empty() && shortest->size() <= 4) {
      take_axis(axes, roles.panels, [name = shortest->name](const Axis& a) { return a.name == name; });
    }
  }
  const std::size_t least = roles.panels.empty() ? 2 : 3;  // two rows are compared better as lines
  const auto spans = [&](const Axis& a) { return !a.of_texts() && a.size() >= least && a.distinct(); };
  if (axes.size() != 2 || !std::all_of(axes.begin(), axes.end(), spans)) {
    nothing_to_plot("two axes of numbers for a heat map", fmt::format("{}", fmt::join(order_of({all}), ", ")));
  }
  if (axes[0].name == "width_exponent" && axes[1].name == "variance_exponent") std::swap(axes[0], axes[1]);
  roles.plane = std::move(axes);
  return roles;
}

// One of the maps of a table whose last two dimensions are the plane: number `which`, in the order of its axes.
Map map_of(const std::vector<Axis>& plane, const std::vector<double>& values, const std::vector<bool>& failed,
           std::size_t which) {
  Map map{.x = plane[0], .y = plane[1], .values = {}, .failed = {}};
  const auto columns = plane[0].order();
  const auto rows = plane[1].order();
  const auto sort = [](Axis& axis, const Axis& from, const std::vector<std::size_t>& order) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      axis.values[i] = from.values[order[i]];
      axis.places[i] = from.places[order[i]];
    }
  };
  sort(map.x, plane[0], columns);
  sort(map.y, plane[1], rows);
  const std::size_t start = which * columns.size() * rows.size();
  for (const std::size_t i : columns) {
    for (const std::size_t j : rows) {
      map.values.push_back(values[start + i * rows.size() + j]);
      map.failed.push_back(failed[start + i * rows.size() + j]);
    }
  }
  return map;
}

}  // namespace

void add_heatmap(Page& page, const Dataset& data, const std::string& variable) {
  const MapRoles roles = map_roles_of(varied_axes(data, data[variable]));
  const auto titles = panel_titles(variable, roles.panels);
  const auto order = order_of({roles.panels, roles.plane});
  const auto values = values_over(data, variable, order).mean;
  const auto failed = failed_over(data, variable, order);
  const ColourScale scale = colour_scale(values, axis_scale(data[variable]));
  for (std::size_t p = 0; p < titles.size(); ++p) {
    Panel panel = draw(data, map_of(roles.plane, values, failed, p), variable, scale, page);
    panel.title = long_label(data[variable]) + (titles[p].empty() ? "" : ", " + titles[p]);
    page.panels.push_back(std::move(panel));
  }
}

}  // namespace linnet::plots
