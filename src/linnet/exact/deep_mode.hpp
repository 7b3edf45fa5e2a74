#pragma once

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// One singular mode of balanced weights of integer depth L ≥ 1 in closed form (Arora et al. 2018; Saxe et al. 2014 for
/// L = 2): the solution of
///
///     ds/dt = −L s^{2−2/L} (s − y),  s(0) = start ≥ 0,
///
/// the singular value s of A along a singular value y ≥ 0 of Y on whitened inputs, in a task-aligned network. L = 1 is
/// the exponential of a linear model, L = 2 the logistic function; from L = 3 on the time is known in closed form, by
/// partial fractions in s^{1/L}, and s(t) by inverting it. t is gradient-flow time, with all layers at one rate. The
/// relative error of s stays near 1e-14, or, where a long wait ends abruptly, t|s'|/s times that of t. For L ≥ 2 the
/// saddle s = 0 is never left.
class DeepMode {
 public:
  struct Parameters {
    Index depth = 2;    ///< L
    double start = 0;   ///< s(0)
    double target = 1;  ///< y
    double rate = 1;    ///< η of every layer
  };

  /// Throws for a depth below 1, a negative start or target, a rate that is not positive.
  explicit DeepMode(const Parameters& parameters);

  [[nodiscard]] double at(double t) const;  ///< s(t), t in [0, inf]

  /// The time at which s(t) = value, for a value between s(0) and y: inf at y, and for a start at the saddle; nan for
  /// values outside.
  [[nodiscard]] double time_to(double value) const;

 private:
  [[nodiscard]] double time_between(double from, double to) const;  ///< by place, L ≥ 3
  [[nodiscard]] double primitive(double place) const;
  [[nodiscard]] double place_of(double s) const;

  Parameters p_;
  double depth_ = 0;
  double fastest_ = 0;  // y^{2−2/L}: times are over this
  bool above_ = false;  // s(0) > y
  double offset_ = 0;   // between the two forms of the primitive beyond y
};

}  // namespace linnet
