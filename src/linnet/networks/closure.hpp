#pragma once

#include "linnet/networks/deep_linear.hpp"
#include "linnet/networks/gram_state.hpp"

namespace linnet {

/// How well G satisfies the closure G J G = −λG + c²J, J = diag(I, −I) (docs/theory.md, "Closure"), with its best λ and
/// c².
struct Closure {
  double balance = 0;  ///< λ
  double scale2 = 0;   ///< c² (its least-squares value may be slightly negative when the closure fails)
  double residual = 0;  ///< ‖D(GJG + λG − c²J)D‖_F / ‖DG²D‖_F, with D making C_1 and C_2 of mean eigenvalue 1

  [[nodiscard]] double threshold() const;  ///< κ = √(λ²/4 + c²): a mode is lazy below it and active above
  [[nodiscard]] Layerwise scales() const;  ///< (a, b) with b − a = λ, (a + b)/2 = κ
};

// Each of these takes a Gram state, at six products of blocks of G, or weights. Weights narrower than n_0 or n_2 are
// restricted to the w directions that they reach there: one SVD of the layer, O(nw²), and no n x n matrix.

/// The λ and c² of the least residual. λ is accurate to rounding of the larger layer, c² to rounding of ‖C_1‖‖C_2‖.
Closure fit_closure(const GramState& state);
Closure fit_closure(const DeepLinear& weights);

/// The best λ for c = 0, as for balanced weights.
Closure fit_balance(const GramState& state);
Closure fit_balance(const DeepLinear& weights);

/// The closure whose representations at this A have the traces of C_1 and C_2. For wide networks it predicts better
/// than least squares, which follow the noise of the larger layer. One SVD of A. c = 0 where no κ >= |λ|/2 has these
/// traces.
Closure match_closure(const GramState& state);
Closure match_closure(const DeepLinear& weights);

/// The residual of given λ and c².
double closure_residual(const GramState& state, double balance, double scale2);
double closure_residual(const DeepLinear& weights, double balance, double scale2);

}  // namespace linnet
