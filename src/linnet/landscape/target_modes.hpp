#pragma once

#include <vector>

#include "linnet/tasks/cost.hpp"

namespace linnet::landscape {

/// The modes Y Σ_xx^{½} = U S Vᵀ of the target. Any sum of left_i right_iᵀ, columns of U S and Σ_xx^{−½} V, is the A of
/// critical points of the cost, and the sum of the first k is the best A of rank k.
struct TargetModes {
  Matrix left;
  Matrix right;
  Vector strength;  // S
};

/// Throws for a mask, which has no such modes.
TargetModes target_modes(const Cost& cost);

/// The A of rank at most `rank` with the smallest cost, in closed form; throws for a mask, and where it is not unique.
Matrix best_of_rank(const Cost& cost, Index rank);

/// Critical A of at most this rank: for at most 6 modes of the target all sums of some but not all modes; for more, the
/// sums of the first 1 … 32 modes, and of all modes except one of the 32 weakest.
std::vector<Matrix> sums_of_modes(const Cost& cost, Index rank);

}  // namespace linnet::landscape
