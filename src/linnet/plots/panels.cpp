#include "linnet/plots/panels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

std::string next_name(const Page& page) { return fmt::format("p{}", page.panels.size() + 1); }

void nothing_to_plot(const std::string& expected, const std::string& got) {
  bad_input({.field = "data", .expected = expected, .got = got});
}

void take_axis(std::vector<Axis>& axes, std::vector<Axis>& role, const std::function<bool(const Axis&)>& is_it) {
  const auto found = std::find_if(axes.begin(), axes.end(), is_it);
  if (found == axes.end()) return;
  role.push_back(std::move(*found));
  axes.erase(found);
}

std::string tic_setting(const char* which, const Range& range) {
  const double step = std::max(range.most - range.least, 1e-300) / 4;
  const double power = std::pow(10, std::floor(std::log10(step)));
  const double part = step / power;
  return fmt::format("set {}tics {:g}\n", which, power * (part < 1.5 ? 1 : part < 3.5 ? 2 : part < 7.5 ? 5 : 10));
}

void take_series(std::vector<Axis>& axes, std::vector<Axis>& role) {
  take_axis(axes, role, [](const Axis& a) { return a.name == "mode" || a.name == "task"; });
  if (!role.empty()) return;
  const auto last = std::find_if(axes.rbegin(), axes.rend(), [](const Axis& a) { return !a.of_texts(); });
  if (last != axes.rend()) take_axis(axes, role, [name = last->name](const Axis& a) { return a.name == name; });
}

std::vector<std::string> names_along(const Axis& axis) {
  std::vector<std::string> names = axis.texts;
  for (const double number : axis.values) names.push_back(fmt::format("{} {:g}", axis.name, number));
  return names;
}

std::vector<std::string> order_of(const std::vector<std::vector<Axis>>& roles) {
  std::vector<std::string> order;
  for (const auto& role : roles) {
    for (const auto& axis : role) order.push_back(axis.name);
  }
  return order;
}

std::vector<std::string> panel_titles(const std::string& variable, const std::vector<Axis>& axes) {
  auto titles = combinations(axes);
  constexpr std::size_t most = 24;
  if (titles.size() > most) {
    nothing_to_plot(
        fmt::format("at most {} panels of \"{}\"", most, variable),
        fmt::format("{}, one for each combination of {}", titles.size(), fmt::join(order_of({axes}), ", ")));
  }
  return titles;
}

std::string series_colour(std::size_t i, std::size_t count) {
  return count <= 6 ? line_colour(i) : ramp_colour(static_cast<double>(i) / static_cast<double>(count - 1));
}

std::vector<LegendEntry> series_legend(const Axis& series) {
  // Of a long ramp some are enough, its ends among them.
  constexpr std::size_t most = 12;
  const std::size_t n = series.size();
  const std::size_t shown = n <= most || series.of_texts() ? n : 6;
  std::vector<LegendEntry> legend;
  for (std::size_t k = 0; k < shown; ++k) {
    const std::size_t i = shown == n ? k : k * (n - 1) / (shown - 1);
    legend.push_back(
        {.style = fmt::format("linecolor rgb '{}' linewidth 1.7", series_colour(i, n)), .text = text_of(series, i)});
  }
  return legend;
}

void explain_missing(Page& page, const Dataset& data, bool as_crosses) {
  explain(page.legend, {.mark = as_crosses ? LegendEntry::Mark::points : LegendEntry::Mark::band,
                        .style = as_crosses ? missing_cross : std::string(missing_colour),
                        .text = "no value: " + plain(data.attribute("missing", "diverged or not finished"))});
}

std::string upright_font(const std::string& label) {
  constexpr double length = 4.4;  // of most axes, in cm
  constexpr double least = 5;
  const double width = text_width(label);
  return width <= length ? "" : fmt::format(" font ',{:.1f}'", std::max(least, 8 * length / width));
}

}  // namespace linnet::plots
