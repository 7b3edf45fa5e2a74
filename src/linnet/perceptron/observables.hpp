#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "linnet/observables/observable.hpp"
#include "linnet/perceptron/backpropagation.hpp"
#include "linnet/perceptron/task.hpp"

namespace linnet {

/// What observables of a perceptron compare with: the task and the start. Made once a run.
class PerceptronReference {
 public:
  /// Both must outlive it. `rates` are those of dW_l/dt = −η_l ∂C/∂W_l in the time of the records: of descent, whose
  /// step k is t = kη, the steps over their geometric mean.
  PerceptronReference(const PerceptronTask& task, const Perceptron& start, const Layerwise& rates);

  [[nodiscard]] const PerceptronTask& task() const { return *task_; }
  [[nodiscard]] const Perceptron& start() const { return *start_; }
  [[nodiscard]] const std::vector<double>& rates() const { return rates_; }  ///< one a layer
  [[nodiscard]] const Layerwise& ratios() const { return ratios_; }          ///< the rates over their geometric mean
  // Made when first asked for.
  [[nodiscard]] const Matrix& start_kernel() const;
  [[nodiscard]] const std::vector<Matrix>& start_preactivations() const;
  [[nodiscard]] const std::vector<Vector>& start_balances() const;

 private:
  const PerceptronTask* task_;
  const Perceptron* start_;
  std::vector<double> rates_;
  Layerwise ratios_;
  mutable std::optional<Matrix> kernel_;
  mutable std::optional<std::vector<Matrix>> preactivations_;
  mutable std::optional<std::vector<Vector>> balances_;
};

/// A perceptron at one instant, seen by observables. What several of them need is computed once, when asked for.
class PerceptronSnapshot {
 public:
  PerceptronSnapshot(const PerceptronReference& reference, const Perceptron& network, double cost)
      : reference_(&reference), network_(&network), cost_(cost) {}

  [[nodiscard]] const PerceptronReference& reference() const { return *reference_; }
  [[nodiscard]] const PerceptronTask& task() const { return reference_->task(); }
  [[nodiscard]] const Perceptron& network() const { return *network_; }
  [[nodiscard]] double cost() const { return cost_; }               ///< on the training samples
  [[nodiscard]] const std::vector<Matrix>& preactivations() const;  ///< on the training samples
  [[nodiscard]] const Matrix& outputs() const { return preactivations().back(); }
  [[nodiscard]] const Samples& test() const;  ///< throws when the task has none
  [[nodiscard]] const Matrix& test_outputs() const;
  [[nodiscard]] double test_error() const;

 private:
  const PerceptronReference* reference_;
  const Perceptron* network_;
  double cost_;
  mutable std::optional<std::vector<Matrix>> preactivations_;
  mutable std::optional<Matrix> test_outputs_;
};

/// Numbers computed from a perceptron at the instants that are recorded, and only then.
struct PerceptronObservable {
  std::string name;
  std::string long_name;
  Over over = Over::nothing;  ///< nothing, neurons or neuron_coordinates
  bool needs_test = false;
  std::function<void(const PerceptronSnapshot&, std::span<double>)> measure;

  /// How many numbers; throws, naming it, for a network that it is not made for.
  [[nodiscard]] Index length(const Perceptron& network) const;
};

namespace perceptron_observables {

PerceptronObservable cost();            ///< C = (1/P) Σ|f − y|²
PerceptronObservable train_error();     ///< the same: C
PerceptronObservable test_error();      ///< (1/P)Σ|f − y|² of the samples held out
PerceptronObservable train_accuracy();  ///< part of the samples whose largest output is that of the target; of one
                                        ///< output, whose sign is
PerceptronObservable test_accuracy();
PerceptronObservable kernel_distance();  ///< 1 − ⟨K_0, K_t⟩/(‖K_0‖‖K_t‖) on the training inputs, at the rates
PerceptronObservable hamming_distance();    ///< part of the (sample, hidden neuron) pairs that have changed sides
PerceptronObservable parameter_norm();      ///< |θ|
PerceptronObservable parameter_distance();  ///< |θ − θ_0|
PerceptronObservable imbalance_drift();     ///< max_k |δ_k(t) − δ_k(0)| over max_k of its two terms' sum at 0
// Of two layers and one output, for each neuron:
PerceptronObservable neuron_balance();    ///< δ_k = q η_w a_k² − η_a |w_k|²
PerceptronObservable neuron_path();       ///< |a_k| w_k
PerceptronObservable neuron_direction();  ///< w_k/|w_k|; 0 of a neuron without weights
PerceptronObservable neuron_magnitude();  ///< |a_k| |w_k|
PerceptronObservable neuron_readout();    ///< a_k

/// By its name; throws naming the nearest one.
PerceptronObservable by_name(std::string_view name);
std::vector<PerceptronObservable> by_names(const std::vector<std::string>& names);
std::vector<std::string> names();

}  // namespace perceptron_observables

}  // namespace linnet
