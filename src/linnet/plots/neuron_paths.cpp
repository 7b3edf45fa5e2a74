#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

// Without the colours that distinguish settings in other panels of the page.
constexpr const char* excites = "#E69F00";
constexpr const char* inhibits = "#000000";

/// The sign of each neuron's a_k at the end of each path, where the file has it; else 0.
std::vector<double> readouts_of(const Dataset& data, std::vector<std::string> order, std::size_t size) {
  if (!data.has("neuron_readout")) return std::vector<double>(size, 0.0);
  order.pop_back();  // its coordinates
  return values_over(data, "neuron_readout", order).mean;
}

std::string colour_of(double readout) { return readout > 0 ? excites : readout < 0 ? inhibits : "#444444"; }

/// Rays from the origin along the teacher's neurons, as long as the picture.
std::vector<std::vector<double>> teacher_rays(const Dataset& data, double length, bool excitatory) {
  std::vector<std::vector<double>> rows;
  const auto directions = data["teacher_direction"].as_reals();
  const auto readouts = data["teacher_readout"].as_reals();
  if (directions.size() != 2 * readouts.size())
    nothing_to_plot("two directions for each readout of a teacher", "others");
  for (std::size_t k = 0; k < readouts.size(); ++k) {
    if ((readouts[k] > 0) != excitatory) continue;
    const double x = directions[2 * k];
    const double y = directions[2 * k + 1];
    const double scale = length / std::max(std::hypot(x, y), 1e-300);
    rows.push_back({0, 0});
    rows.push_back({scale * x, scale * y});
    rows.emplace_back();
  }
  return rows;
}

}  // namespace

bool has_neuron_paths(const Dataset& data, const Variable& variable) {
  return has_dimension(variable, "time") && has_dimension(variable, "neuron") && has_dimension(variable, "input") &&
         data.length("input") == 2;
}

// A line for each neuron from a grey dot to one in the colour of its a_k, in a square with the origin in its middle.
void add_neuron_paths(Page& page, const Dataset& data, const std::string& name) {
  const Variable& variable = data[name];
  auto axes = varied_axes(data, variable);
  axes.erase(
      std::remove_if(axes.begin(), axes.end(), [](const Axis& a) { return a.name == "neuron" || a.name == "input"; }),
      axes.end());
  const auto titles = panel_titles(name, axes);
  std::vector<std::string> order = order_of({axes});
  order.insert(order.end(), {"neuron", "time", "input"});
  const auto values = values_over(data, name, order).mean;
  const auto neurons = static_cast<std::size_t>(data.length("neuron"));
  const auto times = static_cast<std::size_t>(data.length("time"));
  const auto readouts = readouts_of(data, order, values.size() / 2);
  for (std::size_t p = 0; p < titles.size(); ++p) {
    Panel panel{.title = titles[p].empty() ? long_label(variable) : titles[p]};
    std::array<std::vector<std::vector<double>>, 3> lines;  // a_k < 0, unknown, a_k > 0
    std::array<std::vector<std::vector<double>>, 3> ends;
    std::vector<std::vector<double>> starts;
    double most = 0;
    for (std::size_t k = 0; k < neurons; ++k) {
      std::vector<std::vector<double>> path;
      double readout = 0;
      for (std::size_t i = 0; i < times; ++i) {
        const std::size_t at = (p * neurons + k) * times + i;
        const double x = values[2 * at];
        const double y = values[2 * at + 1];
        if (!std::isfinite(x) || !std::isfinite(y)) continue;
        path.push_back({x, y});
        readout = readouts[at];
        most = std::max({most, std::abs(x), std::abs(y)});
      }
      if (path.empty()) continue;
      const std::size_t group = readout > 0 ? 2 : readout < 0 ? 0 : 1;
      starts.push_back(path.front());
      ends[group].push_back(path.back());
      lines[group].insert(lines[group].end(), path.begin(), path.end());
      lines[group].emplace_back();
    }
    if (starts.empty()) nothing_to_plot("finite numbers along the run", "none");
    most *= 1.08;
    std::vector<std::string> plots;
    const std::string block = next_name(page);
    const auto add = [&](const std::string& suffix, const std::vector<std::vector<double>>& rows,
                         const std::string& style) {
      if (rows.empty()) return;
      panel.data += data_block(block + suffix, rows);
      plots.push_back(fmt::format("${}{} using 1:2 with {}", block, suffix, style));
    };
    if (data.has("teacher_direction")) {
      for (const bool excitatory : {true, false}) {
        const std::string style =
            fmt::format("linecolor rgb '{}' linewidth 1.6 dashtype 2", excitatory ? excites : inhibits);
        const auto rays = teacher_rays(data, 1.4 * most, excitatory);
        add(excitatory ? "_teacher_up" : "_teacher_down", rays, "lines " + style);
        if (!rays.empty()) {
          explain(page.legend, {.style = style, .text = excitatory ? "teacher, a > 0" : "teacher, a < 0"});
        }
      }
    }
    for (std::size_t g = 0; g < 3; ++g) {
      const std::string colour = colour_of(static_cast<double>(g) - 1);
      add(fmt::format("_lines_{}", g), lines[g], fmt::format("lines linecolor rgb '{}' linewidth 0.7", colour));
    }
    add("_starts", starts, "points linecolor rgb '#999999' pointtype 7 pointsize 0.35");
    for (std::size_t g = 0; g < 3; ++g) {
      const std::string style =
          fmt::format("linecolor rgb '{}' pointtype 7 pointsize 0.55", colour_of(static_cast<double>(g) - 1));
      add(fmt::format("_ends_{}", g), ends[g], "points " + style);
      if (!ends[g].empty() && g != 1) {
        explain(page.legend, {.mark = LegendEntry::Mark::points,
                              .style = style,
                              .text = g == 2 ? "neuron, a > 0, at the end" : "neuron, a < 0, at the end"});
      }
    }
    explain(page.legend, {.mark = LegendEntry::Mark::points,
                          .style = "linecolor rgb '#999999' pointtype 7 pointsize 0.5",
                          .text = "at the start"});
    panel.aspect = 1;
    panel.commands = line_plot_settings;
    for (const auto& [letter, label] : {std::pair("x", "|a| w_1"), std::pair("y", "|a| w_2")}) {
      panel.commands += fmt::format("set {}range [{:.6g}:{:.6g}]\nset {}label {}\n", letter, -most, most, letter,
                                    label_literal(label));
      panel.commands += tic_setting(letter, {.least = -most, .most = most});
    }
    panel.commands += fmt::format("plot {}\n", fmt::join(plots, ", \\\n     "));
    page.panels.push_back(std::move(panel));
  }
}

}  // namespace linnet::plots
