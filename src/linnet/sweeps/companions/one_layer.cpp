#include "linnet/error.hpp"
#include "linnet/exact/one_layer_flow.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

/// The one-layer model whose representations stay those of the start: A moves at the rate 2κ.
class OneLayerCompanion final : public Companion {
 public:
  explicit OneLayerCompanion(const CompanionSetting& s) : a_(end_to_end(*s.start.network)) {
    const Layerwise& rates = s.c.solver.rates.pair("solver.rates");
    if (!rates.uniform()) {
      bad_input({.field = "solver.rates", .expected = "equal rates, for compare = \"one_layer\"", .got = "two"});
    }
    const Layerwise scales = s.start.scales ? *s.start.scales : fit_closure(*s.start.network).scales();
    layer_rate_ = rates[0];
    rate_ = layer_rate_ * (scales[0] + scales[1]);
    // Of balanced weights the larger layer may turn, in one task.
    const DeepLinear* weights = two_layers_of(*s.start.network);
    const bool balanced = s.start.scales && scales[0] * scales[1] == 0 && scales[0] + scales[1] > 0;
    if (weights != nullptr && balanced && s.c.task.then.empty()) weights_ = *weights;
  }

  std::vector<Observable> begin(const Task& task) override {
    weights_ ? shallow_.emplace(*weights_, task, layer_rate_) : shallow_.emplace(a_, task, rate_);
    return {observables::distance([this](double t) { return shallow_->end_to_end(t); })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& observer) override {
    return trace(*shallow_, run.time.back(), along(record, run), observer);
  }
  bool go_on(double t_end) override {
    a_ = shallow_->end_to_end(t_end);
    return true;
  }

 private:
  Matrix a_;
  std::optional<DeepLinear> weights_;
  double layer_rate_ = 1;
  double rate_ = 0;
  std::optional<OneLayerFlow> shallow_;
};

}  // namespace

CompanionKind one_layer_companion() {
  return {
      .word = "one_layer",
      .meaning =
          "the model of one layer, at the rate 2κ; for λ-balanced weights the limit of large |λ|, in which a larger "
          "layer that does not reach all directions turns",
      .legend = "one layer",
      .has_distance = true,
      .uses_rates = true,
      .make = [](const CompanionSetting& s) { return std::make_unique<OneLayerCompanion>(s); }};
}

}  // namespace linnet::sweeps
