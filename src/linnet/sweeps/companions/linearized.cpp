#include "linnet/perceptron/linearized.hpp"

#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

/// Train and test error of the perceptron linearized at its start, at the instants of the run. All other observables
/// are unknown.
class LinearizedCompanion final : public Companion {
 public:
  explicit LinearizedCompanion(const CompanionSetting& s) : s_(s) {
    if (!s.c.task.then.empty()) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"linearized\"",
                 .got = std::to_string(s.c.task.then.size())});
    }
    if (const char* beside = s.c.solver.kind->beside_all_samples()) {
      bad_input({.field = "network.compare",
                 .expected = "descent on all samples and no momentum, for \"linearized\"",
                 .got = beside});
    }
  }

  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& observer) override {
    Trajectory& run = e.runs.front().phases.front();
    try {
      const Interruptible interruptible([&] { return !observer || observer({}); });
      e.runs.push_back({.dynamics = "linearized", .phases = {errors(run)}});
    } catch (const Error& error) {
      if (!is_interruption(error)) throw;
      e.runs.front().phases.front().outcome.status = Status::interrupted;  // the run itself is kept
    }
  }

 private:
  [[nodiscard]] Trajectory errors(const Trajectory& run) const {
    const bool descent = s_.c.solver.kind->by_steps();
    const PerceptronLinearized lazy(std::get<Perceptron>(*s_.start.network), *s_.prepared.task,
                                    descent ? descent_step(s_.c, s_.prepared, s_.start) : s_.c.solver.rates);
    Trajectory t = nothing_known(run);
    for (Series& s : t.series) {
      Matrix& values = s.values;
      const bool on_train = s.name == "train_error" || s.name == "cost";
      if (!on_train && s.name != "test_error") continue;
      for (Index i = 0; i < values.rows(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (descent) {
          values(i, 0) = on_train ? lazy.train_error_after(t.step[at]) : lazy.test_error_after(t.step[at]);
        } else {
          values(i, 0) = on_train ? lazy.train_error(t.time[at]) : lazy.test_error(t.time[at]);
        }
      }
    }
    return t;
  }

  CompanionSetting s_;
};

}  // namespace

CompanionKind linearized_companion() {
  return {.word = "linearized",
          .meaning = "the perceptron linearized at its start",
          .legend = "linearized",
          .for_perceptrons = true,
          .instead = "a deep network is held so by network.state = \"linearized\"",
          .make = [](const CompanionSetting& s) { return std::make_unique<LinearizedCompanion>(s); }};
}

}  // namespace linnet::sweeps
