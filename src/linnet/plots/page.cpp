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
constexpr double right_margin = 0.45;  // half of "10000" under the end of the axis
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
  double head = 0;
};

LegendShape legend_shape(const std::vector<LegendEntry>& legend, double width, const std::string& head) {
  if (legend.empty()) return {};
  double widest = 0;
  for (const auto& entry : legend) widest = std::max(widest, text_width(entry.text));
  LegendShape shape{.column_width = sample_length + 0.15 + widest + legend_gap,
                    .head = head.empty() ? 0 : text_width(head) + legend_gap};
  width -= shape.head;
  const int count = static_cast<int>(legend.size());
  shape.columns = std::clamp(static_cast<int>((width + legend_gap) / shape.column_width), 1, count);
  shape.rows = (count + shape.columns - 1) / shape.columns;
  shape.columns = (count + shape.rows - 1) / shape.rows;
  return shape;
}

double legend_height(const std::vector<LegendEntry>& legend, double width, const std::string& head = {}) {
  return legend.empty() ? 0 : line_height * legend_shape(legend, width, head).rows + 0.1;
}

// Centred in [left, left + width], its first row just below `top`.
std::string draw_legend(const std::vector<LegendEntry>& legend, const Ruler& ruler, double left, double width,
                        double top, const std::string& head = {}) {
  const LegendShape shape = legend_shape(legend, width, head);
  std::string text;
  const double used = shape.head + shape.columns * shape.column_width - legend_gap;
  const double start = left + std::max(0.0, (width - used) / 2) + shape.head;
  if (!head.empty()) {
    text += fmt::format("set label {} at {} left front\n", label_literal(head),
                        ruler.at(start - shape.head, top - line_height / 2));
  }
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
      case LegendEntry::Mark::hatch:
        text += fmt::format("set object rectangle from {} to {} front fillcolor rgb '{}' fillstyle solid noborder\n",
                            ruler.at(x, y - 0.11), ruler.at(x + sample_length, y + 0.11), entry.style);
        if (entry.mark == LegendEntry::Mark::band) break;
        text += fmt::format("set object rectangle from {} to {} front fillcolor rgb '{}' fillstyle {}\n",
                            ruler.at(x, y - 0.11), ruler.at(x + sample_length, y + 0.11), hatch_colour, hatch_pattern);
        break;
      case LegendEntry::Mark::bar:
        text += fmt::format("set arrow from {} to {} heads size screen {},90 front {}\n",
                            ruler.at(x + sample_length / 2, y - 0.14), ruler.at(x + sample_length / 2, y + 0.14),
                            ruler.x(0.06), entry.style);
        break;
      case LegendEntry::Mark::points:
        text += fmt::format("set label '' at {} front point {}\n", ruler.at(x + sample_length / 2, y), entry.style);
        break;
      case LegendEntry::Mark::none:
        break;
    }
    text += fmt::format("set label {} at {} left front\n", label_literal(entry.text),
                        ruler.at(x + sample_length + 0.15, y));
  }
  return text;
}

// As wide as that.
std::vector<LegendEntry> in_lines(const LegendEntry& entry, double width) {
  std::vector<LegendEntry> lines;
  for (const auto& text : wrapped(entry.text, width - sample_length - 0.15)) {
    lines.push_back(lines.empty() ? entry : LegendEntry{.mark = LegendEntry::Mark::none, .style = "", .text = ""});
    lines.back().text = text;
  }
  return lines;
}

struct Place {
  double width;                     // of the panel
  double left, right, bottom, top;  // of the axes
  double legend_top;
};

// Most numbers have five characters; the label stands beside them.
double left_of(const Panel& panel) { return left_margin + 0.24 * std::max(0, panel.tic_length - 5); }

double axes_width(const Panel& panel, double width) {
  return width - left_of(panel) - (panel.colour_bar ? colour_bar_margin : right_margin);
}

