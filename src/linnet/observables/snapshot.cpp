#include "linnet/observables/snapshot.hpp"

#include "linnet/error.hpp"

namespace linnet {

Reference::Reference(const Task& task, const Network& start, const Layerwise& rates,
                     const std::optional<Threshold>& threshold)
    : task_(&task),
      start_(std::make_shared<const Network>(start)),
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

const std::optional<Matrix>& Reference::input_root() const {
  if (!input_root_) input_root_.emplace(task_->train.input_root());
  return *input_root_;
}

TangentKernel Reference::kernel_of(const Network& network) const {
  TangentKernel kernel(network, ratios_);
  return input_root() ? kernel.seen_through(*input_root()) : kernel;
}

const linalg::Svd& Reference::task_svd() const {
  if (!svd_) svd_ = linalg::svd(task_->target());
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

Snapshot::Snapshot(const Reference& reference, const Matrix& end_to_end, const Network* network, double time,
                   Known known)
    : reference_(&reference), a_(&end_to_end), network_(network), time_(time), known_(known) {}

const Network& Snapshot::network() const {
  if (network_ == nullptr) {
    bad_input({.field = "record",
               .expected = "observables of the end-to-end matrix alone",
               .got = "one of the representations, which are not kept here",
               .hint = "record it along the run instead"});
  }
  return *network_;
}

const Residual& Snapshot::residual() const {
  if (known_.residual != nullptr) return *known_.residual;
  if (!residual_) residual_ = task().train.evaluate(*a_);
  return *residual_;
}

double Snapshot::test_error() const { return known_.test_error ? *known_.test_error : task().test->error(*a_); }

const Vector& Snapshot::singular_values() const {
  if (svd_) return svd_->s;
  if (!s_) s_ = linalg::singular_values(*a_);
  return *s_;
}

const linalg::Svd& Snapshot::svd() const {
  if (!svd_) svd_ = linalg::svd(*a_);
  return *svd_;
}

const GramState& Snapshot::gram_state() const {
  if (!gram_) gram_ = linnet::gram_state(network());
  return *gram_;
}

}  // namespace linnet
