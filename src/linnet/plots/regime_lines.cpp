#include "linnet/plots/regime_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace linnet::plots {

namespace {

// Where alpha x + beta y = c crosses the box, as the two ends of a segment.
std::optional<Polyline> clipped(double alpha, double beta, double c, const std::vector<double>& x,
                                const std::vector<double>& y) {
  Polyline ends;
  const auto keep = [&](Point p) {
    const double slack = 1e-9;
    const bool inside =
        p.x >= x.front() - slack && p.x <= x.back() + slack && p.y >= y.front() - slack && p.y <= y.back() + slack;
    const auto close = [&](const Point& q) { return std::abs(q.x - p.x) + std::abs(q.y - p.y) < 1e-7; };
    if (inside && std::none_of(ends.begin(), ends.end(), close)) ends.push_back(p);
  };
  for (const double edge : {x.front(), x.back()}) {
    if (beta != 0) keep({edge, (c - alpha * edge) / beta});
  }
  for (const double edge : {y.front(), y.back()}) {
    if (alpha != 0) keep({(c - beta * edge) / alpha, edge});
  }
  return ends.size() == 2 ? std::optional(ends) : std::nullopt;
}

}  // namespace

std::vector<RegimeLine> regime_lines(const Dataset& data, const Axis& x, const Axis& y, const std::vector<double>& xs,
                                     const std::vector<double>& ys) {
  const bool upright = x.name == "variance_exponent" && y.name == "width_exponent";
  const bool turned = y.name == "variance_exponent" && x.name == "width_exponent";
  const bool infinite = data.attribute("regime_lines") == "mixed_infinite";
  if ((data.attribute("regime_lines") != "mixed" && !infinite) || !(upright || turned)) return {};
  std::vector<RegimeLine> lines;
  const auto add = [&](const std::string& text, const std::string& dashes, double variance, double width, double c) {
    const auto ends = upright ? clipped(variance, width, c, xs, ys) : clipped(width, variance, c, xs, ys);
    if (ends) lines.push_back({.text = text, .dashes = dashes, .ends = *ends});
  };
  add("active/lazy: γ_{σ²} + γ_w = 1", "1", 1, 1, 1);
  add("infinite noise: 2γ_{σ²} + γ_w = 0", "(8,4)", 2, 1, 0);
  const double dim = number_attribute(data, "dim");
  const double rank = number_attribute(data, "task_rank");
  if (!infinite && dim > 1 && rank >= 1) {
    add(fmt::format("underparameterized: w < k = {:g}", rank), "(2,3)", 0, 1, std::log(rank) / std::log(dim));
  }
  return lines;
}

}  // namespace linnet::plots
