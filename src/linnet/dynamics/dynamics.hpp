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
  sequential,    ///< two layers: layer 1, then layer 2 with the new W_1 and the old residual, as the code of Mixed's
                 ///< authors does
};

/// Where a step of descent goes.
enum class Direction {
  gradient,  ///< W_l ← W_l − η_l G_l, with G_l the gradient
  spectral,  ///< W_l ← W_l − η_l U_lV_lᵀ, with the singular vectors G_l = U_lS_lV_lᵀ: all modes of a layer move by η_l
};

/// How a step of descent moves the layers.
struct Update {
  Layerwise step = 1.0;  ///< η_l
  Order order = Order::simultaneous;
  double momentum = 0;  ///< β; only explicit weights can have momentum
  Direction direction = Direction::gradient;
};

/// What a step of descent sees of a matrix, of a task without samples.
struct Entries {
  std::span<const Index> batch = {};  ///< those of N observed entries that stand for all, by index; none: all entries
  const Matrix* noise = nullptr;      ///< ε, added to the target
};

/// How a flow is to be integrated.
struct Integration {
  double rtol = 1e-9;
  bool implicit = false;
};

/// A network in motion on a task: gradient descent moves it by steps, gradient flow by its velocity. There are two
/// families: LinearDynamics, of networks with an end-to-end matrix, and PerceptronDynamics.
///
/// Time: with rates η_l, dW_l/dt = −η_l ∂C/∂W_l; a step of descent with steps η_l is W_l ← W_l − η_l ∂C/∂W_l. With
/// weight decay μ, what moves the weights is the gradient of C + (μ/2)Σ‖W_l‖², ∂C/∂W_l + μW_l. Costs, errors and
/// gradients are those of C itself, at the present state, on all samples. All that a step needs is allocated once.
class Dynamics {
 public:
  virtual ~Dynamics() = default;

  [[nodiscard]] virtual Network network() const = 0;  ///< a copy of the present state
  [[nodiscard]] virtual std::unique_ptr<Dynamics> clone() const = 0;
  [[nodiscard]] virtual bool finite() const = 0;  ///< whether all numbers of the state are finite
  [[nodiscard]] virtual Matrix outputs(const Matrix& inputs) const = 0;  ///< f of each column

  // Quantities that take a pass over the samples are computed on demand, and kept until the state moves.
  [[nodiscard]] virtual double cost() const = 0;
  /// A cost that is available at every step, to detect divergence: C, or the cost of the last batch where C would take
  /// longer than the step.
  [[nodiscard]] virtual double cost_at_hand() const { return cost(); }
  [[nodiscard]] virtual double cost_at_zero() const = 0;   ///< of f = 0
  [[nodiscard]] virtual double gradient_norm() const = 0;  ///< ‖∇C(A)‖_F; of a perceptron |∂C/∂θ|
  [[nodiscard]] virtual double test_error() const = 0;     ///< nan without a test
  [[nodiscard]] double train_error() const { return task().train.error_of(cost()); }
  [[nodiscard]] virtual bool has_test() const { return task().test.has_value(); }
  [[nodiscard]] double test_accuracy() const;  ///< of tasks with test samples
  [[nodiscard]] Shape shape() const { return task().shape(); }
  [[nodiscard]] const Samples* samples() const { return task().samples(); }
  [[nodiscard]] const Samples* test_samples() const { return task().test_samples(); }
  /// Whether the cost is of least squares, so that noise can be added to its targets.
  [[nodiscard]] bool has_target() const { return task().train.has_target(); }
  /// Of a matrix that is completed; else null.
  [[nodiscard]] const Matrix* mask() const { return task().train.mask() ? &*task().train.mask() : nullptr; }
  /// Whether the test error takes little time compared with a step.
  [[nodiscard]] virtual bool test_is_cheap() const { return true; }

  /// The singular values of A, largest first, for events; empty for networks without A.
  [[nodiscard]] virtual Vector singular_values() const { return {}; }
  [[nodiscard]] virtual Index modes() const { return 0; }  ///< the number of singular values

  /// The weight decay μ of all that follows; 0 until it is set. Throws where this network has none.
  void set_weight_decay(double mu);
  [[nodiscard]] double weight_decay() const { return weight_decay_; }
  /// From now on weights that are exactly 0 stay 0: masks of the layers. Throws where this network has none.
  virtual void keep_zeros();
  /// |∂(C + (μ/2)|θ|²)/∂θ|, which vanishes where the flow rests. Throws for a network that does not know its weights.
  [[nodiscard]] virtual double slope() const;

  /// Whether its layers can decay with what is known of them.
  [[nodiscard]] virtual bool has_weight_decay() const { return false; }
  /// Whether the state is all weights, which momentum and spectral steps need.
  [[nodiscard]] virtual bool has_weights() const { return false; }

  /// One step of descent, on all samples, on a batch of them, or on entries of a matrix. Throws for an update that this
  /// network does not support.
  virtual void descend(const Update& update) = 0;
  virtual void descend(const Update& update, const Samples& batch) = 0;
  virtual void descend(const Update& update, const Entries& entries);
  /// V_l of the heavy ball, to continue a run; none before the first step with momentum.
  [[nodiscard]] virtual std::vector<Matrix> momentum() const { return {}; }
  virtual void set_momentum(const std::vector<Matrix>& /*momentum*/) {}

  /// Gradient flow as a system of ordinary differential equations, with its unknowns in one vector. `begin_flow` comes
  /// first; it throws for an integration that this network does not support.
  virtual void begin_flow(const Integration& /*integration*/) {}
  [[nodiscard]] virtual Index unknowns() const = 0;
  virtual void get(std::span<double> state) const = 0;
  virtual void set(std::span<const double> state) = 0;
  /// d(state)/dt at the present state.
  virtual void velocity(const Layerwise& rates, std::span<double> derivative) = 0;

  /// The derivative J of the velocity, for implicit integration: `linearize` at the present state, then products J v.
  /// Only some dynamics have it.
  [[nodiscard]] virtual bool has_jacobian() const { return false; }
  virtual void linearize(const Layerwise& /*rates*/) {}
  virtual void jacobian(std::span<const double> /*v*/, std::span<double> /*product*/) {}

  /// An approximation of (I − γJ)^{-1}, the preconditioner of the linear systems of implicit integration:
  /// `prepare_inverse` at the present state, then `invert` v in place. Only some dynamics have it.
  [[nodiscard]] virtual bool has_inverse() const { return false; }
  virtual void prepare_inverse(const Layerwise& /*rates*/, double /*gamma*/) {}
  virtual void invert(std::span<double> /*v*/) {}
  /// The rate at which small parts of the state grow at the last `linearize`, where it is known. Steps must resolve
  /// this rate.
  [[nodiscard]] virtual double growth() const { return 0; }

 protected:
  explicit Dynamics(const Task& task) : task_(&task) {}
  Dynamics(const Dynamics&) = default;
  Dynamics& operator=(const Dynamics&) = delete;

  [[nodiscard]] const Task& task() const { return *task_; }

 private:
  const Task* task_;
  double weight_decay_ = 0;
};

/// The dynamics that fits the network's form. `task` must outlive it. Throws when the shapes differ.
std::unique_ptr<Dynamics> make_dynamics(const Network& start, const Task& task);

}  // namespace linnet
