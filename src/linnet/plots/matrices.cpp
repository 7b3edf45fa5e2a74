#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

// In sides of a square.
constexpr double square_gap = 0.12;
constexpr double heading = 0.3;       // for the labels of the columns
constexpr double least_across = 5.5;  // fewer squares grow no larger than so many in a row

struct MatrixRoles {
  std::vector<Axis> rows;     // at most one
  std::vector<Axis> columns;  // at most one: time, where there is time
  std::vector<Axis> panels;
};

MatrixRoles matrix_roles_of(const Dataset& data, const Variable& variable) {
  auto axes = varied_axes(data, variable);
  MatrixRoles roles;
  std::vector<Axis> dynamics;
  take_axis(axes, dynamics, [](const Axis& a) { return a.name == "dynamics"; });
  const auto take_last = [&](std::vector<Axis>& role) {
    take_series(axes, role);
    if (role.empty() && !axes.empty())
      take_axis(axes, role, [name = axes.back().name](const Axis& a) { return a.name == name; });
    if (role.empty()) role.swap(dynamics);
  };
  if (has_dimension(variable, "time")) {
    roles.columns.push_back(axis_of(data, "time"));
  } else if (!dynamics.empty()) {
    roles.columns.swap(dynamics);
  } else {
    take_last(roles.columns);
  }
  take_last(roles.rows);
  roles.panels = std::move(axes);
  roles.panels.insert(roles.panels.end(), dynamics.begin(), dynamics.end());
  return roles;
}

// Evenly chosen indices, the ends among them, where there are more than fit.
std::vector<std::size_t> chosen(const std::vector<Axis>& axis, std::size_t most) {
  const std::size_t count = axis.empty() ? 1 : axis[0].size();
  const std::size_t shown = std::min(count, most);
  std::vector<std::size_t> indices;
  for (std::size_t k = 0; k < shown; ++k) indices.push_back(shown == count ? k : k * (count - 1) / (shown - 1));
  return indices;
}

// Each square on its own scale, the largest entry 1: similarities grow by orders of magnitude, and what is compared
// is their pattern.
void scale_squares(std::vector<double>& values, std::size_t entries) {
  for (std::size_t start = 0; start < values.size(); start += entries) {
    double largest = 0;
    for (std::size_t i = start; i < start + entries; ++i) {
      if (std::isfinite(values[i])) largest = std::max(largest, std::abs(values[i]));
    }
    for (std::size_t i = start; largest > 0 && i < start + entries; ++i) values[i] /= largest;
  }
}

double place(std::size_t index) { return static_cast<double>(index) * (1 + square_gap); }

// Blue is below 0, red above, white is 0; of one sign the page's own palette serves.
std::string square_colours(const Range& range, const std::string& label) {
  std::string text;
  double least = range.least >= 0 && range.least < 0.3 * range.most ? 0 : range.least;
  double most = range.most > least ? range.most : least + std::max(1e-9, 1e-3 * std::abs(least));
  if (range.least < 0 && range.most > 0) {
    most = std::max(-range.least, range.most);
    least = -most;
    text =
        "set palette defined (0 '#2166AC', 1 '#67A9CF', 2 '#D1E5F0', 3 '#F7F7F7', 4 '#FDDBC7', 5 '#EF8A62', "
        "6 '#B2182B') maxcolors 256\n";
  }
  text += fmt::format("set cbrange [{:.9g}:{:.9g}]\nset format cb '%g'\n", least, most);
  return text + fmt::format("set cbtics offset -0.5,0 font ',7'\nset cblabel {} offset 0.3,0\n", label_literal(label));
}

// A label of several lines, its middle at (x, y).
std::string label_at(double x, double y, const std::string& text, double width, const char* settings) {
  const auto lines = wrapped(text, width);
  std::string labels;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double up = 0.5 * static_cast<double>(lines.size() - 1) - static_cast<double>(i);
    labels += fmt::format("set label {} at first {:.5g},{:.5g} front font ',7' {},{:.3g}\n", label_literal(lines[i]), x,
                          y, settings, up);
  }
  return labels;
}

