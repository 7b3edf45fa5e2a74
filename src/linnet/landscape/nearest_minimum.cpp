#include "linnet/landscape/nearest_minimum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/landscape/least_change.hpp"
#include "linnet/landscape/outer_spaces.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

constexpr double rounding = 1e-12;  // more than that of the norm below

/// No weights of the goal have a smaller norm; the second.
double least_norm(const Cost& cost, const Matrix& goal, Index layers) {
  const auto depth = static_cast<double>(layers);
  const double sum = cost.mask() ? std::pow(goal.cwiseProduct(*cost.mask()).norm(), 2 / depth)
                                 : linalg::singular_values(goal).array().pow(2 / depth).sum();
  return std::sqrt(depth * sum) * (1 - rounding);
}

}  // namespace

MinimumDistance nearest_minimum(const DeepLinear& start, const Cost& cost, const MinimumSearch& o) {
  require_positive(o.tolerance, "landscape.tolerance");
  if (const OuterSpaces spaces(start, cost); spaces.smaller()) {
    MinimumDistance found = nearest_minimum(spaces.inside(start), spaces.inside(cost), o);
    found.point = spaces.whole(found.point);
    return found;
  }
  const std::vector<Index> sizes = start.sizes();
  const Matrix goal = cost.mask() ? cost.target() : best_of_rank(cost, *std::min_element(sizes.begin(), sizes.end()));
  // With L layers a residual may be the L-th power of a distance, so that a residual near that of the start is no
  // evidence.
  const double near = std::max(1e-4 * WeightsOf(start, cost, goal, o.tolerance).residual(), 1e-13);
  for (const double tolerance : {std::min(near, o.tolerance), o.tolerance}) {
    WeightsOf minima(start, cost, goal, tolerance);
    const double gap = minima.missing().norm();
    const std::optional<Way> way = shortest_way(minima, goal, o.max_steps);
    if (!way) continue;
    const bool exact = start.depth() == 1 || way->distance == 0;
    return {.lower = exact ? way->distance
                           : std::max({0.0, least_change(start.weights(), gap),
                                       least_norm(cost, goal, start.depth()) - start.norm()}),
            .upper = way->distance,
            .point = minima.point().network(),
            .residual = minima.residual(),
            .stationarity = way->stationarity,
            .exact = exact};
  }
  numerical_failure({.field = "landscape.minimum",
                     .expected = "weights that end at a global minimum",
                     .got = "three ways that end at none",
                     .hint = "a mask and narrow layers may leave no zero of the cost; wider hidden layers have one"});
}

}  // namespace linnet::landscape
