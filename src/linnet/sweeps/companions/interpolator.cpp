#include "linnet/exact/interpolator.hpp"

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

/// The minimum, as A; the library's refusal of a network in the words of a configuration.
Matrix interpolator_of(const Network& start, const Task& task, const Layerwise& rates) {
  try {
    return interpolator(start, task, rates).transpose();
  } catch (const Error& e) {
    if (e.field() != "network") throw;
    bad_input({.field = "network.compare", .expected = "\"interpolator\" for " + e.expected(), .got = e.got()});
  }
}

class InterpolatorCompanion final : public Companion {
 public:
  explicit InterpolatorCompanion(const CompanionSetting& s) : rates_(s.c.solver.rates), network_(s.start.network) {}

  std::vector<Observable> begin(const Task& task) override {
    task_ = &task;
    a_ = interpolator_of(*network_, task, rates_);
    return {observables::distance([this](double) { return a_; })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& /*observer*/) override {
    Recorder recorder({*task_, *network_, 1.0, std::nullopt}, along(record, run), static_cast<double>(run.time.size()));
    for (const double t : run.time) recorder.record(t, a_, std::nullopt);
    network_ = run.final;
    return std::move(recorder).finish({.time = run.time.back()}, std::optional<Network>());
  }

 private:
  const Layerwise& rates_;
  std::optional<Network> network_;
  Matrix a_;
  const Task* task_ = nullptr;
};

}  // namespace

CompanionKind interpolator_companion() {
  return {.word = "interpolator",
          .meaning =
              "the minimum that a neuron, a diagonal network or balanced layers of one output converge to, by their "
              "potential",
          .legend = "predicted",
          .has_distance = true,
          .uses_rates = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<InterpolatorCompanion>(s); }};
}

}  // namespace linnet::sweeps
