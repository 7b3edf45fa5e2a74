#include "linnet/dynamics/perceptron_dynamics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"

namespace linnet {

namespace {

bool has_kinks(const HiddenUnit& neuron, std::size_t layers) {
  return neuron.activation == Activation::relu && neuron.slope != 1 && layers > 1;
}

/// The root mean square of the inputs of hidden neurons.
double received(const Perceptron& network, const Matrix& inputs) {
  double sum = 0;
  double count = 0;
  const std::vector<Matrix> h = network.preactivations(inputs);
  for (std::size_t l = 0; l + 1 < h.size(); ++l) {
    sum += h[l].squaredNorm();
    count += static_cast<double>(h[l].size());
  }
  return std::sqrt(sum / count);
}

}  // namespace

PerceptronDynamics::PerceptronDynamics(const Perceptron& start, const Task& task)
    : LayeredDynamics(task, start.weights()),
      neuron_(start.neuron()),
      integrated_neuron_(start.neuron()),
      exact_(start, task.train.objective()),
      train_(std::make_shared<const Backpropagation::Prepared>(exact_.prepare(require_samples(task)))) {
  if (test_samples() != nullptr) {
    test_ = std::make_shared<const Backpropagation::Prepared>(exact_.prepare(*test_samples()));
  }
}

PerceptronDynamics::PerceptronDynamics(const PerceptronDynamics& other)
    : LayeredDynamics(other),
      neuron_(other.neuron_),
      integrated_neuron_(other.integrated_neuron_),
      exact_(Perceptron(weights_, neuron_), objective()),
      train_(other.train_),
      test_(other.test_) {
  if (other.rounded_) rounded_.emplace(Perceptron(weights_, integrated_neuron_), objective());
}

bool PerceptronDynamics::finite() const {
  return std::all_of(weights_.begin(), weights_.end(), [](const Matrix& w) { return std::isfinite(w.squaredNorm()); });
}

Matrix PerceptronDynamics::outputs(const Matrix& inputs) const { return Perceptron(weights_, neuron_).at(inputs); }

void PerceptronDynamics::moved() {
  cost_.reset();
  test_error_.reset();
  differentiated_ = false;
}

void PerceptronDynamics::differentiate() const {
  if (differentiated_) return;
  if (rounded_) {
    rounded_->differentiate(weights_, *train_);
  } else {
    cost_ = exact_.differentiate(weights_, *train_);
  }
  differentiated_ = true;
}

double PerceptronDynamics::cost() const {
  if (!cost_ && needs_gradients_) differentiate();
  if (!cost_) cost_ = exact_.cost(weights_, *train_);
  return *cost_;
}

double PerceptronDynamics::cost_at_zero() const {
  const Matrix& targets = samples()->targets;
  return task().train.of_outputs(Matrix::Zero(targets.rows(), targets.cols()));
}

double PerceptronDynamics::gradient_norm() const {
  differentiate();
  double sum = 0;
  for (const Matrix& g : integrated().gradients()) sum += g.squaredNorm();
  return std::sqrt(sum);
}

double PerceptronDynamics::slope() const {
  differentiate();
  double sum = 0;
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    sum += (integrated().gradients()[l] + weight_decay() * weights_[l]).squaredNorm();
  }
  return std::sqrt(sum);
}

double PerceptronDynamics::test_error() const {
  if (test_ == nullptr) return std::numeric_limits<double>::quiet_NaN();
  if (!test_error_) test_error_ = task().test->error_of(exact_.cost(weights_, *test_));
  return *test_error_;
}

void PerceptronDynamics::descend(const Update& update) {
  leave_flow();
  needs_gradients_ = true;
  steps_by_batches_ = false;
  differentiate();
  step(update);
}

void PerceptronDynamics::descend(const Update& update, const Samples& batch) {
  leave_flow();
  needs_gradients_ = false;
  steps_by_batches_ = true;
  batch_cost_ = exact_.differentiate(weights_, batch);
  step(update);
}

void PerceptronDynamics::step(const Update& u) {
  require_depth(u.step, "solver.step");
  if (u.order != Order::simultaneous) {
    bad_input({.field = "solver.order", .expected = "simultaneous, for perceptrons", .got = "sequential"});
  }
  const bool spectral = u.direction == Direction::spectral;
  if (u.momentum != 0 || spectral) flat::prepare(weights_, momentum_);
  for (std::size_t l = 0; l < weights_.size(); ++l) {
    const Matrix& g = exact_.gradients()[l];
    const double decay = u.step[l] * weight_decay();
    if (spectral) {
      momentum_[l] = u.momentum * momentum_[l] - g;
      weights_[l] += u.step[l] * linalg::polar_factor(momentum_[l]);
    } else if (u.momentum == 0) {
      if (decay != 0) weights_[l] *= 1 - decay;
      weights_[l] -= u.step[l] * g;
    } else {
      momentum_[l] = u.momentum * momentum_[l] - u.step[l] * g;
      if (decay != 0) momentum_[l] -= decay * weights_[l];
      weights_[l] += momentum_[l];
    }
  }
  moved();
}

void PerceptronDynamics::leave_flow() {
  if (!rounded_) return;
  rounded_.reset();
  integrated_neuron_ = neuron_;
  curvature_.reset();
  differentiated_ = false;
}

void PerceptronDynamics::begin_flow(const Integration& integration) {
  leave_flow();
  needs_gradients_ = false;
  steps_by_batches_ = false;
  if (!has_kinks(neuron_, weights_.size())) return;
  // With the default tolerance of smooth flows, error control would resolve every kink, and hardly advance.
  constexpr double least = 1e-8;
  if (integration.rtol < least) {
    bad_input({.field = "solver.rtol",
               .expected = "at least " + format_number(least) + ", for the kinks of ReLU",
               .got = format_number(integration.rtol),
               .hint = "the method bdf with an rtol from 1e-2 to 1e-6 suits them"});
  }
  if (!integration.implicit) return;
  integrated_neuron_.rounding = 10 * integration.rtol * received(Perceptron(weights_, neuron_), samples()->inputs);
  rounded_.emplace(Perceptron(weights_, integrated_neuron_), objective());
  curvature_.reset();
  moved();
}

void PerceptronDynamics::velocity(const Layerwise& rates, std::span<double> derivative) {
  require_depth(rates, "solver.rates");
  differentiate();
  flat::write_descent(derivative, rates, integrated().gradients());
  flat::add_decay(derivative, rates, weight_decay(), weights_);
}

void PerceptronDynamics::linearize(const Layerwise& rates) {
  if (!curvature_)
    curvature_ = std::make_unique<Curvature>(Perceptron(weights_, integrated_neuron_), *train_, objective());
  rates_ = rates;
  curvature_->linearize(weights_);
}

void PerceptronDynamics::jacobian(std::span<const double> v, std::span<double> product) {
  flat::prepare(weights_, direction_);
  flat::read(v, direction_);
  flat::write_descent(product, rates_, curvature_->product(direction_));
  flat::add_decay(product, rates_, weight_decay(), direction_);
}

}  // namespace linnet
