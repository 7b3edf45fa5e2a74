#include "linnet/observables/snapshot.hpp"

#include "linnet/error.hpp"
#include "linnet/exact/aligned_modes.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/kernel.hpp"

namespace linnet {

Reference::Reference(const Task& task, const Network& start, const Layerwise& rates,
                     const std::optional<Threshold>& threshold)
    : task_(&task),
      start_(std::make_shared<const Network>(at_rates(start, rates))),
      rates_(rates),
      ratios_(rates.relative()),
      threshold_(threshold ? *threshold : Threshold(start_, rates)) {}

const GramState& Reference::start_gram() const {
  if (!gram_) gram_ = linnet::gram_state(*start_);
  return *gram_;
}

const Closure& Reference::start_closure() const {
  if (!closure_) closure_ = fit_closure(*start_, ratios_.pair("rates"));
  return *closure_;
}

const TangentKernel& Reference::start_kernel() const {
  if (!kernel_) kernel_ = kernel_of(*start_);
  return *kernel_;
}

const Perceptron& Reference::start_perceptron() const {
  if (const auto* own = std::get_if<Perceptron>(&*start_)) return *own;
  if (!perceptron_) perceptron_ = perceptron_of(*start_).value();
  return *perceptron_;
}

const Matrix& Reference::start_traced_kernel() const {
  if (!traced_kernel_) traced_kernel_ = traced_kernel(start_perceptron(), require_samples(*task_).inputs, ratios_);
  return *traced_kernel_;
}

const std::vector<Matrix>& Reference::start_preactivations() const {
  if (!preactivations_) preactivations_ = start_perceptron().preactivations(require_samples(*task_).inputs);
  return *preactivations_;
}

std::vector<double> Reference::rates_of(Index depth) const {
  std::vector<double> rates;
  for (Index l = 0; l < depth; ++l) rates.push_back(rates_[static_cast<std::size_t>(l)]);
  return rates;
}

const std::vector<Vector>& Reference::start_balances() const {
  if (!balances_) balances_ = neuron_balances(start_perceptron(), rates_of(start_perceptron().depth()));
  return *balances_;
}

const std::optional<Matrix>& Reference::input_root() const {
  if (!input_root_) input_root_.emplace(task_->train.input_root());
  return *input_root_;
}

TangentKernel Reference::kernel_of(const Network& network) const {
  TangentKernel kernel(network, rates_);
  return input_root() ? kernel.seen_through(*input_root()) : kernel;
}

const linalg::Svd& Reference::task_svd() const {
  if (svd_) return *svd_;
  // Equal y_i leave a choice of vectors, which correlated inputs may make.
  const Cost& cost = task_->train;
  if (!cost.is_white() && cost.covariance()) {
    constexpr double tolerance = 1e-8;
    AlignedModes modes = aligned_modes(task_->target(), cost_root(cost));
    const Index n = task_->shape().modes();
    if (modes.misalignment <= tolerance) {
      svd_ = {.u = modes.vectors.u.leftCols(n), .s = std::move(modes.vectors.s), .v = modes.vectors.v.leftCols(n)};
      return *svd_;
    }
  }
  svd_ = linalg::svd(task_->target());
  return *svd_;
}

const Reference::Origin& Reference::origin() const {
  if (!origin_) {
    const Shape shape = task_->shape();
    Matrix gradient = task_->train.evaluate(Matrix::Zero(shape.outputs, shape.inputs)).gradient;
    const double strength = linalg::operator_norm(gradient);
    origin_ = {.gradient = std::move(gradient), .strength = strength};
  }
  return *origin_;
}

Snapshot::Snapshot(const Reference& reference, const Dynamics& dynamics, const Network* network, double time)
    : reference_(&reference),
      dynamics_(&dynamics),
      linear_(dynamic_cast<const LinearDynamics*>(&dynamics)),
      a_(linear_ == nullptr ? nullptr : &linear_->end_to_end()),
      network_(network),
      time_(time) {}

Snapshot::Snapshot(const Reference& reference, const Matrix& end_to_end, const Network* network, double time)
    : reference_(&reference), a_(&end_to_end), network_(network), time_(time) {}

Snapshot::Snapshot(const Reference& reference, const Network& network, double time)
    : reference_(&reference), network_(&network), time_(time) {}

const Network& Snapshot::network() const {
  if (network_ == nullptr) {
    bad_input({.field = "record",
               .expected = "observables of the end-to-end matrix alone",
               .got = "one of the representations, which are not kept here",
               .hint = "record it along the run instead"});
  }
  return *network_;
}

double Snapshot::cost() const {
  if (dynamics_ != nullptr) return dynamics_->cost();
  return a_ != nullptr ? residual().cost : task().train.of_outputs(outputs());
}

double Snapshot::test_error() const {
  return dynamics_ != nullptr ? dynamics_->test_error() : error_on(task().test.value());
}

double Snapshot::error_on(const Cost& cost) const {
  if (a_ != nullptr) return cost.error(*a_);
  if (cost.samples() != nullptr) return cost.error_of(cost.of_outputs(outputs_of(*cost.samples())));
  bad_input({.field = "task",
             .expected = "a task with samples, for a network that is not linear",
             .got = "one of the end-to-end matrix alone"});
}

const Matrix& Snapshot::end_to_end() const {
  if (a_ != nullptr) return *a_;
  bad_input({.field = "record.observables",
             .expected = "a linear network, which has an end-to-end matrix A",
             .got = description_of(network())});
}

const Residual& Snapshot::residual() const {
  if (linear_ != nullptr) return linear_->residual();
  if (!residual_) residual_ = task().train.evaluate(end_to_end());
  return *residual_;
}

Matrix Snapshot::outputs_of(const Samples& samples) const {
  if (a_ != nullptr) return linalg::product(*a_, samples.inputs);
  return network_ != nullptr ? perceptron().at(samples.inputs) : dynamics_->outputs(samples.inputs);
}

const Matrix& Snapshot::outputs() const {
  if (preactivations_) return preactivations_->back();
  if (!outputs_) outputs_ = outputs_of(require_samples(task()));
  return *outputs_;
}

const Matrix& Snapshot::test_outputs() const {
  if (!test_outputs_) test_outputs_ = outputs_of(*task().test_samples());
  return *test_outputs_;
}

const Perceptron& Snapshot::perceptron() const {
  if (const auto* own = std::get_if<Perceptron>(&network())) return *own;
  if (!perceptron_) perceptron_ = perceptron_of(network()).value();
  return *perceptron_;
}

const std::vector<Matrix>& Snapshot::preactivations() const {
  if (!preactivations_) preactivations_ = perceptron().preactivations(require_samples(task()).inputs);
  return *preactivations_;
}

const Vector& Snapshot::singular_values() const {
  if (svd_) return svd_->s;
  if (!s_) s_ = linalg::singular_values(end_to_end());
  return *s_;
}

const linalg::Svd& Snapshot::svd() const {
  if (!svd_) svd_ = linalg::svd(end_to_end());
  return *svd_;
}

const GramState& Snapshot::gram_state() const {
  if (!gram_) gram_ = linnet::gram_state(network());
  return *gram_;
}

}  // namespace linnet
