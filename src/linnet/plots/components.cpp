#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

bool is_component(const std::string& dimension) {
  return dimension == "neuron" || dimension == "output" || dimension == "input" || dimension == "coefficient" ||
         dimension == "weight";
}

constexpr const char* all_colour = "#D3E3EF";
constexpr const char* half_colour = "#8FBBD9";

/// Least, lower quartile, median, upper quartile, most of what is finite.
std::vector<double> quartiles(std::vector<double> numbers) {
  numbers.erase(std::remove_if(numbers.begin(), numbers.end(), [](double v) { return !std::isfinite(v); }),
                numbers.end());
  if (numbers.empty()) return std::vector<double>(5, std::nan(""));
  std::sort(numbers.begin(), numbers.end());
  std::vector<double> result;
  for (const double part : {0.0, 0.25, 0.5, 0.75, 1.0}) {
    const double at = part * static_cast<double>(numbers.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, numbers.size() - 1);
    result.push_back(numbers[below] + (at - static_cast<double>(below)) * (numbers[above] - numbers[below]));
  }
  return result;
}

std::size_t components_of(const Dataset& data, const Variable& variable) {
  std::size_t count = 1;
  for (const auto& dimension : variable.dims) {
    if (is_component(dimension)) count *= static_cast<std::size_t>(data.length(dimension));
  }
  return count;
}

// For many components the median, the middle half and the full range; each combination of the other axes has its own
// panel.
void add_fan(Page& page, const Dataset& data, const std::string& name, std::size_t components) {
  const Variable& variable = data[name];
  auto axes = varied_axes(data, variable);
  axes.erase(std::remove_if(axes.begin(), axes.end(), [](const Axis& a) { return is_component(a.name); }), axes.end());
  const auto titles = panel_titles(name, axes);
  auto order = order_of({axes});
  order.emplace_back("time");
  std::copy_if(variable.dims.begin(), variable.dims.end(), std::back_inserter(order), is_component);
  const auto values = values_over(data, name, order).mean;
  const TimeAxis time = time_axis(data);
  const auto kept = kept_records(time.values.size());
  const AxisScale scale = axis_scale(variable);
  const Range range = scale.shown(range_of(values));
  const std::size_t each = values.size() / titles.size();
  for (std::size_t p = 0; p < titles.size(); ++p) {
    // The other dynamics of a comparison need not have neurons.
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(p * each);
    const auto end = begin + static_cast<std::ptrdiff_t>(each);
    if (titles.size() > 1 && std::none_of(begin, end, [](double v) { return std::isfinite(v); })) continue;
    Panel panel{.title = long_label(variable) + (titles[p].empty() ? "" : ", " + titles[p]),
                .label_lines = time.label_lines,
                .tic_length = tic_length(range, scale.decades(2)),
                .curves = true};
    std::vector<std::vector<double>> rows;
    for (const std::size_t i : kept) {
      const auto start = values.begin() + static_cast<std::ptrdiff_t>((p * time.values.size() + i) * components);
      auto& row = rows.emplace_back(std::vector<double>{time.values[i]});
      const auto parts = quartiles({start, start + static_cast<std::ptrdiff_t>(components)});
      row.insert(row.end(), parts.begin(), parts.end());
    }
    const std::string block = next_name(page);
    panel.data = data_block(block, rows);
    panel.commands = line_plot_settings + time.settings + fitting_y(range, scale.decades(2));
    panel.commands +=
        fmt::format("set ylabel {}{}\n", label_literal(short_label(variable)), upright_font(short_label(variable)));
    panel.commands += fmt::format(
        "plot ${0} using 1:2:6 with filledcurves fillcolor rgb '{1}' fillstyle solid noborder, \\\n"
        "     ${0} using 1:3:5 with filledcurves fillcolor rgb '{2}' fillstyle solid noborder, \\\n"
        "     ${0} using 1:4 with lines linecolor rgb '{3}' linewidth 1.4\n",
        block, all_colour, half_colour, line_colour(0));
    panel.legend = {{.style = fmt::format("linecolor rgb '{}' linewidth 1.4", line_colour(0)),
                     .text = fmt::format("median of {}", components)},
                    {.mark = LegendEntry::Mark::band, .style = half_colour, .text = "the middle half"},
                    {.mark = LegendEntry::Mark::band, .style = all_colour, .text = "from the least to the most"}};
    page.panels.push_back(std::move(panel));
  }
}

}  // namespace

bool has_components(const Variable& variable) {
  return !is_matrix(variable) && std::any_of(variable.dims.begin(), variable.dims.end(), is_component);
}

void add_components(Page& page, const Dataset& data, const std::string& name) {
  constexpr std::size_t few = 24;
  const std::size_t components = components_of(data, data[name]);
  if (components > few) {
    add_fan(page, data, name, components);
  } else {
    add_curves(page, data, name);
  }
}

}  // namespace linnet::plots
