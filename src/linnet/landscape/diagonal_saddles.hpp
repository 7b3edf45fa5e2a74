#pragma once

#include <vector>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet::landscape {

/// A saddle that a diagonal network visits from a vanishing start, or the minimum at the end.
struct DiagonalSaddle {
  double time = 0;             ///< at which it is reached, in units of `SmallStart::unit`
  Vector values;               ///< s
  double cost = 0;             ///< C(s)
  std::vector<Index> reached;  ///< the inputs whose integral reached ±1 then, and which may move since, from 0
};

/// What the limit needs to know of a small diagonal network, by what its weights do without the others
/// (docs/theory.md, "Jumps of diagonal networks").
struct SmallStart {
  double unit = 1;        ///< T, the time in which a value grows from the start to order 1 where |∂C/∂s_i| = 1
  bool positive = false;  ///< whether values stay positive; else they start at 0 and take either sign
};

/// T and the signs of `Diagonal` with s = 0 and one κ < 1, T = ½ ln(1/κ), or of `DeepDiagonal` all of whose weights
/// are α < 1 (positive), T = ln(1/α) or α^{2−L}/(L−2), or where one layer is 0 and the others α: ½ ln(2/α²) or
/// α^{2−L} (√π/2) Γ(L/2 − 1)/Γ(L/2 − ½), at rates 1. Throws for other starts.
SmallStart small_start(const Network& start);

/// The saddles that gradient flow of a diagonal network visits as its start vanishes, with the times of the jumps in
/// units of T (Pesme & Flammarion 2023, for two layers; the same holds at any depth): from s = 0 and σ = 0,
///
///     dσ/dt = −∇C(s) until some σ_i reaches ±1, or 1 alone if `positive`;
///     then s jumps to the least C where s_i ≥ 0 if σ_i = 1, s_i ≤ 0 if σ_i = −1, s_i = 0 else.
///
/// Ends where ∇C = 0, at the solution of least Σ|s_i|, or where nothing grows. Each jump is a problem of non-negative
/// least squares, by active sets from the last one. Throws for more outputs than one, and a numerical Error where an
/// active set does not end.
std::vector<DiagonalSaddle> diagonal_saddles(const Task& task, bool positive = false);

/// The last of these that is reached by this time, in units of T.
const DiagonalSaddle& saddle_at(const std::vector<DiagonalSaddle>& saddles, double time);

}  // namespace linnet::landscape
