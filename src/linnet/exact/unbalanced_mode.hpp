#pragma once

#include <vector>

#include "linnet/networks/unbalanced_layers.hpp"

namespace linnet {

/// One singular mode of layers that are balanced except for the first or the last (`LayerImbalance`), in a task-aligned
/// network of depth L ≥ 2 on whitened inputs: the solution of
///
///     ds/dt = −η μ(s) (s − y),   μ = x^{2(L−1)} + (L−1) x^{2(L−2)} y_W²,   s(0) = start ≥ 0,
///
/// s the singular value of A along a singular value y ≥ 0 of Y, and x, y_W those of the layers, x^{L−1} y_W = s, y_W² −
/// x² = ∓λ (`layer_values`). λ = 0 is `DeepMode`, L = 2 `Mode` of κ = |λ|/2. Times are quadratures, Gauss–Legendre of
/// 16 points over each unit of ln(s/(y − s)), of ln(s − y) above the target: relative error near 1e-13. t is
/// gradient-flow time, all layers at the rate η. s = 0 is left where μ(0) > 0: for L = 2 and λ ≠ 0, or where the
/// balanced layers are the larger ones.
class UnbalancedMode {
 public:
  struct Parameters {
    Index depth = 2;    ///< L
    double start = 0;   ///< s(0)
    double target = 1;  ///< y
    LayerImbalance imbalance;
    double rate = 1;  ///< η of every layer
  };

  /// Throws for a depth below 2, a negative start or target, an imbalance that is not finite, a rate that is not
  /// positive.
  explicit UnbalancedMode(const Parameters& parameters);

  [[nodiscard]] double at(double t) const;  ///< s(t), t in [0, inf]

  /// The time at which s(t) = value, for a value between s(0) and y: inf at y, and for a start at the saddle; nan for
  /// values outside.
  [[nodiscard]] double time_to(double value) const;

  [[nodiscard]] double speed(double s) const;  ///< η μ(s), the speed of the mode at s

 private:
  [[nodiscard]] bool barred() const;                  ///< at the saddle, for ever
  [[nodiscard]] double place_of(double s) const;      ///< a coordinate that rises with time
  [[nodiscard]] double value_at(double place) const;  ///< s
  [[nodiscard]] double wait(double from,
                            double to) const;  ///< the time from one place to a later one, at most one unit apart
  [[nodiscard]] double linear_time(double from, double to) const;  ///< while s is too small to change μ

  Parameters p_;
  bool above_ = false;         // s(0) > y
  double linear_end_ = 0;      // below it μ is that of s = 0
  std::vector<double> waits_;  // of unit steps of the place, from the start or the end of what is linear
};

}  // namespace linnet
