#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "linnet/dynamics/layered_dynamics.hpp"
#include "linnet/perceptron/curvature.hpp"

namespace linnet {

/// All weights of a perceptron, by passes over samples. Nothing is allocated between steps.
///
/// The velocity of ReLU jumps where a sample crosses the hyperplane of a neuron, and a sample that is pushed towards it
/// from both sides stays there. An implicit method therefore integrates a network whose kinks are rounded over 10 rtol
/// times the root mean square of the inputs of hidden neurons at the start. The error of this is no larger than that of
/// the steps, and half of the steps are saved. Costs and errors are those of the network itself.
class PerceptronDynamics final : public LayeredDynamics<Dynamics> {
 public:
  /// Throws unless the task has samples.
  PerceptronDynamics(const Perceptron& start, const Task& task);
  PerceptronDynamics(const PerceptronDynamics& other);

  [[nodiscard]] Network network() const override { return Perceptron(weights_, neuron_); }
  [[nodiscard]] std::unique_ptr<Dynamics> clone() const override { return std::make_unique<PerceptronDynamics>(*this); }
  [[nodiscard]] bool finite() const override;
  [[nodiscard]] Matrix outputs(const Matrix& inputs) const override;

  [[nodiscard]] double cost() const override;
  [[nodiscard]] double cost_at_hand() const override { return steps_by_batches_ ? batch_cost_ : cost(); }
  [[nodiscard]] double cost_at_zero() const override;
  /// Of the integrated network, whose kinks may be rounded.
  [[nodiscard]] double gradient_norm() const override;
  [[nodiscard]] double slope() const override;
  [[nodiscard]] bool has_weight_decay() const override { return true; }
  [[nodiscard]] double test_error() const override;
  [[nodiscard]] bool has_test() const override { return test_samples() != nullptr; }
  [[nodiscard]] bool test_is_cheap() const override { return false; }

  void descend(const Update& update) override;
  using Dynamics::descend;
  void descend(const Update& update, const Samples& batch) override;

  /// Throws for an explicit method with an rtol below 1e-8, which would have to resolve every kink.
  void begin_flow(const Integration& integration) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;
  [[nodiscard]] bool has_jacobian() const override { return true; }
  void linearize(const Layerwise& rates) override;
  void jacobian(std::span<const double> v, std::span<double> product) override;

 private:
  [[nodiscard]] Objective objective() const { return task().train.objective(); }
  [[nodiscard]] const Backpropagation& integrated() const { return rounded_ ? *rounded_ : exact_; }
  void differentiate() const;  // makes `integrated` have the gradients at the present weights
  void step(const Update& update);
  void leave_flow();  // descent is that of the network itself
  void moved() override;

  HiddenUnit neuron_;
  HiddenUnit integrated_neuron_;
  std::vector<Matrix> direction_;  // made when first needed
  mutable Backpropagation exact_;
  mutable std::optional<Backpropagation> rounded_;
  std::shared_ptr<const Backpropagation::Prepared> train_;
  std::shared_ptr<const Backpropagation::Prepared> test_;  // null without a test
  std::unique_ptr<Curvature> curvature_;                   // allocated when first needed
  Layerwise rates_ = 1.0;                                  // of the last `linearize`

  bool needs_gradients_ = true;  // in descent on all samples, which needs cost and gradient together
  bool steps_by_batches_ = false;
  double batch_cost_ = 0;
  mutable std::optional<double> cost_;  // of the present weights
  mutable std::optional<double> test_error_;
  mutable bool differentiated_ = false;
};

}  // namespace linnet
