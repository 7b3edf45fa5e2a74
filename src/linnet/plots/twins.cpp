#include "linnet/plots/twins.hpp"

#include <fmt/format.h>

#include <cmath>

namespace linnet::plots {

namespace {

// Shares of the axis.
constexpr double thickness = 0.01;

bool are_twins(const std::vector<double>& a, const std::vector<double>& b) {
  const auto is_seen = [](double height) { return height >= 0 && height <= 1; };
  std::size_t seen = 0;
  std::size_t apart = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!is_seen(a[i]) && !is_seen(b[i])) continue;
    ++seen;
    apart += std::abs(a[i] - b[i]) <= thickness ? 0 : 1;
  }
  return seen > 0 && 20 * apart <= seen;
}

}  // namespace

std::vector<Twin> twins(const std::vector<std::vector<double>>& lines, const YAxis& axis) {
  std::vector<std::vector<double>> heights = lines;
  for (auto& line : heights) {
    for (double& value : line) value = axis.height(value);
  }
  std::vector<Twin> result(lines.size());
  std::vector<bool> placed(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (placed[i]) continue;
    std::vector<std::size_t> group = {i};
    for (std::size_t k = i + 1; k < lines.size(); ++k) {
      if (!placed[k] && are_twins(heights[i], heights[k])) group.push_back(k);
    }
    for (std::size_t g = 0; g < group.size(); ++g) {
      result[group[g]] = {.which = g, .of = group.size()};
      placed[group[g]] = true;
    }
  }
  return result;
}

std::string turns(const Twin& twin) {
  if (twin.which == 0) return "";
  constexpr std::size_t each = 8;
  return fmt::format(" dashtype ({},{})", each * (twin.of - twin.which), each * twin.which);
}

}  // namespace linnet::plots
