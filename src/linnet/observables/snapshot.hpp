#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/kernel.hpp"
#include "linnet/networks/network.hpp"
#include "linnet/observables/threshold.hpp"
#include "linnet/tasks/task.hpp"

namespace linnet {

/// What observables compare with: the task and the start. One for each run.
class Reference {
 public:
  /// `rates` are those of dW_l/dt = −η_l ∂C/∂W_l in the time of the records. Step k of descent is time t = kη, so that
  /// its rates are the steps over their geometric mean. `threshold` κ separates lazy and active; if not given, it is
  /// that of the start.
  Reference(const Task& task, const Network& start, const Layerwise& rates,
            const std::optional<Threshold>& threshold = std::nullopt);

  [[nodiscard]] const Task& task() const { return *task_; }
  [[nodiscard]] const Network& start() const { return *start_; }
  [[nodiscard]] const std::shared_ptr<const Network>& shared_start() const { return start_; }
  // Made when first asked for:
  [[nodiscard]] const GramState& start_gram() const;
  [[nodiscard]] const Closure& start_closure() const;        ///< of the layers W_l/√η_l, at the ratios of the rates
  [[nodiscard]] const TangentKernel& start_kernel() const;   ///< `perceptron_of` the start, if it has weights
  [[nodiscard]] const Perceptron& start_perceptron() const;  ///< `perceptron_of` it, where it has weights
  [[nodiscard]] const Matrix& start_traced_kernel() const;   ///< of a perceptron, on the training samples
  [[nodiscard]] const std::vector<Matrix>& start_preactivations() const;  ///< on the training samples
  [[nodiscard]] const std::vector<Vector>& start_balances() const;        ///< `neuron_balances` at the rates
  [[nodiscard]] const linalg::Svd& task_svd() const;                      ///< of Y
  /// Σ_xx^{½} of the task's inputs if they are not white: `Cost::input_root`.
  [[nodiscard]] const std::optional<Matrix>& input_root() const;
  /// ∇C(0), the gradient at the origin of the weights, and its largest singular value s_1, the rate of the fastest
  /// escape.
  struct Origin {
    Matrix gradient;
    double strength = 0;
  };
  [[nodiscard]] const Origin& origin() const;
  [[nodiscard]] const Threshold& threshold() const { return threshold_; }
  [[nodiscard]] const Layerwise& rates() const { return rates_; }
  [[nodiscard]] const Layerwise& ratios() const { return ratios_; }  ///< the rates over their geometric mean
  [[nodiscard]] std::vector<double> rates_of(Index depth) const;     ///< one for each layer
  /// The tangent kernel at the rates, on inputs of the task's covariance.
  [[nodiscard]] TangentKernel kernel_of(const Network& network) const;

 private:
  const Task* task_;
  std::shared_ptr<const Network> start_;
  Layerwise rates_;
  Layerwise ratios_;
  Threshold threshold_;
  mutable std::optional<GramState> gram_;
  mutable std::optional<Closure> closure_;
  mutable std::optional<TangentKernel> kernel_;
  mutable std::optional<Perceptron> perceptron_;
  mutable std::optional<Matrix> traced_kernel_;
  mutable std::optional<std::vector<Matrix>> preactivations_;
  mutable std::optional<std::vector<Vector>> balances_;
  mutable std::optional<std::optional<Matrix>> input_root_;
  mutable std::optional<linalg::Svd> svd_;
  mutable std::optional<Origin> origin_;
};

/// A network at one instant, as the input of observables. What several of them use is computed once, on first use.
/// Observables declare what they need (Observable::need), so that none asks for what a network does not have.
class Snapshot {
 public:
  /// From a run, which has the costs. `network` may be null if no observable uses it.
  Snapshot(const Reference& reference, const Dynamics& dynamics, const Network* network, double time);
  /// From A; `network` may be null.
  Snapshot(const Reference& reference, const Matrix& end_to_end, const Network* network, double time);
  /// From a network alone.
  Snapshot(const Reference& reference, const Network& network, double time);

  [[nodiscard]] const Reference& reference() const { return *reference_; }
  [[nodiscard]] const Task& task() const { return reference_->task(); }
  [[nodiscard]] double time() const { return time_; }
  [[nodiscard]] bool has_network() const { return network_ != nullptr; }
  [[nodiscard]] const Network& network() const;
  [[nodiscard]] double cost() const;
  [[nodiscard]] double train_error() const { return task().train.error_of(cost()); }
  [[nodiscard]] double test_error() const;                ///< for tasks with a test
  [[nodiscard]] double error_on(const Cost& cost) const;  ///< by any cost that fits the network

  // For linear networks.
  [[nodiscard]] const Matrix& end_to_end() const;
  [[nodiscard]] const Residual& residual() const;
  [[nodiscard]] const Vector& singular_values() const;
  [[nodiscard]] const linalg::Svd& svd() const;
  [[nodiscard]] const GramState& gram_state() const;

  // For tasks with samples.
  [[nodiscard]] const Matrix& outputs() const;  ///< of the training samples
  [[nodiscard]] const Matrix& test_outputs() const;

  // For networks with weights.
  [[nodiscard]] const Perceptron& perceptron() const;
  [[nodiscard]] const std::vector<Matrix>& preactivations() const;  ///< of the training samples

 private:
  [[nodiscard]] Matrix outputs_of(const Samples& samples) const;

  const Reference* reference_;
  const Dynamics* dynamics_ = nullptr;
  const LinearDynamics* linear_ = nullptr;  // the same, of linear networks
  const Matrix* a_ = nullptr;
  const Network* network_;
  double time_;
  mutable std::optional<Residual> residual_;
  mutable std::optional<Vector> s_;
  mutable std::optional<linalg::Svd> svd_;
  mutable std::optional<GramState> gram_;
  mutable std::optional<Perceptron> perceptron_;
  mutable std::optional<std::vector<Matrix>> preactivations_;
  mutable std::optional<Matrix> outputs_;
  mutable std::optional<Matrix> test_outputs_;
};

}  // namespace linnet
