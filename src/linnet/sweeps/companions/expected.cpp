#include <fmt/format.h>

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

/// The mean balance of Gaussian weights, to compare with the weights drawn.
class ExpectedCompanion final : public Companion {
 public:
  explicit ExpectedCompanion(const CompanionSetting& s) {
    if (!s.start.expected) {
      bad_input({.field = "network.compare",
                 .expected = "\"expected\" for Gaussian weights alone",
                 .got = fmt::format("network.kind = \"{}\"", s.c.network.kind->word())});
    }
    expected_ = *s.start.expected;
  }

  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& /*observer*/) override {
    Trajectory t = nothing_known(e.runs.front().phases.front());
    for (Series& s : t.series) {
      if (s.name == "balance") s.values.setConstant(expected_.balance);
      if (s.name == "balance_spread") s.values.setConstant(expected_.distance);
    }
    e.runs.push_back({.dynamics = expected_legend, .phases = {std::move(t)}});
  }

  static constexpr const char* expected_legend = "expected";

 private:
  networks::EffectiveBalance expected_;
};

}  // namespace

CompanionKind expected_companion() {
  return {.word = "expected",
          .meaning = "the mean balance of Gaussian weights",
          .legend = ExpectedCompanion::expected_legend,
          .legend_of_run = "drawn",
          .make = [](const CompanionSetting& s) { return std::make_unique<ExpectedCompanion>(s); }};
}

}  // namespace linnet::sweeps
