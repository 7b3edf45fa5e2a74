#include "linnet/observables/snapshot.hpp"

#include <cmath>

#include "linnet/error.hpp"

namespace linnet {

Reference::Reference(const Task& task, const Network& start, PerLayer rates, std::optional<double> threshold)
    : task_(&task),
      start_(start),
      rates_(std::sqrt(rates.first / rates.second), std::sqrt(rates.second / rates.first)),
      threshold_(threshold) {
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

GramState Reference::rescaled(const GramState& g) const { return linnet::rescaled(g, rates_); }

const linalg::Svd& Reference::task_svd() const {
  if (!svd_) svd_ = linalg::svd(task_->target());
  return *svd_;
}

double Reference::threshold() const {
  if (threshold_) return *threshold_;
  if (const auto* closed = std::get_if<SelfConsistent>(&start_)) {
    return (closed->scales().first / rates_.first + closed->scales().second / rates_.second) / 2;
  }
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
