#pragma once

#include <optional>

#include "linnet/dynamics/dynamics.hpp"

namespace linnet {

/// A network that is linear: what moves it is the cost of its end-to-end matrix A. `residual()` is always that of the
/// present A.
class LinearDynamics : public Dynamics {
 public:
  using Dynamics::task;
  [[nodiscard]] const Residual& residual() const { return residual_; }  ///< cost and gradient at the present A
  [[nodiscard]] virtual const Matrix& end_to_end() const = 0;
  /// The largest rank that A can take, where a hidden layer or the rank of the start itself limits it.
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

 protected:
  using Dynamics::Dynamics;

  /// One step of gradient descent, with ∇C(A) = `gradient`: that of the residual, or of a batch.
  virtual void descend_along(const Update& update, const Matrix& gradient) = 0;

  /// Throws, as this network has no weights that momentum could carry on.
  static void refuse_momentum(const Update& update);

  void refresh();  ///< after A changed

 private:
  Residual residual_;
  mutable std::optional<double> test_error_;  // of the present A
  Matrix batch_difference_;
  Matrix batch_gradient_;
};

}  // namespace linnet
