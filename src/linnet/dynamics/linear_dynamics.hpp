#pragma once

#include <optional>

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// A network that is linear: the cost of its end-to-end matrix A moves it. `residual()` is always that of the present
/// A.
class LinearDynamics : public Dynamics {
 public:
  using Dynamics::task;
  [[nodiscard]] const Residual& residual() const { return residual_; }  ///< cost and gradient at the present A
  [[nodiscard]] virtual const Matrix& end_to_end() const = 0;
  /// The largest rank that A can have, where a hidden layer or the rank of the start limits the rank.
  [[nodiscard]] virtual Index rank_limit() const { return task().shape().modes(); }

  [[nodiscard]] bool finite() const final;
  [[nodiscard]] Matrix outputs(const Matrix& inputs) const final;
  [[nodiscard]] double cost() const final { return residual_.cost; }
  [[nodiscard]] double cost_at_zero() const final;
  [[nodiscard]] double gradient_norm() const final { return residual_.gradient.norm(); }
  [[nodiscard]] double test_error() const final;
  [[nodiscard]] Vector singular_values() const final;
  [[nodiscard]] Index modes() const final { return task().shape().modes(); }

  void descend(const Update& update) final { descend_along(update, residual_.gradient); }
  void descend(const Update& update, const Samples& batch) final;
  /// Of N observed entries b stand for all: the gradient on them alone, times N/b.
  void descend(const Update& update, const Entries& entries) final;

 protected:
  using Dynamics::Dynamics;

  /// One step of gradient descent along `gradient`, ∇C(A) on all samples or on a batch.
  virtual void descend_along(const Update& update, const Matrix& gradient) = 0;

  /// Throws if there is momentum, because this network has no explicit weights.
  static void refuse_momentum(const Update& update);

  void refresh();  ///< after A changed

 private:
  Residual residual_;
  mutable std::optional<double> test_error_;  // of the present A
  Matrix batch_difference_;
  Matrix batch_gradient_;
  Matrix noisy_gradient_;
};

}  // namespace linnet