// One square: its frame, and its entries from the upper left row by row.
void add_square(std::size_t row, std::size_t column, const double* values, std::size_t items,
                std::vector<std::vector<double>>& frames, std::vector<std::vector<double>>& cells) {
  const double left = place(column);
  const double top = 0 - place(row);
  frames.insert(frames.end(), {{left, top}, {left + 1, top}, {left + 1, top - 1}, {left, top - 1}, {left, top}, {}});
  const double side = 1 / static_cast<double>(items);
  const auto there = [&](std::size_t i, std::size_t j) {
    return i < items && j < items && std::isfinite(values[i * items + j]);
  };
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      const double value = values[i * items + j];
      if (!there(i, j)) continue;
      const double x = left + side * static_cast<double>(j);
      const double y = top - side * static_cast<double>(i);
      // A little under the neighbours that are drawn later: no seams in any viewer, and nothing where there are none.
      const double right = there(i, j + 1) ? 1.05 * side : side;
      const bool corner = right == side || there(i + 1, j + 1);
      const double down = corner && there(i + 1, j) ? 1.05 * side : side;
      cells.push_back({x + side / 2, y - side / 2, x, x + right, y - down, y, value});
    }
  }
}

}  // namespace

void add_matrices(Page& page, const Dataset& data, const std::string& variable_name) {
  const Variable& variable = data[variable_name];
  if (data.length("input") != data.length("input_2")) nothing_to_plot("squares over the input items", "other matrices");
  const MatrixRoles roles = matrix_roles_of(data, variable);
  const auto titles = panel_titles(variable_name, roles.panels);
  auto order = order_of({roles.panels, roles.rows, roles.columns});
  order.insert(order.end(), {"input", "input_2"});
  auto values = values_over(data, variable_name, order).mean;
  const auto items = static_cast<std::size_t>(data.length("input"));
  scale_squares(values, items * items);
  const std::size_t rows = roles.rows.empty() ? 1 : roles.rows[0].size();
  const std::size_t columns = roles.columns.empty() ? 1 : roles.columns[0].size();
  const auto shown_rows = chosen(roles.rows, 10);
  const auto shown_columns = chosen(roles.columns, 6);

  const double across = place(shown_columns.size()) - square_gap;
  const double down = place(shown_rows.size()) - square_gap;
  const double width = std::max(across, least_across);
  const double left = -(width - across) / 2;
  std::string settings = "unset border\nunset tics\n";
  settings +=
      fmt::format("set xrange [{:.5g}:{:.5g}]\nset yrange [{:.5g}:{:.5g}]\n", left, left + width, -down, heading);
  settings +=
      fmt::format("set xlabel 'in each square, rows and columns are the input items 1–{}' offset 0,-0.2\n", items);
  settings += square_colours(range_of(values), short_label(variable) + " / largest in the square");
  for (std::size_t r = 0; !roles.rows.empty() && r < shown_rows.size(); ++r) {
    settings += label_at(0, -0.5 - place(r), text_of(roles.rows[0], shown_rows[r]), 1.4, "right offset -0.5");
  }
  for (std::size_t c = 0; !roles.columns.empty() && c < shown_columns.size(); ++c) {
    settings +=
        label_at(place(c) + 0.5, heading / 2, text_of(roles.columns[0], shown_columns[c]), 2, "center offset 0");
  }

  for (std::size_t p = 0; p < titles.size(); ++p) {
    const std::string name = next_name(page);
    std::vector<std::vector<double>> frames;
    std::vector<std::vector<double>> cells;
    for (std::size_t r = 0; r < shown_rows.size(); ++r) {
      for (std::size_t c = 0; c < shown_columns.size(); ++c) {
        const std::size_t square = (p * rows + shown_rows[r]) * columns + shown_columns[c];
        add_square(r, c, values.data() + square * items * items, items, frames, cells);
      }
    }
    std::vector<std::string> plots;
    // What no entry covers is grey.
    plots.push_back(
        fmt::format("${}_frames using 1:2 with filledcurves closed fillcolor rgb '{}' fillstyle solid noborder", name,
                    missing_colour));
    if (!cells.empty()) {
      plots.push_back(fmt::format(
          "${}_cells using 1:2:3:4:5:6:7 with boxxyerror linecolor palette fillstyle solid noborder", name));
    }
    plots.push_back(fmt::format("${}_frames using 1:2 with lines linecolor rgb '#8C8C8C' linewidth 0.5", name));
    if (cells.size() < shown_rows.size() * shown_columns.size() * items * items) explain_missing(page, data);
    page.panels.push_back(
        {.title = long_label(variable) + (titles[p].empty() ? "" : ", " + titles[p]),
         .data = data_block(name + "_frames", frames) + (cells.empty() ? "" : data_block(name + "_cells", cells)),
         .commands = settings + fmt::format("plot {}\n", fmt::join(plots, ", \\\n     ")),
         .colour_bar = true,
         .aspect = (down + heading) / width,
         .sixths = 6});
  }
}

}  // namespace linnet::plots
