#include "linnet/landscape/nearest_saddle.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "linnet/error.hpp"
#include "linnet/landscape/solution_sets.hpp"
#include "linnet/landscape/target_modes.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"

namespace linnet::landscape {

namespace {

/// W without what it makes of the space of these columns, W seen = 0.
Matrix without_inputs(const Matrix& w, const Matrix& seen) {
  if (seen.cols() == 0) return w;
  const linalg::Svd d = linalg::svd(seen);
  const Index rank = (d.s.array() > 1e-12 * d.s(0)).count();
  const Matrix basis = d.u.leftCols(rank);
  return w - linalg::product(linalg::product(w, basis), basis.transpose());
}

/// A critical A has AᵀR = 0 and RAᵀ = 0, R = ∇C(A), whatever the weights. Minima are let through, as a greedy path ends
/// with one that is left as soon as its cost is small.
void require_critical(const std::vector<Matrix>& critical, const Cost& cost) {
  const Shape shape = cost.shape();
  const Residual origin = cost.evaluate(Matrix::Zero(shape.outputs, shape.inputs));
  const double least = cost.evaluate(cost.target()).cost;
  for (std::size_t k = 0; k < critical.size(); ++k) {
    const Matrix& a = critical[k];
    const std::string field = "landscape.critical[" + std::to_string(k) + "]";
    if (a.rows() != shape.outputs || a.cols() != shape.inputs) {
      bad_input({.field = field,
                 .expected = format_shape(shape.outputs, shape.inputs) + ", as the task",
                 .got = format_shape(a.rows(), a.cols())});
    }
    const Residual at = cost.evaluate(a);
    if (at.cost - least <= 1e-6 * (origin.cost - least)) continue;
    const Matrix& r = at.gradient;
    const double size = a.norm() * origin.gradient.norm();
    const double off = std::max((a.transpose() * r).norm(), (r * a.transpose()).norm());
    if (!(off <= 1e-6 * size)) {
      bad_input({.field = field,
                 .expected = "the A of a critical point: AᵀR = 0 and RAᵀ = 0 for R = ∇C(A)",
                 .got = "a product of " + format_number(off / size) + " of |A||∇C(0)|",
                 .hint = "greedy_low_rank gives such matrices"});
    }
  }
}

}  // namespace

SaddleDistance nearest_saddle(const DeepLinear& start, const Cost& cost, const SaddleSearch& o) {
  if (start.depth() == 1) {
    bad_input({.field = "network.depth",
               .expected = "at least 2 layers",
               .got = "1",
               .hint = "the cost of one layer is convex: it has no saddle"});
  }
  const Point here(start, cost);
  const std::vector<Index> sizes = start.sizes();
  const Index narrowest = *std::min_element(sizes.begin(), sizes.end());
  // The least cost; of a mask and narrow layers it may be more, but then the ranks below are what is looked at.
  const double least = cost.least_of_rank(narrowest).value_or(cost.evaluate(cost.target()).cost);
  const Residual origin = cost.evaluate(Matrix::Zero(cost.shape().outputs, cost.shape().inputs));
  require_critical(o.critical, cost);
  const double scale = std::max(here.gradient_norm(), origin.gradient.norm());
  const double negligible = 1e-8 * linalg::operator_norm(cost.target());
  const auto numerical_rank = [&](const Matrix& a) -> Index {
    return (linalg::singular_values(a).array() > negligible).count();
  };
  std::optional<SaddleDistance> best;
  const auto consider = [&](const DeepLinear& network) {
    const Point point(network, cost);
    const double distance = parameter_distance(network, start);
    const bool critical = point.gradient_norm() <= o.tolerance * scale;
    const bool above = point.cost() - least > 1e-12 * (origin.cost - least);
    if (critical && above && (!best || distance < best->upper)) {
      best = {.upper = distance,
              .point = network,
              .gradient_norm = point.gradient_norm(),
              .rank = numerical_rank(point.end_to_end()),
              .cost = point.cost()};
    }
  };
  const auto spaces = [&](const Matrix& residual) {
    linalg::Svd d = linalg::svd(residual);
    const Index rank = d.s(0) > 0 ? (d.s.array() > 1e-9 * origin.gradient.norm()).count() : 0;
    return std::pair<Matrix, Matrix>{d.u.leftCols(rank), d.v.leftCols(rank)};
  };

  if (here.gradient_norm() <= o.tolerance * origin.gradient.norm()) {
    consider(start);
    if (best) {
      best->exact = true;
      return *best;
    }
  }

  // Layer i cut off from what these inputs become before it, and layer j from what becomes of its outputs in these.
  const std::vector<Matrix>& w = start.weights();
  const std::size_t depth = w.size();
  const auto cut = [&](const Matrix& inputs, const Matrix& outputs, std::size_t i, std::size_t j) {
    std::vector<Matrix> weights = w;
    Matrix seen = inputs;
    for (std::size_t l = 0; l < i; ++l) seen = linalg::product(w[l], seen);
    weights[i] = without_inputs(w[i], seen);
    seen = outputs;
    for (std::size_t l = depth - 1; l > j; --l) seen = linalg::product(w[l].transpose(), seen);
    weights[j] = without_inputs(w[j].transpose(), seen).transpose();
    return DeepLinear(std::move(weights));
  };

  // A = 0: one of the two layers is cut off wholly, which makes A zero; the other as far as ∇C(0) sees it.
  const auto [u, v] = spaces(origin.gradient);
  for (std::size_t i = 0; i < depth; ++i) {
    for (std::size_t j = i + 1; j < depth; ++j) {
      consider(cut(Matrix::Identity(start.shape().inputs, start.shape().inputs), u, i, j));
      consider(cut(v, Matrix::Identity(start.shape().outputs, start.shape().outputs), i, j));
    }
  }
  if (!best) {
    bad_input({.field = "task",
               .expected = "a cost that falls from A = 0",
               .got = "a cost that is least there",
               .hint = "then A = 0 is a minimum and no saddle"});
  }

  std::vector<Matrix> critical = o.critical;
  if (critical.empty() && !cost.mask()) critical = sums_of_modes(cost, narrowest);
  critical.emplace_back(Matrix::Zero(cost.shape().outputs, cost.shape().inputs));
  struct Candidate {
    double taken;  // by the cut alone
    std::size_t matrix;
    std::size_t i;
    std::size_t j;
  };
  std::vector<Candidate> candidates;
  for (std::size_t k = 0; k < critical.size(); ++k) {
    if (numerical_rank(critical[k]) > narrowest - (cost.mask() ? 1 : 0)) continue;
    const auto [left, right] = spaces(cost.evaluate(critical[k]).gradient);
    for (std::size_t i = 0; i < depth; ++i) {
      for (std::size_t j = i + 1; j < depth; ++j) {
        const bool outermost = i == 0 && j + 1 == depth;
        if (!outermost && here.unknowns() > o.refine_below) continue;
        const double taken = parameter_distance(cut(right, left, i, j), start);
        candidates.push_back({.taken = taken, .matrix = k, .i = i, .j = j});
      }
    }
  }
  CriticalPoints all(start, cost, 1e-2 * o.tolerance * scale);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.taken < b.taken; });
  for (std::size_t i = 0; i < candidates.size() && static_cast<Index>(i) < o.max_candidates; ++i) {
    const Candidate& c = candidates[i];
    if (c.taken >= best->upper) break;
    const Matrix& a = critical[c.matrix];
    // No weights of this A are nearer than their norm allows, |θ|² ≥ L Σ s_i(A)^{2/L}: from a small start only the
    // saddles at A = 0 are near.
    const double layers = static_cast<double>(depth);
    const double norm = std::sqrt(layers * linalg::singular_values(a).array().pow(2 / layers).sum());
    if (norm - start.norm() >= best->upper) continue;
    const auto [left, right] = spaces(cost.evaluate(a).gradient);
    const DeepLinear from = cut(right, left, c.i, c.j);
    if (c.i == 0 && c.j + 1 == depth) {
      // Steps Jᵀq with q between the spaces that are left keep to this cut; so does their end.
      WeightsOf weights(from, Cost::full_matrix(a), a, o.fit.tolerance);
      if (shortest_way(weights, a, o.fit.max_steps)) consider(weights.point().network());
    } else if (all.restore(flatten(from))) {
      shorten(all, o.fit.max_steps);
      consider(all.point().network());
    }
  }
  return *best;
}

}  // namespace linnet::landscape
