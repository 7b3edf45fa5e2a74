#include <cmath>

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

/// The self-consistent dynamics from the same A(0), by the same steps.
class SelfConsistentCompanion final : public Companion {
 public:
  explicit SelfConsistentCompanion(const CompanionSetting& setting) {
    if (!setting.c.solver.kind->by_steps()) {
      bad_input({.field = "network.compare",
                 .expected = "\"none\", except for solver.kind = \"descent\"",
                 .got = "\"self_consistent\"",
                 .hint = "run the flow twice, with network.state = \"gram\" and \"self_consistent\""});
    }
    network_ = as_if_wide(setting.network(), setting.start);
  }

  Trajectory train_both(const Network& now, const Task& task, const GradientDescent& descent, const Record& record,
                        const Observer& observer) override {
    Comparison both = compare(now, *network_, task, descent, record, observer);
    const double root = std::sqrt(static_cast<double>(task.shape().outputs * task.shape().inputs));
    both.first.series.push_back({.name = "distance",
                                 .long_name = "distance |A - A'|_F / sqrt(n_0 n_2) of the two dynamics",
                                 .units = "1",
                                 .values = both.distance / root});
    largest_ = both.largest_distance / root;
    network_ = both.second.final;
    own_ = std::move(both.second);
    return std::move(both.first);
  }

  Trajectory end(const Record& /*record*/, const Trajectory& /*run*/, const Observer& /*observer*/) override {
    return std::move(own_);
  }
  [[nodiscard]] double largest_distance(const Trajectory& /*run*/) const override { return largest_; }
  bool go_on(double /*t_end*/) override { return network_.has_value(); }

 private:
  std::optional<Network> network_;
  Trajectory own_;
  double largest_ = 0;  // over all steps, recorded or not
};

}  // namespace

CompanionKind self_consistent_companion() {
  return {.word = "self_consistent",
          .meaning = "the self-consistent dynamics from the same A(0), by the same steps of descent",
          .legend = "self-consistent",
          .has_distance = true,
          .both_ends = false,
          .in_lockstep = true,
          .with_weight_decay = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<SelfConsistentCompanion>(s); }};
}

}  // namespace linnet::sweeps
