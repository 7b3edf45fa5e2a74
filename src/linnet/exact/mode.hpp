#pragma once

namespace linnet {

/// One singular mode in closed form (docs/theory.md, "Mode by mode"): the exact solution of
///
///     da/dt = 2 √(κ² + a²) (y − a),  a(0) = start,
///
/// the singular value a of A along a singular value y of Y, in a task-aligned network or an infinitely wide one. κ → 0
/// is Saxe's sigmoid of rate 2y, κ → ∞ the exponential of a linear model. t is gradient-flow time at rates 1. Built
/// once, evaluated at any t in [0, inf]: only decaying exponentials and sums of positive terms, so the relative error
/// stays near 1e-15 for any κ, y and t, times 2√(y² + κ²) t where a(t) is that sensitive to t itself. At κ = 0 the
/// saddle a = 0 is never left, nor passed. With κ > 0 a start of the opposite sign to y passes 0 after a delay of about
/// ln(|y|/κ)/|y|; κ is then taken as at least 1e-140 (|y| + |a(0)|).
class Mode {
 public:
  struct Parameters {
    double target = 1;     ///< y, either sign
    double threshold = 0;  ///< κ >= 0
    double start = 0;      ///< a(0)
  };

  /// Throws for numbers that are not finite and a negative threshold. O(1), as every member.
  explicit Mode(const Parameters& parameters);

  /// a(t), t in [0, inf].
  [[nodiscard]] double at(double t) const;

  /// y − a(t), with the same small relative error however close a(t) is to y.
  [[nodiscard]] double residual(double t) const;

  /// The time at which a(t) = value, however long, for a value between a(0) and y: inf at y and where a saddle is in
  /// between; nan for values outside.
  [[nodiscard]] double time_to(double value) const;

  /// da/dt where a(t) = value.
  [[nodiscard]] double speed(double value) const;

  /// ∂a(t)/∂ ln κ at fixed t, in closed form: with h = √(κ² + a²) and h_0 at the start,
  ///
  ///     ∂a/∂ ln κ = (y − a) h/(y² + κ²) · [2κ²t + (y a − κ²)/h − (y a_0 − κ²)/h_0],
  ///
  /// which follows from κ-derivatives of t = ∫ da / (2h(y − a)). 0 at t = 0 and t = inf.
  [[nodiscard]] double by_threshold(double t) const;

 private:
  struct Solution {  // of g at a time in (0, inf):
    double decayed;  // E, both over D
    double grown;    // below φ
    double g;
  };
  [[nodiscard]] Solution solution(double t) const;
  [[nodiscard]] double left(const Solution& now) const;  // y − a of the mode times its sign

  Parameters p_;
  double sign_ = 1;  // what follows is of the mode times this sign: y >= 0, but for κ = 0 where a(0) >= 0
  double y_ = 0;
  double kappa_ = 0;
  double a0_ = 0;
  // g = a + √(κ² + a²) obeys dg/dt = (g₊ − g)(g − g₋) with g± = y ± r:
  double r_ = 0;  // √(y² + κ²)
  double g0_ = 0;
  double end_ = 0;    // g₊
  double above_ = 0;  // g₊ − g_0
  double below_ = 0;  // g_0 − g₋ >= 0
};

}  // namespace linnet
