#include <cmath>

#include "linnet/error.hpp"
#include "linnet/exact/convergence_bound.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

/// The certificate of exponential convergence: a bound on the cost and the train error. All else is unknown.
class BoundCompanion final : public Companion {
 public:
  explicit BoundCompanion(const CompanionSetting& s)
      : rates_(s.c.solver.rates), network_(as_if_wide(s.network(), s.start)), tolerance_(s.c.solver.closure_tolerance) {
    if (s.c.solver.kind->by_steps()) {
      bad_input({.field = "network.compare",
                 .expected = "\"bound\" for gradient flow or a closed form",
                 .got = "descent, whose steps are finite"});
    }
    if (!s.prepared.then.empty()) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"bound\"",
                 .got = std::to_string(s.c.task.then.size())});
    }
  }

  std::vector<Observable> begin(const Task& task) override {
    task_ = &task;
    bound_ = convergence_bound(network_, task, {.rates = rates_, .tolerance = tolerance_});
    return {};
  }
  Trajectory end(const Record& /*record*/, const Trajectory& run, const Observer& /*observer*/) override {
    Trajectory t = nothing_known(run);
    for (Series& s : t.series) {
      if (s.name != "cost" && s.name != "train_error") continue;
      for (std::size_t i = 0; i < t.time.size(); ++i) {
        const double cost = bound_.at(t.time[i]);
        s.values(static_cast<Index>(i), 0) = s.name == "cost" ? cost : task_->train.error_of(cost);
      }
    }
    return t;
  }
  [[nodiscard]] double largest_distance(const Trajectory& /*run*/) const override { return std::nan(""); }
  void tell(const Trajectory& /*run*/, Execution& e) override { e.numbers[rate_name] = bound_.rate; }

  static constexpr const char* rate_name = "bound_rate";

 private:
  const Layerwise& rates_;
  Network network_;
  double tolerance_;
  const Task* task_ = nullptr;
  ConvergenceBound bound_;
};

}  // namespace

CompanionKind bound_companion() {
  return {.word = "bound",
          .meaning =
              "the certificate of exponential convergence within the closure, for quadratic costs; a Gaussian "
              "start counts as infinitely wide",
          .legend = "certificate",
          .uses_rates = true,
          .uses_tolerance = true,
          .numbers = {{BoundCompanion::rate_name, "rate of the certificate"}},
          .make = [](const CompanionSetting& s) { return std::make_unique<BoundCompanion>(s); }};
}

}  // namespace linnet::sweeps
