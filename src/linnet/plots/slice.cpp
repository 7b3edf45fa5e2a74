#include <fmt/format.h>

#include "linnet/plots/panels.hpp"
#include "linnet/plots/script.hpp"

namespace linnet::plots {

namespace {

std::string points_of(const Dataset& data, const std::string& block, const std::string& x, const std::string& y) {
  const auto xs = data[x].as_reals();
  const auto ys = data[y].as_reals();
  if (xs.size() != ys.size()) nothing_to_plot(fmt::format("as many {} as {}", x, y), "others");
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < xs.size(); ++i) rows.push_back({xs[i], ys[i], static_cast<double>(i)});
  return data_block(block, rows);
}

}  // namespace

void add_slice(Page& page, const Dataset& data) {
  if (!data.has("slice_cost")) {
    nothing_to_plot("a slice of the cost, of network.compare = \"greedy\" and record.slice > 0", "none");
  }
  add_heatmap(page, data, "slice_cost");
  Panel& panel = page.panels.back();
  const std::string path = next_name(page) + "_path";
  const std::string plateaus = next_name(page) + "_plateaus";
  panel.data += points_of(data, path, "path_x", "path_y") + points_of(data, plateaus, "plateau_x", "plateau_y");
  panel.title = "cost C, in the plane of the first three plateaus";
  // The map's plot command is the last of its lines, and is carried on.
  panel.commands.pop_back();
  const std::string halo = "linecolor rgb 'white' linewidth 3.2";
  const std::string line = fmt::format("linecolor rgb '{}' linewidth 1.6", line_colour(1));
  const std::string ring = "pointtype 7 pointsize 0.9 linecolor rgb 'white'";
  const std::string dot = "pointtype 7 pointsize 0.6 linecolor rgb 'black'";
  panel.commands += fmt::format(
      ", \\\n     ${0} using 1:2 with lines {2}, \\\n     ${0} using 1:2 with lines {3}, \\\n     ${1} using 1:2 with "
      "points "
      "{4}, \\\n     ${1} using 1:2 with points {5}\n",
      path, plateaus, halo, line, ring, dot);
  explain(panel.legend, {.style = line, .text = "the run, projected", .halo = halo});
  explain(panel.legend, {.mark = LegendEntry::Mark::points, .style = dot, .text = "plateaus of rank 0, 1, 2"});
}

}  // namespace linnet::plots
