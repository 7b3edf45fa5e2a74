#include "linnet/plots/contours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace linnet::plots {

namespace {

// A contour crosses each edge of the grid at most once, so edges name the points: two segments join where they share
// one.
struct Edge {
  std::size_t i, j;
  bool vertical;
  friend bool operator<(const Edge& a, const Edge& b) {
    return a.i != b.i ? a.i < b.i : a.j != b.j ? a.j < b.j : a.vertical < b.vertical;
  }
};

Point crossing(const Grid& grid, const Edge& edge, double level) {
  const double start = grid.at(edge.i, edge.j);
  const double end = edge.vertical ? grid.at(edge.i, edge.j + 1) : grid.at(edge.i + 1, edge.j);
  const double part = (level - start) / (end - start);
  const auto x = static_cast<double>(edge.i);
  const auto y = static_cast<double>(edge.j);
  return edge.vertical ? Point{x, y + part} : Point{x + part, y};
}

using Links = std::map<Edge, std::vector<Edge>>;

Links link_cells(const Grid& grid, double level) {
  Links links;
  const auto link = [&](const Edge& a, const Edge& b) {
    links[a].push_back(b);
    links[b].push_back(a);
  };
  for (std::size_t i = 0; i + 1 < grid.columns; ++i) {
    for (std::size_t j = 0; j + 1 < grid.rows; ++j) {
      // Corners and edges counterclockwise from the lower left.
      const std::array<double, 4> corner = {grid.at(i, j), grid.at(i + 1, j), grid.at(i + 1, j + 1), grid.at(i, j + 1)};
      if (std::any_of(corner.begin(), corner.end(), [](double v) { return !std::isfinite(v); })) continue;
      const std::array<Edge, 4> edge = {Edge{i, j, false}, Edge{i + 1, j, true}, Edge{i, j + 1, false},
                                        Edge{i, j, true}};
      std::vector<std::size_t> crossed;
      for (std::size_t k = 0; k < 4; ++k) {
        if ((corner[k] >= level) != (corner[(k + 1) % 4] >= level)) crossed.push_back(k);
      }
      if (crossed.size() == 2) {
        link(edge[crossed[0]], edge[crossed[1]]);
      } else if (crossed.size() == 4) {
        // A saddle: the mean of the corners decides which pair is connected through the middle.
        const bool high_middle = (corner[0] + corner[1] + corner[2] + corner[3]) / 4 >= level;
        const bool cut_first = (corner[0] >= level) != high_middle;
        link(edge[cut_first ? 0 : 1], edge[cut_first ? 3 : 0]);
        link(edge[cut_first ? 1 : 3], edge[2]);
      }
    }
  }
  return links;
}

Polyline follow(Links& links, Edge edge, const Grid& grid, double level) {
  Polyline line = {crossing(grid, edge, level)};
  while (!links[edge].empty()) {
    const Edge next = links[edge].back();
    links[edge].pop_back();
    auto& back = links[next];
    const auto same = [&](const Edge& other) { return !(other < edge) && !(edge < other); };
    back.erase(std::find_if(back.begin(), back.end(), same));
    edge = next;
    line.push_back(crossing(grid, edge, level));
  }
  return line;
}

}  // namespace

std::vector<Polyline> contour(const Grid& grid, double level) {
  Links links = link_cells(grid, level);
  std::vector<Edge> starts;
  // Open lines from their ends first; what is left then is closed.
  for (const auto& item : links) {
    if (item.second.size() == 1) starts.push_back(item.first);
  }
  for (const auto& item : links) starts.push_back(item.first);
  std::vector<Polyline> lines;
  for (const Edge& start : starts) {
    if (!links[start].empty()) lines.push_back(follow(links, start, grid, level));
  }
  return lines;
}

std::vector<double> round_levels(double least, double most, int count) {
  if (!(most > least) || count < 1) return {};
  const double rough = (most - least) / (count + 1);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  }
  std::vector<double> levels;
  const double margin = 1e-9 * step;
  for (double k = std::ceil((least + margin) / step); k * step < most - margin; ++k) levels.push_back(k * step);
  return levels;
}

}  // namespace linnet::plots
