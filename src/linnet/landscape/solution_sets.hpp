#pragma once

#include <optional>
#include <vector>

#include "linnet/landscape/cut.hpp"
#include "linnet/landscape/point.hpp"
#include "linnet/networks/kernel.hpp"

namespace linnet::landscape {

/// A set of weights, given by equations, and the search for a point of it near a start θ_0.
class SolutionSet {
 public:
  virtual ~SolutionSet() = default;
  SolutionSet(const SolutionSet&) = delete;
  SolutionSet& operator=(const SolutionSet&) = delete;

  /// Moves from θ to a nearby point of the set; false if the steps do not converge.
  virtual bool restore(const Vector& theta) = 0;
  /// The component of v tangent to the set, to first order, at the present point.
  virtual Vector tangent(const Vector& v) = 0;

  [[nodiscard]] const Vector& start() const { return start_; }                        ///< θ_0
  [[nodiscard]] double distance() const { return (point_.theta() - start_).norm(); }  ///< |θ − θ_0|
  [[nodiscard]] Point& point() { return point_; }
  [[nodiscard]] const Point& point() const { return point_; }

 protected:
  SolutionSet(const DeepLinear& start, const Cost& cost) : point_(start, cost), start_(point_.theta()) {}

 private:
  Point point_;
  Vector start_;
};

/// {θ: Π(A_θ − goal) = 0}. Π projects onto the observed entries of a mask, or onto the range of Σ_xx; otherwise it is
/// the identity. With a cut, only weights of the cut.
class WeightsOf final : public SolutionSet {
 public:
  /// `tolerance` is of the residual.
  WeightsOf(const DeepLinear& start, const Cost& cost, Matrix goal, double tolerance,
            std::optional<Cut> cut = std::nullopt);

  [[nodiscard]] Matrix missing() const;   ///< Π(goal − A)
  [[nodiscard]] double residual() const;  ///< ‖Π(goal − A)‖_F / ‖Π goal‖_F
  bool restore(const Vector& theta) override;
  Vector tangent(const Vector& direction) override;

 private:
  [[nodiscard]] Matrix projected(Matrix d) const;
  void linearize();
  [[nodiscard]] Matrix gram(const Matrix& q) const;
  [[nodiscard]] Matrix solve(const Matrix& b, double damping) const;
  Vector pull_back(const Matrix& q);

  Matrix goal_;
  double tolerance_;
  std::optional<Cut> cut_;
  std::optional<Matrix> range_;  // projector onto the range of Σ_xx, if that is singular
  double size_ = 0;
  double mean_ = 0;  // mean eigenvalue of JJᵀ
  std::optional<TangentKernel> kernel_;
};

/// {θ: ‖∂C/∂θ‖ ≤ goal}, for points where the kernel of the Hessian is the tangent space of the critical points.
class CriticalPoints final : public SolutionSet {
 public:
  CriticalPoints(const DeepLinear& start, const Cost& cost, double goal) : SolutionSet(start, cost), goal_(goal) {}

  bool restore(const Vector& theta) override;
  Vector tangent(const Vector& v) override;

 private:
  double goal_;
};

struct Approach {
  Vector theta;             ///< the last point
  double distance = 0;      ///< |θ − θ_0|
  double stationarity = 0;  ///< norm of the component of θ_0 − θ along the set
};

/// Moves along the set towards the start, from its present point. The step lengths are those of Barzilai and Borwein,
/// halved until the distance decreases.
Approach shorten(SolutionSet& set, Index max_steps);

/// The nearest weights of the goal found from three starts: θ_0, the balanced weights of the goal whose hidden frames
/// are rotated towards θ_0, and a small perturbation of the better result. None if the set is not reached.
std::optional<Approach> shortest_way(WeightsOf& set, const Matrix& goal, Index max_steps);

}  // namespace linnet::landscape
