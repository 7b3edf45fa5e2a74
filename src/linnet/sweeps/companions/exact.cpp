#include <functional>

#include "linnet/error.hpp"
#include "linnet/exact/deep_mode.hpp"
#include "linnet/exact/unbalanced_mode.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/networks/gaussian.hpp"
#include "linnet/sweeps/closed_forms.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

/// Weights that are balanced, or balanced except for one layer, with singular vectors of the task and all singular
/// values equal: A(t) = U diag(s_i(t)) Vᵀ.
class AlignedModes {
 public:
  AlignedModes(const Configuration& c, const Task& task) : task_(&task), y_(linalg::svd(task.target())) {
    const Layerwise& rates = c.solver.rates;
    const std::optional<config::AlignedStart> start = c.network.kind->aligned();
    const bool fits = start && rates.uniform() && task.train.is_white() && c.task.then.empty();
    if (!fits) {
      bad_input({.field = "network.compare",
                 .expected = "\"exact\" for one task of whitened inputs, equal rates, a whole depth, initialization = "
                             "\"balanced\" or \"unbalanced\" and "
                             "start = \"aligned\", for network.kind = \"deep\"",
                 .got = "another start or task"});
    }
    const double rate = rates[0] * *task.train.white_variance();
    for (const double target : y_.s) {
      if (start->imbalance) {
        // Flow starts from layers whose imbalance divided by their rate is that of the configuration.
        LayerImbalance imbalance = *start->imbalance;
        if (!c.solver.kind->by_steps()) imbalance.balance *= rates[0];
        const UnbalancedMode mode(
            {.depth = start->depth, .start = start->size, .target = target, .imbalance = imbalance, .rate = rate});
        modes_.emplace_back([mode](double t) { return mode.at(t); });
      } else {
        const DeepMode mode({.depth = start->depth, .start = start->size, .target = target, .rate = rate});
        modes_.emplace_back([mode](double t) { return mode.at(t); });
      }
    }
  }

  [[nodiscard]] Matrix end_to_end(double t) const {
    Vector s(y_.s.size());
    for (Index i = 0; i < s.size(); ++i) s(i) = modes_[static_cast<std::size_t>(i)](t);
    return y_.u * s.asDiagonal() * y_.v.transpose();
  }

  [[nodiscard]] Trajectory trace(const Network& start, const Record& record, const std::vector<double>& times,
                                 const Observer& observer) const {
    Recorder recorder({*task_, start, 1.0, std::nullopt}, record, static_cast<double>(times.size()));
    Outcome outcome = record_all(times, observer, [&](double t) { recorder.record(t, end_to_end(t), std::nullopt); });
    return std::move(recorder).finish(std::move(outcome), std::optional<Network>());
  }

 private:
  const Task* task_;
  linalg::Svd y_;
  std::vector<std::function<double(double)>> modes_;  // s_i(t)
};

/// For two layers: the closed form of the network, or, for Gaussian weights, that of the infinitely wide network.
class ExactCompanion final : public Companion {
 public:
  explicit ExactCompanion(const CompanionSetting& s) : c_(s.c), network_(s.network()) {
    // Gaussian weights are near the infinitely wide network, unless they satisfy the closure themselves (w = 1).
    const DeepLinear* weights = two_layers_of(network_);
    const Closure own = weights != nullptr ? fit_balance(*weights) : fit_balance(gram_state(network_));
    const bool wide = s.c.network.kind->is_gaussian() && own.residual > s.c.solver.closure_tolerance;
    if (wide) network_ = networks::infinite_width(s.prepared.shape, *s.start.scales);
  }

  std::vector<Observable> begin(const Task& task) override {
    exact_.emplace(make_exact_flow(c_, network_, task));
    return {observables::distance([this](double t) { return exact_->end_to_end(t); }),
            observables::gram_distance([this](double t) { return exact_->state(t); })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) override {
    return trace(*exact_, run.time.back(), along(record, run), observer);
  }
  bool go_on(double t_end) override {
    network_ = exact_->network(t_end);
    return true;
  }
  void begin_again(const Network& network) override { network_ = network; }

 private:
  const Configuration& c_;
  Network network_;
  std::optional<ExactFlow> exact_;
};

/// For one neuron.
class NeuronCompanion final : public Companion {
 public:
  explicit NeuronCompanion(const CompanionSetting& s) : c_(s.c), network_(s.network()) {}

  std::vector<Observable> begin(const Task& task) override {
    exact_.emplace(make_neuron_flow(c_, network_, task));
    return {observables::distance([this](double t) { return exact_->end_to_end(t); }),
            observables::gram_distance([this](double t) { return exact_->gram_state(t); }), warp_of(*exact_)};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) override {
    network_ = exact_->at(run.time.back()).weights();
    return trace(*exact_, run.time.back(), along(record, run), observer);
  }
  void tell(const Trajectory& /*run*/, Execution& e) override { sweeps::tell(*exact_, e.attributes); }

 private:
  const Configuration& c_;
  Network network_;
  std::optional<NeuronFlow> exact_;
};

/// For each mode of a deep network.
class AlignedCompanion final : public Companion {
 public:
  explicit AlignedCompanion(const CompanionSetting& s) : c_(s.c), network_(s.network()) {}

  std::vector<Observable> begin(const Task& task) override {
    modes_.emplace(c_, task);
    return {observables::distance([this](double t) { return modes_->end_to_end(t); })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) override {
    return modes_->trace(network_, along(record, run), run.time, observer);
  }

 private:
  const Configuration& c_;
  Network network_;
  std::optional<AlignedModes> modes_;
};

}  // namespace

CompanionKind exact_companion() {
  return {.word = "exact",
          .meaning =
              "the closed form of this start; for Gaussian weights that of the infinitely wide network; for deep "
              "weights, balanced or unbalanced and aligned with the task, that of each mode",
          .legend = "closed form",
          .has_distance = true,
          .uses_rates = true,
          .uses_tolerance = true,
          .make = [](const CompanionSetting& s) -> std::unique_ptr<Companion> {
            if (s.c.solver.kind->closed_form()) {
              bad_input({.field = "network.compare",
                         .expected = "\"none\" or \"one_layer\", for solver.kind = \"exact\"",
                         .got = "\"exact\"",
                         .hint = "solver.kind = \"flow\" trains what is compared with the closed form"});
            }
            if (s.c.network.kind->is_deep()) return std::make_unique<AlignedCompanion>(s);
            if (s.c.network.kind->is_neuron()) return std::make_unique<NeuronCompanion>(s);
            return std::make_unique<ExactCompanion>(s);
          }};
}

}  // namespace linnet::sweeps