// The panels of each row, as the first one and the one after the last; those of a row are equally wide.
std::vector<std::pair<std::size_t, std::size_t>> rows_of(const std::vector<Panel>& panels) {
  std::vector<std::pair<std::size_t, std::size_t>> rows;
  int free = 0;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const int sixths = panels[i].sixths;
    if (free < sixths || panels[i - 1].sixths != sixths) {
      rows.emplace_back(i, i);
      free = 6;
    }
    free -= sixths;
    ++rows.back().second;
  }
  return rows;
}

char letter(std::size_t index) { return static_cast<char>('a' + index % 26); }

/// With its letter, in lines that fit into `width`.
std::vector<std::string> title_lines(const Panel& panel, std::size_t index, std::size_t panels, double width) {
  const std::string head = panels > 1 ? fmt::format("{{/:Bold ({})}} ", letter(index)) : std::string();
  return wrapped(head + panel.title, width - 2 * padding);
}

std::string draw_panel(const Panel& panel, std::size_t index, std::size_t panels, const Place& place,
                       const Ruler& ruler) {
  const double aside = panel.space ? 0.16 * (place.right - place.left) : 0;
  const double above = panel.space ? 0.1 * (place.top - place.bottom) : 0;
  std::string text = fmt::format(
      "set lmargin at screen {}\nset rmargin at screen {}\nset bmargin at screen {}\nset tmargin at screen {}\n",
      ruler.x(place.left + aside), ruler.x(place.right - aside), ruler.y(place.bottom + above),
      ruler.y(place.top - above));
  const double corner = place.left - left_of(panel) + padding;
  const auto lines = title_lines(panel, index, panels, place.width);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double up = 0.15 + line_height * (static_cast<double>(lines.size() - i) - 0.5);
    text += fmt::format("set label {} at {} left front\n", label_literal(lines[i]), ruler.at(corner, place.top + up));
  }
  if (panel.colour_bar) {
    text += fmt::format("set colorbox vertical user origin {} size {},{} border\n",
                        ruler.at(place.right + 0.2, place.bottom), ruler.x(0.28), ruler.y(place.top - place.bottom));
  } else {
    text += "unset colorbox\n";
  }
  text += draw_legend(panel.legend, ruler, corner, place.width - 2 * padding, place.legend_top);
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

int columns_of(const Page& page) {
  return page.panels.size() > 1 || (page.panels.size() == 1 && page.panels[0].sixths > 3) ? 2 : 1;
}

void narrow_curves(Page& page) {
  auto& panels = page.panels;
  const auto rows = rows_of(panels);
  for (std::size_t start = 0, end = 0; start < panels.size(); start = end) {
    for (end = start + 1; end < panels.size() && panels[end].curves == panels[start].curves;) ++end;
    const std::size_t count = end - start;
    const bool fills_up =
        std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.first < start && start < row.second; });
    if (!panels[start].curves || count < 3 || count == 4 || (count == 3 && fills_up)) continue;
    for (std::size_t i = start; i < end; ++i) {
      panels[i].sixths = 2;
      panels[i].aspect = 0.9;
    }
  }
}

namespace {

bool disjoint(const std::vector<LegendEntry>& a, const std::vector<LegendEntry>& b) {
  const auto is_in_b = [&](const LegendEntry& entry) { return std::find(b.begin(), b.end(), entry) != b.end(); };
  return !a.empty() && !b.empty() && std::none_of(a.begin(), a.end(), is_in_b);
}

}  // namespace

