#include "linnet/plots/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

// All lengths in cm.
constexpr double padding = 0.15;
constexpr double line_height = 0.4;
constexpr double left_margin = 1.6;
constexpr double right_margin = 0.35;
constexpr double colour_bar_margin = 2.05;
constexpr double tick_labels = 0.55;
constexpr double sample_length = 0.75;
constexpr double legend_gap = 0.5;

class Ruler {
 public:
  Ruler(double width, double height) : width_(width), height_(height) {}
  [[nodiscard]] std::string x(double cm) const { return fmt::format("{:.5f}", cm / width_); }
  [[nodiscard]] std::string y(double cm) const { return fmt::format("{:.5f}", cm / height_); }
  [[nodiscard]] std::string at(double left, double bottom) const {
    return fmt::format("screen {},{}", x(left), y(bottom));
  }

 private:
  double width_;
  double height_;
};

struct LegendShape {
  int columns = 0;
  int rows = 0;
  double column_width = 0;
};

LegendShape legend_shape(const std::vector<LegendEntry>& legend, double width) {
  if (legend.empty()) return {};
  double widest = 0;
  for (const auto& entry : legend) widest = std::max(widest, text_width(entry.text));
  LegendShape shape{.column_width = sample_length + 0.15 + widest + legend_gap};
  const int count = static_cast<int>(legend.size());
  shape.columns = std::clamp(static_cast<int>((width + legend_gap) / shape.column_width), 1, count);
  shape.rows = (count + shape.columns - 1) / shape.columns;
  shape.columns = (count + shape.rows - 1) / shape.rows;
  return shape;
}

double legend_height(const std::vector<LegendEntry>& legend, double width) {
  return legend.empty() ? 0 : line_height * legend_shape(legend, width).rows + 0.1;
}

// Centred in [left, left + width], its first row just below `top`.
std::string draw_legend(const std::vector<LegendEntry>& legend, const Ruler& ruler, double left, double width,
                        double top) {
  const LegendShape shape = legend_shape(legend, width);
  std::string text;
  const double used = shape.columns * shape.column_width - legend_gap;
  const double start = left + std::max(0.0, (width - used) / 2);
  for (std::size_t i = 0; i < legend.size(); ++i) {
    const auto& entry = legend[i];
    const int column = static_cast<int>(i) % shape.columns;
    const int row = static_cast<int>(i) / shape.columns;
    const double x = start + column * shape.column_width;
    const double y = top - line_height * (row + 0.5);
    switch (entry.mark) {
      case LegendEntry::Mark::line:
        for (const auto& style : {entry.halo, entry.style}) {
          if (style.empty()) continue;
          text += fmt::format("set arrow from {} to {} nohead front {}\n", ruler.at(x, y),
                              ruler.at(x + sample_length, y), style);
        }
        break;
      case LegendEntry::Mark::band:
        text += fmt::format("set object rectangle from {} to {} front fillcolor rgb '{}' fillstyle solid noborder\n",
                            ruler.at(x, y - 0.11), ruler.at(x + sample_length, y + 0.11), entry.style);
        break;
      case LegendEntry::Mark::points:
        text += fmt::format("set label '' at {} front point {}\n", ruler.at(x + sample_length / 2, y), entry.style);
        break;
    }
    text += fmt::format("set label {} at {} left front\n", label_literal(entry.text),
                        ruler.at(x + sample_length + 0.15, y));
  }
  return text;
}

struct Place {
  double left, right, bottom, top;  // of the axes
  double legend_top;
};

std::string draw_panel(const Panel& panel, std::size_t index, std::size_t panels, const Place& place,
                       double panel_width, const Ruler& ruler) {
  std::string text = fmt::format(
      "set lmargin at screen {}\nset rmargin at screen {}\nset bmargin at screen {}\nset tmargin at screen {}\n",
      ruler.x(place.left), ruler.x(place.right), ruler.y(place.bottom), ruler.y(place.top));
  std::string title = panel.title;
  if (panels > 1) title = fmt::format("{{/:Bold ({})}} {}", static_cast<char>('a' + index % 26), title);
  const double corner = place.left - left_margin + padding;
  const auto lines = wrapped(title, panel_width - 2 * padding);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double above = 0.15 + line_height * (static_cast<double>(lines.size() - i) - 0.5);
    text +=
        fmt::format("set label {} at {} left front\n", label_literal(lines[i]), ruler.at(corner, place.top + above));
  }
  if (panel.colour_bar) {
    text += fmt::format("set colorbox vertical user origin {} size {},{} border\n",
                        ruler.at(place.right + 0.2, place.bottom), ruler.x(0.28), ruler.y(place.top - place.bottom));
  } else {
    text += "unset colorbox\n";
  }
  text += draw_legend(panel.legend, ruler, corner, panel_width - 2 * padding, place.legend_top);
  return text + panel.commands;
}

