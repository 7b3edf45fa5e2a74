#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "linnet/dynamics/dynamics.hpp"
#include "linnet/perceptron/curvature.hpp"

namespace linnet {

/// All weights of a perceptron, by passes over samples. Nothing is allocated between steps.
///
/// The velocity of ReLU jumps where a sample crosses a neuron's hyperplane, and a sample that both sides push there
/// stays. What an implicit method integrates has its kinks rounded over 10 rtol times the root mean square of what
/// hidden neurons receive at the start: no larger an error than its steps make, and half of them are spared. Costs and
/// errors are those of the network itself.
class PerceptronDynamics final : public Dynamics {
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
  /// Of what is integrated, where its kinks are rounded.
  [[nodiscard]] double gradient_norm() const override;
  [[nodiscard]] double test_error() const override;
  [[nodiscard]] bool has_test() const override { return test_samples() != nullptr; }
  [[nodiscard]] bool test_is_cheap() const override { return false; }

  void descend(const Update& update) override;
  void descend(const Update& update, const Samples& batch) override;
  [[nodiscard]] std::vector<Matrix> momentum() const override { return momentum_; }
  void set_momentum(std::vector<Matrix> momentum) override { momentum_ = std::move(momentum); }

  /// Throws for an explicit method with an rtol below 1e-8, which would have to resolve every kink.
  void begin_flow(const Integration& integration) override;
  [[nodiscard]] Index unknowns() const override { return unknowns_; }
  void get(std::span<double> state) const override;
  void set(std::span<const double> state) override;
  void velocity(const Layerwise& rates, std::span<double> derivative) override;
  [[nodiscard]] bool has_jacobian() const override { return true; }
  void linearize(const Layerwise& rates) override;
  void jacobian(std::span<const double> v, std::span<double> product) override;

 private:
  [[nodiscard]] double factor() const { return task().train.normalisation().factor(); }
  [[nodiscard]] const Backpropagation& integrated() const { return rounded_ ? *rounded_ : exact_; }
  void differentiate() const;  // so that `integrated` has the gradients at the present weights
  void step(const Update& update);
  void leave_flow();  // descent is that of the network itself
  void moved();

  HiddenUnit neuron_;
  HiddenUnit integrated_neuron_;
  Index unknowns_;
  std::vector<Matrix> weights_;
  std::vector<Matrix> momentum_;   // V_l, made when first needed
  std::vector<Matrix> direction_;  // the same
  mutable Backpropagation exact_;
  mutable std::optional<Backpropagation> rounded_;
  std::shared_ptr<const Backpropagation::Prepared> train_;
  std::shared_ptr<const Backpropagation::Prepared> test_;  // null without a test
  std::unique_ptr<Curvature> curvature_;                   // made when first needed
  Layerwise rates_ = 1.0;                                  // of the last `linearize`

  bool needs_gradients_ = true;  // steps of descent on all samples, which look at cost and gradient at once
  bool steps_by_batches_ = false;
  double batch_cost_ = 0;
  mutable std::optional<double> cost_;  // of the present weights
  mutable std::optional<double> test_error_;
  mutable bool differentiated_ = false;
};

}  // namespace linnet
