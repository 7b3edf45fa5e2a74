#include "linnet/landscape/nearest_minimum.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "linnet/error.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

constexpr double rounding = 1e-12;  // more than that of the norms below

/// The smallest d at which the change of A can have the size `gap`; the first of the two lower bounds.
double least_change(const DeepLinear& start, double gap) {
  const std::vector<Matrix>& w = start.weights();
  const std::size_t depth = w.size();
  // stretch[i][j]: ‖W_j⋯W_{i+1}‖_op² of the layers i+1 … j, 1 for none.
  std::vector<std::vector<double>> stretch(depth + 1, std::vector<double>(depth + 1, 1));
  for (std::size_t i = 0; i < depth; ++i) {
    Matrix product = w[i];
    for (std::size_t j = i + 1;; ++j) {
      stretch[i][j] = std::pow(linalg::operator_norm(product), 2);
      if (j == depth) break;
      product = linalg::product(w[j], product);
    }
  }
  // sums[m][j]: Σ c_S² over sets of m layers whose last is j, without the stretch after it.
  std::vector<double> q(depth + 1, 0);
  std::vector<std::vector<double>> sums(depth + 1, std::vector<double>(depth + 1, 0));
  for (std::size_t m = 1; m <= depth; ++m) {
    for (std::size_t j = m; j <= depth; ++j) {
      if (m == 1) sums[m][j] = stretch[0][j - 1];
      for (std::size_t i = m - 1; i >= 1 && i < j; ++i) sums[m][j] += sums[m - 1][i] * stretch[i][j - 1];
      q[m] += sums[m][j] * stretch[j][depth];
    }
  }
  const auto layers = static_cast<double>(depth);
  const auto reach = [&](double d) {
    double sum = 0;
    double binomial = 1;
    for (std::size_t m = 1; m <= depth; ++m) {
      const auto k = static_cast<double>(m);
      binomial *= (layers - k + 1) / k;
      sum += std::sqrt(q[m] * binomial) * std::pow(d / std::sqrt(layers), k);
    }
    return sum;
  };
  double low = 0;
  double high = std::sqrt(layers) * std::pow(gap, 1 / layers);  // q_L = 1: there the last term alone is the gap
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = (low + high) / 2;
    (reach(middle) < gap ? low : high) = middle;
  }
  return low * (1 - rounding);
}

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
  const std::vector<Index> sizes = start.sizes();
  const Matrix goal = cost.mask() ? cost.target() : best_of_rank(cost, *std::min_element(sizes.begin(), sizes.end()));
  WeightsOf minima(start, cost, goal, o.tolerance);
  const double gap = minima.missing().norm();
  const std::optional<Way> way = shortest_way(minima, goal, o.max_steps);
  if (!way) {
    numerical_failure({.field = "landscape.minimum",
                       .expected = "weights that end at a global minimum",
                       .got = "three ways that end at none",
                       .hint = "a mask and narrow layers may leave no zero of the cost; wider hidden layers have one"});
  }
  const bool exact = start.depth() == 1 || way->distance == 0;
  return {
      .lower = exact ? way->distance
                     : std::max({0.0, least_change(start, gap), least_norm(cost, goal, start.depth()) - start.norm()}),
      .upper = way->distance,
      .point = minima.point().network(),
      .residual = minima.residual(),
      .stationarity = way->stationarity,
      .exact = exact};
}

}  // namespace linnet::landscape
