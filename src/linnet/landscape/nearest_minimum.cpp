#include "linnet/landscape/nearest_minimum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/dynamics/outer_spaces.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/least_change.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

constexpr double rounding = 1e-12;  // larger than the rounding error of the norm below

/// The least norm of weights whose end-to-end matrix is within `open` of the goal in Frobenius norm.
double least_norm(const Cost& cost, const Matrix& goal, Index layers, double open) {
  const auto depth = static_cast<double>(layers);
  const Vector sizes =
      cost.mask() ? Vector::Constant(1, goal.cwiseProduct(*cost.mask()).norm()) : linalg::singular_values(goal);
  // The roots of small singular values are large, so that singular values at the level of rounding count as 0.
  const double uncertain = open + rounding * sizes.maxCoeff();
  const double sum = (sizes.array() - uncertain).max(0.0).pow(2 / depth).sum();
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
  // With L layers a residual may be the L-th power of a distance, so that a residual not far below that of the start
  // does not show that a minimum is near.
  const double near = std::max(1e-4 * WeightsOf(start, cost, goal, o.tolerance).residual(), 1e-13);
  for (const double tolerance : {std::min(near, o.tolerance), o.tolerance}) {
    WeightsOf minima(start, cost, goal, tolerance);
    const double gap = minima.missing().norm();
    const std::optional<Approach> way = shortest_way(minima, goal, o.max_steps);
    if (!way) continue;
    const bool exact = start.depth() == 1 || way->distance == 0;
    // A bound for all weights whose A is as near to the goal as that of the minimum found.
    const double open = minima.missing().norm();
    return {.lower = exact ? way->distance
                           : std::max({0.0, least_change(start.weights(), std::max(0.0, gap - open)),
                                       least_norm(cost, goal, start.depth(), open) - start.norm()}),
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
