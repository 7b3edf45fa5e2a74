#pragma once

#include <array>
#include <functional>

#include "linnet/linalg/matrix.hpp"

namespace linnet::explorer {

/// Gradient flow by the method of Dormand and Prince, with step control and dense output. linnet integrates by
/// SUNDIALS, which a page does not have.
///
/// Steps are powers of 2^{¼}, so that rounding, which differs between machines, changes them only where an error is
/// within rounding of the limit.
class DormandPrince {
 public:
  using Velocity = std::function<void(const Vector& x, Vector& derivative)>;
  /// What each component's error is compared with, given the state.
  using Sizes = std::function<void(const Vector& x, Vector& sizes)>;

  DormandPrince(Vector start, double time, Velocity velocity, Sizes sizes, double rtol, double first_step);

  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] double previous_time() const { return previous_time_; }
  [[nodiscard]] const Vector& state() const { return x_; }
  [[nodiscard]] const Vector& derivative() const { return k_[0]; }  ///< at the present state
  [[nodiscard]] double next_step() const { return step_; }

  /// One accepted step. False if no step that meets the tolerance moves the time.
  bool advance();
  /// The state at a time within the last step.
  [[nodiscard]] Vector at(double t) const;

 private:
  [[nodiscard]] static double rounded(double step);

  Velocity velocity_;
  Sizes sizes_;
  double rtol_;
  double step_;
  double time_;
  double previous_time_;
  Vector x_;
  std::array<Vector, 7> k_;
  Vector trial_;
  Vector error_;
  Vector scale_;
  std::array<Vector, 5> dense_;
};

}  // namespace linnet::explorer
