#include "linnet/observables/snapshot.hpp"

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/networks/kernel.hpp"

namespace linnet {

namespace {

Layerwise scaled_to_product_one(const Layerwise& rates) {
  const double mean = rates.geometric_mean();
  std::vector<double> values = rates.values();
  for (double& rate : values) rate /= mean;
  return Layerwise(std::move(values));
}

}  // namespace

Reference::Reference(const Task& task, const Network& start, const Layerwise& rates, std::optional<double> threshold)
    : task_(&task), start_(start), rates_(scaled_to_product_one(rates)), threshold_(threshold) {
  if (threshold) require_non_negative(*threshold, "record.threshold");
}

const GramState& Reference::start_gram() const {
  if (!gram_) gram_ = linnet::gram_state(start_);
  return *gram_;
}

const Closure& Reference::start_closure() const {
  if (!closure_) closure_ = fit_closure(rescaled(start_gram()));
  return *closure_;
}

const DeepLinearized& Reference::start_kernel() const {
  if (!kernel_) kernel_.emplace(at_rates(DeepLinearized(*weights_of(start_)), rates_));
  return *kernel_;
}

GramState Reference::rescaled(const GramState& g) const { return linnet::rescaled(g, rates_.pair("rates")); }

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

double Reference::threshold() const {
  if (threshold_) return *threshold_;
  if (const auto* closed = std::get_if<SelfConsistent>(&start_)) {
    return (closed->scales().first / rates_[0] + closed->scales().second / rates_[1]) / 2;
  }
  if (const auto* diagonal = std::get_if<Diagonal>(&start_)) return diagonal->threshold();
  if (!has_gram_state(start_)) return std::nan("");
  return start_closure().threshold();
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