void share_legends(Page& page) {
  std::vector<LegendEntry> all;
  for (const auto& panel : page.panels) {
    for (const auto& entry : panel.legend) explain(all, entry);
  }
  bool apart = false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) apart = apart || all[i].style == all[k].style;
  }
  // Many are found sooner by their panels, as are those that no two panels share.
  constexpr std::size_t many = 12;
  apart = apart || all.size() > many;
  for (std::size_t i = 1; i < page.panels.size(); ++i) {
    apart = apart || disjoint(page.panels[i - 1].legend, page.panels[i].legend);
  }
  if (!apart) page.legend.insert(page.legend.begin(), all.begin(), all.end());
  for (std::size_t start = 0, end = 0; apart && start < page.panels.size(); start = end) {
    const auto& legend = page.panels[start].legend;
    for (end = start + 1; end < page.panels.size() && page.panels[end].legend == legend;) ++end;
    if (legend.empty()) continue;
    const std::string last = end > start + 1 ? fmt::format("–{}", letter(end - 1)) : "";
    page.groups.push_back({.head = fmt::format("{{/:Bold ({}{})}}", letter(start), last), .entries = legend});
  }
  for (auto& panel : page.panels) panel.legend.clear();
}

std::string compose(const Page& page, double panel_width, Format format,
                    const std::optional<std::filesystem::path>& output) {
  const auto columns = static_cast<std::size_t>(columns_of(page));
  const auto rows = rows_of(page.panels);
  const double width = panel_width * static_cast<double>(columns);
  const double inner = width - 2 * padding;
  const auto width_of = [&](const Panel& panel) { return columns == 1 ? width : width * panel.sixths / 6; };
  auto legends = page.groups;
  // A long text has lines of its own: it would keep the others from standing side by side.
  constexpr double long_text = 5;
  Legend common{.head = "", .entries = {}};
  std::vector<Legend> alone;
  for (const auto& entry : page.legend) {
    if (text_width(entry.text) > long_text) {
      alone.push_back({.head = "", .entries = in_lines(entry, inner)});
    } else {
      common.entries.push_back(entry);
    }
  }
  legends.push_back(common);
  legends.insert(legends.end(), alone.begin(), alone.end());

  const auto title = page.title.empty() ? std::vector<std::string>{} : wrapped(page.title, inner / 1.2);
  const double heading = padding + (title.empty() ? 0 : 0.1 + 0.45 * static_cast<double>(title.size()));
  double height = heading;
  std::vector<Place> places;
  for (const auto& [start, end] : rows) {
    double above = 0;
    double axes = 0;
    double labels = 0;
    double legend = 0;
    for (std::size_t i = start; i < end; ++i) {
      const Panel& panel = page.panels[i];
      const double own = width_of(panel);
      const auto lines = title_lines(panel, i, page.panels.size(), own).size();
      above = std::max(above, 0.15 + line_height * static_cast<double>(lines));
      axes = std::max(axes, panel.aspect * axes_width(panel, own));
      labels = std::max(labels, tick_labels + line_height * panel.label_lines + 0.1);
      legend = std::max(legend, legend_height(panel.legend, own - 2 * padding));
    }
    for (std::size_t i = start; i < end; ++i) {
      const double own = width_of(page.panels[i]);
      const double left = own * static_cast<double>(i - start) + left_of(page.panels[i]);
      // Measured from the page's top until its height is known.
      places.push_back({.width = own,
                        .left = left,
                        .right = left + axes_width(page.panels[i], own),
                        .bottom = height + above + axes,
                        .top = height + above,
                        .legend_top = height + above + axes + labels});
    }
    height += above + axes + labels + legend + (end < page.panels.size() ? 0.15 : 0);
  }
  const double foot = height + 0.05;
  height = foot + padding;
  for (const auto& [head, entries] : legends) height += legend_height(entries, inner, head);
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
      double top = height - foot;
      for (const auto& legend : legends) {
        text += draw_legend(legend.entries, ruler, padding, inner, top, legend.head);
        top -= legend_height(legend.entries, inner, legend.head);
      }
    }
    text += draw_panel(page.panels[i], i, page.panels.size(), places[i], ruler);
  }
  return text + "unset multiplot\n" + (output ? "set output\n" : "");
}

}  // namespace linnet::plots
