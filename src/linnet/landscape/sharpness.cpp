#include "linnet/landscape/sharpness.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/hessian.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/deep_starts.hpp"

namespace linnet::landscape {

namespace {

/// L a^{2−2/L} b^{2/L}
double bound(double depth, double mapped, double seen) {
  return depth * std::pow(mapped, 2 - 2 / depth) * std::pow(seen, 2 / depth);
}

double of_balanced(const Task& task, Index depth) {
  const std::vector<Index> hidden(static_cast<std::size_t>(depth - 1), task.shape().modes());
  Point point(networks::balanced_deep(task.target(), hidden, 0), task.train);
  return hessian_range(point).largest;
}

}  // namespace

MinimizerSharpness minimizer_sharpness(const Task& task, Index depth) {
  require_at_least(depth, 1, "depth");
  const Cost& cost = task.train;
  cost.require_target();
  if (cost.entry_weights()) {
    bad_input({.field = "task",
               .expected = "a cost whose least points all map the inputs alike, without a mask and weights of entries",
               .got = task.name});
  }
  const auto layers = static_cast<double>(depth);
  if (const std::optional<double> variance = cost.white_variance()) {
    const double root = std::sqrt(*variance);
    const double least = bound(layers, linalg::operator_norm(task.target()) * root, root);
    return {.least = least, .balanced = least};
  }
  const linalg::SymmetricEigen inputs = linalg::symmetric_eigen(*cost.covariance());
  const Vector roots = inputs.values.cwiseMax(0.0).cwiseSqrt();
  const Matrix root = inputs.vectors * roots.asDiagonal() * inputs.vectors.transpose();
  const Matrix mapped = linalg::product(task.target(), root);
  // The bound holds for every x of length 1; these two are best for many layers, and for one.
  const linalg::Svd d = linalg::svd(mapped);
  const double along_map = bound(layers, d.s(0), (root * d.v.col(0)).norm());
  const auto largest = inputs.vectors.rightCols(1);
  const double along_inputs = bound(layers, (mapped * largest).norm(), roots(roots.size() - 1));
  return {.least = std::max(along_map, along_inputs), .balanced = of_balanced(task, depth)};
}

double edge_of_stability(double step, double momentum) {
  require_positive(step, "solver.step");
  if (!(momentum >= 0 && momentum < 1)) {
    bad_input({.field = "solver.momentum", .expected = "a number in [0, 1)", .got = format_number(momentum)});
  }
  return 2 * (1 + momentum) / step;
}

}  // namespace linnet::landscape