constexpr const char* common_settings =
    "set minussign\n"
    "set linetype 1 linewidth 1\n"
    "set border linewidth 0.6 linecolor rgb '#333333'\n"
    "set tics nomirror out scale 0.6,0.3 font ',7'\n"
    "set xtics offset 0,0.3\n"
    "set ytics offset 0.4,0\n"
    "set xlabel offset 0,0.5\n"
    "set ylabel offset 0.8,0\n"
    "unset key\n"
    "set style data lines\n"
    // viridis: even in lightness, readable in grey and by colour-blind readers
    "set palette defined (0 '#440154', 1 '#482878', 2 '#3E4A89', 3 '#31688E', 4 '#26828E', 5 '#1F9E89', 6 '#35B779', "
    "7 '#6DCD59', 8 '#B4DE2C', 9 '#FDE725') maxcolors 256\n";

}  // namespace

void explain(std::vector<LegendEntry>& legend, const LegendEntry& entry) {
  if (std::find(legend.begin(), legend.end(), entry) == legend.end()) legend.push_back(entry);
}

int columns_of(std::size_t panels) { return panels > 1 ? 2 : 1; }

std::string compose(const Page& page, double panel_width, Format format, const std::filesystem::path& output) {
  const auto columns = static_cast<std::size_t>(columns_of(page.panels.size()));
  const std::size_t rows = (page.panels.size() + columns - 1) / columns;
  const double width = panel_width * static_cast<double>(columns);
  const double inner = width - 2 * padding;

  const auto title = page.title.empty() ? std::vector<std::string>{} : wrapped(page.title, inner / 1.2);
  const double head = padding + (title.empty() ? 0 : 0.1 + 0.45 * static_cast<double>(title.size()));
  double height = head;
  std::vector<Place> places;
  for (std::size_t row = 0; row < rows; ++row) {
    double above = 0;
    double axes = 0;
    double labels = 0;
    double legend = 0;
    const std::size_t end = std::min(page.panels.size(), (row + 1) * columns);
    for (std::size_t i = row * columns; i < end; ++i) {
      const Panel& panel = page.panels[i];
      const auto lines = wrapped(panel.title + "(a) ", panel_width - 2 * padding).size();
      above = std::max(above, 0.15 + line_height * static_cast<double>(lines));
      const double margin = left_margin + (panel.colour_bar ? colour_bar_margin : right_margin);
      axes = std::max(axes, panel.aspect * (panel_width - margin));
      labels = std::max(labels, tick_labels + line_height * panel.label_lines + 0.1);
      legend = std::max(legend, legend_height(panel.legend, panel_width - 2 * padding));
    }
    for (std::size_t i = row * columns; i < end; ++i) {
      const double corner = panel_width * static_cast<double>(i - row * columns);
      const double right = page.panels[i].colour_bar ? colour_bar_margin : right_margin;
      // Measured from the page's top until its height is known.
      places.push_back({.left = corner + left_margin,
                        .right = corner + panel_width - right,
                        .bottom = height + above + axes,
                        .top = height + above,
                        .legend_top = height + above + axes + labels});
    }
    height += above + axes + labels + legend + (row + 1 < rows ? 0.15 : 0);
  }
  const double foot = height + 0.05;
  height = foot + legend_height(page.legend, inner) + padding;
  for (auto& place : places) {
    place.bottom = height - place.bottom;
    place.top = height - place.top;
    place.legend_top = height - place.legend_top;
  }

  const Ruler ruler(width, height);
  std::string text = terminal_commands(format, output, width, height);
  for (const auto& panel : page.panels) text += panel.data;
  text += "set multiplot\n";
  for (std::size_t i = 0; i < page.panels.size(); ++i) {
    text += std::string("reset\n") + common_settings;
    if (i == 0) {
      for (std::size_t line = 0; line < title.size(); ++line) {
        text += fmt::format("set label {} at {} center front font ',9'\n", label_literal(title[line]),
                            ruler.at(width / 2, height - padding - 0.45 * (static_cast<double>(line) + 0.5)));
      }
      text += draw_legend(page.legend, ruler, padding, inner, height - foot);
    }
    text += draw_panel(page.panels[i], i, page.panels.size(), places[i], panel_width, ruler);
  }
  return text + "unset multiplot\nset output\n";
}

}  // namespace linnet::plots
