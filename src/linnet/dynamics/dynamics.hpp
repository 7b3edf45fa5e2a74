#pragma once

#include <memory>
#include <span>

#include "linnet/networks/network.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// Order of the layers' updates in a step of gradient descent.
enum class Order {
  simultaneous,  ///< all layers from the old weights
  sequential,    ///< two layers: 1 first, then 2 with the new W_1 but the old residual (the Mixed authors' code)
};

/// How a step of gradient descent moves the layers.
struct Update {
  Layerwise step = 1.0;  ///< η_l
  Order order = Order::simultaneous;
  double momentum = 0;  ///< μ; other than 0 for explicit weights alone
};

/// A network in motion on a task: gradient descent moves it by steps, gradient flow by its velocity.
///
/// Time: with rates η_l, dW_l/dt = −η_l ∂C/∂W_l; a step of descent with steps η_l is W_l ← W_l − η_l ∂C/∂W_l.
/// `residual()` is always that of the present A. Everything a step needs is allocated once.
class Dynamics {
 public:
  virtual ~Dynamics() = default;

  [[nodiscard]] const Task& task() const { return *task_; }
  [[nodiscard]] const Residual& residual() const { return residual_; }  ///< cost and gradient at the present A
  [[nodiscard]] virtual const Matrix& end_to_end() const = 0;
  [[nodiscard]] virtual Network network() const = 0;  ///< a copy of the present state
  /// The largest rank that A can take, where a hidden layer or the rank of the start itself limits it.
  [[nodiscard]] virtual Index rank_limit() const { return task().shape().modes(); }
  [[nodiscard]] virtual std::unique_ptr<Dynamics> clone() const = 0;

  /// One step of gradient descent, with ∇C(A) = `gradient`: that of the residual, or of a minibatch. Throws for an
  /// update that this network cannot take.
  virtual void descend(const Update& update, const Matrix& gradient) = 0;

  /// Gradient flow as a system of ordinary differential equations: its unknowns in one vector.
  [[nodiscard]] virtual Index unknowns() const = 0;
  virtual void get(std::span<double> state) const = 0;
  virtual void set(std::span<const double> state) = 0;
  /// d(state)/dt at the present state.
  virtual void velocity(const Layerwise& rates, std::span<double> derivative) = 0;

  /// The velocity's derivative, for implicit integration: `linearize` at the present state, then products J v. Not
  /// every dynamics has it.
  [[nodiscard]] virtual bool has_jacobian() const { return false; }
  virtual void linearize(const Layerwise& /*rates*/) {}
  virtual void jacobian(std::span<const double> /*v*/, std::span<double> /*product*/) {}

  /// (I − γJ)^{-1}, nearly, which implicit integration starts its linear systems from: `prepare_inverse` at the present
  /// state, then `invert` v in place. Not every dynamics has it.
  [[nodiscard]] virtual bool has_inverse() const { return false; }
  virtual void prepare_inverse(const Layerwise& /*rates*/, double /*gamma*/) {}
  virtual void invert(std::span<double> /*v*/) {}
  /// The rate at which small parts of the state grow at the last `linearize`, where that is known; steps must resolve
  /// it.
  [[nodiscard]] virtual double growth() const { return 0; }

 protected:
  explicit Dynamics(const Task& task) : task_(&task) {}
  Dynamics(const Dynamics&) = default;
  Dynamics& operator=(const Dynamics&) = delete;

  /// Throws, as this network has no weights that momentum could carry on.
  static void refuse_momentum(const Update& update);

  void refresh() { task_->train.evaluate(end_to_end(), residual_); }

 private:
  const Task* task_;
  Residual residual_;
};

/// The dynamics that fits the network's form. `task` must outlive it. Throws when the shapes differ.
std::unique_ptr<Dynamics> make_dynamics(const Network& start, const Task& task);

}  // namespace linnet
