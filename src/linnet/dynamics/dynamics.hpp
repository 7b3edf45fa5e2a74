#pragma once

#include <memory>
#include <span>
#include <vector>

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

/// How a flow is to be integrated.
struct Integration {
  double rtol = 1e-9;
  bool implicit = false;
};

/// A network in motion on a task: gradient descent moves it by steps, gradient flow by its velocity. It is of one of
/// two families: LinearDynamics, of networks with an end-to-end matrix, and PerceptronDynamics.
///
/// Time: with rates η_l, dW_l/dt = −η_l ∂C/∂W_l; a step of descent with steps η_l is W_l ← W_l − η_l ∂C/∂W_l.
/// Costs, errors and gradients are those of the present state, on all samples. Everything a step needs is allocated
/// once.
class Dynamics {
 public:
  virtual ~Dynamics() = default;

  [[nodiscard]] virtual Network network() const = 0;  ///< a copy of the present state
  [[nodiscard]] virtual std::unique_ptr<Dynamics> clone() const = 0;
  [[nodiscard]] virtual bool finite() const = 0;                         ///< whether the state is
  [[nodiscard]] virtual Matrix outputs(const Matrix& inputs) const = 0;  ///< f of each column

  // What costs a pass over samples is computed when asked for, and kept until the state moves.
  [[nodiscard]] virtual double cost() const = 0;
  /// A cost that is at hand at every step, by which divergence is seen: C, or that of the last batch where C would take
  /// longer than the step.
  [[nodiscard]] virtual double cost_at_hand() const { return cost(); }
  [[nodiscard]] virtual double cost_at_zero() const = 0;   ///< of f = 0
  [[nodiscard]] virtual double gradient_norm() const = 0;  ///< ‖∇C(A)‖_F; of a perceptron |∂C/∂θ|
  [[nodiscard]] virtual double test_error() const = 0;     ///< nan without a test
  [[nodiscard]] double train_error() const { return task().train.error_of(cost()); }
  [[nodiscard]] virtual bool has_test() const { return task().test.has_value(); }
  [[nodiscard]] double test_accuracy() const;  ///< of tasks with samples to test with
  [[nodiscard]] const Samples* samples() const { return task().samples(); }
  [[nodiscard]] const Samples* test_samples() const { return task().test_samples(); }
  /// Whether the test error is as good as free beside a step.
  [[nodiscard]] virtual bool test_is_cheap() const { return true; }

  /// The singular values of A, falling, for events; none of networks without A.
  [[nodiscard]] virtual Vector singular_values() const { return {}; }
  [[nodiscard]] virtual Index modes() const { return 0; }  ///< how many

  /// One step of gradient descent, on all samples or on a batch of them. Throws for an update that this network cannot
  /// take.
  virtual void descend(const Update& update) = 0;
  virtual void descend(const Update& update, const Samples& batch) = 0;
  /// V_l of the heavy ball, to continue a run; none before the first step with momentum.
  [[nodiscard]] virtual std::vector<Matrix> momentum() const { return {}; }
  virtual void set_momentum(std::vector<Matrix> /*momentum*/) {}

  /// Gradient flow as a system of ordinary differential equations: its unknowns in one vector. `begin_flow` comes
  /// first; it throws for what this network cannot afford.
  virtual void begin_flow(const Integration& /*integration*/) {}
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

  [[nodiscard]] const Task& task() const { return *task_; }

 private:
  const Task* task_;
};

/// The dynamics that fits the network's form. `task` must outlive it. Throws when the shapes differ.
std::unique_ptr<Dynamics> make_dynamics(const Network& start, const Task& task);

}  // namespace linnet
