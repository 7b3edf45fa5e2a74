#include <fmt/format.h>

#include "linnet/error.hpp"
#include "linnet/exact/mirror.hpp"
#include "linnet/exact/neuron_bias.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

/// The minimum that a neuron or a diagonal network is expected to converge to.
Matrix interpolator_of(const Configuration& c, const Network& start, const Task& task) {
  const auto* weights = two_layers_of(start);
  const auto* diagonal = std::get_if<Diagonal>(&start);
  if (weights == nullptr && diagonal == nullptr) {
    bad_input({.field = "network.compare",
               .expected = "\"interpolator\" for network.kind = \"neuron\" or \"diagonal\"",
               .got = fmt::format("network.kind = \"{}\"", c.network.kind->word())});
  }
  const Layerwise& rates = c.solver.rates.pair("solver.rates");
  return (diagonal != nullptr ? interpolator(*diagonal, task) : interpolator(neuron_of(*weights), task, rates))
      .transpose();
}

class InterpolatorCompanion final : public Companion {
 public:
  explicit InterpolatorCompanion(const CompanionSetting& s) : c_(s.c), network_(s.start.network) {}

  std::vector<Observable> begin(const Task& task) override {
    task_ = &task;
    a_ = interpolator_of(c_, *network_, task);
    return {observables::distance([this](double) { return a_; })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& /*observer*/) override {
    Recorder recorder({*task_, *network_, 1.0, std::nullopt}, along(record, run), static_cast<double>(run.time.size()));
    for (const double t : run.time) recorder.record(t, a_, std::nullopt);
    network_ = run.final;
    return std::move(recorder).finish({.time = run.time.back()}, std::optional<Network>());
  }

 private:
  const Configuration& c_;
  std::optional<Network> network_;
  Matrix a_;
  const Task* task_ = nullptr;
};

}  // namespace

CompanionKind interpolator_companion() {
  return {.word = "interpolator",
          .meaning = "the minimum that a neuron or a diagonal network converges to, by its potential",
          .legend = "predicted",
          .has_distance = true,
          .uses_rates = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<InterpolatorCompanion>(s); }};
}

}  // namespace linnet::sweeps
