#include "linnet/landscape/target_modes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet::landscape {

TargetModes target_modes(const Cost& cost) {
  if (cost.mask()) {
    bad_input({.field = "task.mask",
               .expected = "no mask for a best matrix of low rank in closed form",
               .got = "a mask",
               .hint = "greedy_low_rank finds critical points of a masked cost"});
  }
  if (!cost.covariance()) {
    const linalg::Svd d = linalg::svd(cost.target());
    return {.left = d.u * d.s.asDiagonal(), .right = d.v, .strength = d.s};
  }
  const linalg::SymmetricEigen e = linalg::symmetric_eigen(*cost.covariance());
  const double cutoff =
      e.values.maxCoeff() * std::numeric_limits<double>::epsilon() * static_cast<double>(e.values.size());
  const Vector root = e.values.cwiseMax(0).cwiseSqrt();
  const Vector inverse = (e.values.array() > cutoff).select(root.cwiseInverse(), Vector::Zero(root.size()));
  const linalg::Svd d = linalg::svd(cost.target() * e.vectors * root.asDiagonal() * e.vectors.transpose());
  return {.left = d.u * d.s.asDiagonal(),
          .right = e.vectors * inverse.asDiagonal() * e.vectors.transpose() * d.v,
          .strength = d.s};
}

Matrix best_of_rank(const Cost& cost, Index rank) {
  const TargetModes modes = target_modes(cost);
  const Vector& s = modes.strength;
  if (rank >= s.size()) return cost.target();
  const bool falls_short = s(rank) > 1e-12 * s(0);  // otherwise the target has this rank, up to rounding
  if (falls_short && rank > 0 && s(rank - 1) - s(rank) < 1e-10 * s(0)) {
    bad_input({.field = "task.target",
               .expected = "one best matrix of rank " + std::to_string(rank),
               .got = "many: the target's singular values " + std::to_string(rank) + " and " +
                      std::to_string(rank + 1) + " are equal"});
  }
  return modes.left.leftCols(rank) * modes.right.leftCols(rank).transpose();
}

std::vector<Matrix> sums_of_modes(const Cost& cost, Index rank) {
  const TargetModes modes = target_modes(cost);
  const Index count = modes.strength(0) > 0 ? (modes.strength.array() > 1e-10 * modes.strength(0)).count() : 0;
  std::vector<std::vector<Index>> sets;
  constexpr Index few = 6;
  constexpr Index many = 32;
  if (count <= few) {
    for (unsigned bits = 1; bits + 1 < 1U << count; ++bits) {
      sets.emplace_back();
      for (Index i = 0; i < count; ++i) {
        if ((bits >> i & 1U) != 0) sets.back().push_back(i);
      }
    }
  } else {
    for (Index k = 1; k < std::min(count, many + 1); ++k) {
      std::vector<Index>& first = sets.emplace_back(static_cast<std::size_t>(k));
      std::iota(first.begin(), first.end(), 0);
    }
    for (Index k = std::max<Index>(0, count - many); k < count; ++k) {
      std::vector<Index>& but_one = sets.emplace_back(static_cast<std::size_t>(count));
      std::iota(but_one.begin(), but_one.end(), 0);
      but_one.erase(but_one.begin() + k);
    }
  }
  std::vector<Matrix> sums;
  for (const std::vector<Index>& set : sets) {
    if (static_cast<Index>(set.size()) > rank) continue;
    sums.emplace_back(modes.left(Eigen::all, set) * modes.right(Eigen::all, set).transpose());
  }
  return sums;
}

}  // namespace linnet::landscape
