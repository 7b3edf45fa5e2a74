#pragma once

#include "linnet/tasks/task.hpp"

namespace linnet::landscape {

/// A mode of a deep network under weight decay: the stationary points of
///
///     F(s) = ½(s − y)² + (μL/2) s^{2/L},  s ≥ 0,
///
/// the least of the full-matrix cost C + (μ/2)Σ‖W_l‖² over all layers that multiply to the singular value s
/// (docs/theory.md, "Weight decay").
struct DecayedMode {
  double minimum = 0;   ///< the singular value of the local minimum other than 0; 0 where there is none
  double barrier = 0;   ///< of the local maximum between 0 and it; 0 for L ≤ 2, and where there is no such minimum
  double cost = 0;      ///< F(minimum)
  double critical = 0;  ///< the least y that has a minimum other than 0: μ for L = 2, 0 for L < 2
};

/// `target` is y ≥ 0; the depth L ≥ 1 may be any real number. Roots to rounding, by bisection. Throws for numbers out
/// of range.
DecayedMode decayed_mode(double target, double depth, double weight_decay);

/// All local minima of the full-matrix cost with weight decay over the weights of a network that is wide enough. Each
/// has the singular vectors of Y, and in its first modes the `minimum` of each. A minimum that leaves out a mode before
/// one that it has is a saddle: turning the second mode into the first lowers the cost, at the same norm. So there is
/// one minimum a rank: every rank up to that of modes above the critical y for L > 2, and only the largest for L ≤ 2,
/// where 0 is no minimum of a mode above it.
struct DecayedMinima {
  Vector target;   ///< y_i, falling
  Vector minimum;  ///< of each mode
  Vector barrier;
  double critical = 0;
  Index least_rank = 0;
  Vector cost;  ///< C + (μ/2)Σ‖W_l‖² of the minima of rank least_rank, least_rank + 1, …; C as the task has it

  [[nodiscard]] Index largest_rank() const { return least_rank + cost.size() - 1; }
  /// Of these minima the one of least cost.
  [[nodiscard]] Index best_rank() const;
  /// The minimum of a rank, n_L x n_0. Throws where there is none.
  [[nodiscard]] Matrix end_to_end(Index rank) const;

  Matrix left;   ///< the singular vectors of Y, n_L x modes
  Matrix right;  ///< n_0 x modes
};

/// Of a task whose cost is white: a full-matrix cost, or σ²/2‖A − Y‖² + C_min, where μ/σ² takes the place of μ. One
/// SVD. Throws for other costs.
DecayedMinima decayed_minima(const Task& task, double depth, double weight_decay);

}  // namespace linnet::landscape
