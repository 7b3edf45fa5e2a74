#pragma once

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// μ > 0 of the Polyak–Łojasiewicz inequality ½‖∇C(A)‖² ≥ μ(C(A) − C_min) for all A: the least nonzero eigenvalue of 𝓜
/// for a quadratic cost. 1 for the full matrix and a mask, the least weight other than 0 for weights of entries, the
/// least nonzero eigenvalue of the inputs' 2hΣ_xx for a regression. Throws for other costs, and where 𝓜 = 0.
double polyak_lojasiewicz(const Cost& cost);

/// A certificate of exponential convergence (docs/theory.md, "Self-consistent dynamics"; Mixed): gradient flow within
/// the closure obeys, for every t ≥ 0 and any cost with the constant μ,
///
///     C(A(t)) − C_min ≤ e^{−rate t} (C(A_0) − C_min),   rate = 2(η_1b + η_2a)μ,
///
/// (a, b) the scales of the closure: 4κμ at rates 1, whatever λ is.
struct ConvergenceBound {
  double rate = 0;
  double cost = 0;   ///< C(A_0)
  double least = 0;  ///< C_min

  [[nodiscard]] double at(double t) const;  ///< the bound on C(A(t))
};

/// Options of `convergence_bound`.
struct Certificate {
  Layerwise rates = 1.0;                          ///< (η_1, η_2)
  std::optional<double> strength = std::nullopt;  ///< μ; if none, `polyak_lojasiewicz`
  std::optional<double> least = std::nullopt;     ///< C_min of a cost that does not know its own
  double tolerance = 1e-8;  ///< of ‖G − G'‖/‖G'‖ between a start's Gram state and that of its closure at the same A
};

/// From a self-consistent network, or a start whose Gram state is that of its closure, for which the self-consistent
/// dynamics is exact. A wide Gaussian network is one up to O(√(n/w)): ask for its `infinite_width`, or for a larger
/// tolerance. Throws for other starts, and for costs whose μ or C_min is not known and not given.
ConvergenceBound convergence_bound(const Network& start, const Task& task, const Certificate& options = {});

}  // namespace linnet
