#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/landscape/unimodal_phase.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

constexpr const char* ratio_name = "unimodal_ratio";
constexpr const char* ratio_of_run_name = "unimodal_ratio_of_run";

/// When the norm of these columns first reaches `level`, by interpolation between records; nan if never.
double time_to(const Trajectory& run, const Matrix& values, Index at, Index size, double level) {
  double before = 0;
  for (std::size_t i = 0; i < run.time.size(); ++i) {
    const double now = values.row(static_cast<Index>(i)).segment(at, size).norm();
    if (now >= level) {
      if (i == 0) return run.time[0];
      return run.time[i - 1] + (run.time[i] - run.time[i - 1]) * (level - before) / (now - before);
    }
    before = now;
  }
  return std::nan("");
}

/// Two blocks of inputs from vanishing weights. Late fusion has nothing, then one block alone, from the time at which
/// the run has half of it, then both; of early fusion only the ratio of the two times is known, 1.
class UnimodalCompanion final : public Companion {
 public:
  explicit UnimodalCompanion(const CompanionSetting& s)
      : task_(*s.prepared.task), blocks_(s.c.network.kind->blocks()), depth_(require_layers(s)) {
    if (blocks_.inputs.size() != 2 || !s.prepared.then.empty() ||
        s.c.record.observables.end() == find_coefficients(s)) {
      bad_input({.field = "network.compare",
                 .expected = "\"unimodal\" for one task, two network.blocks, and coefficients among the observables",
                 .got = "another run"});
    }
    phase_ = landscape::unimodal_phase(*s.prepared.task, blocks_.inputs[0]);
  }

  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& /*observer*/) override {
    const Trajectory& run = e.runs.front().phases.front();
    const auto is_coefficients = [](const Series& s) { return s.name == "coefficients"; };
    const Matrix& values = std::find_if(run.series.begin(), run.series.end(), is_coefficients)->values;
    const std::vector<Index>& sizes = blocks_.inputs;
    const Index first = phase_.first == 0 ? 0 : sizes[0];
    const Index other = phase_.first == 0 ? sizes[0] : 0;
    const Index first_size = sizes[static_cast<std::size_t>(phase_.first)];
    const Index other_size = sizes[static_cast<std::size_t>(1 - phase_.first)];
    const double learned = time_to(run, values, first, first_size, phase_.end_to_end.norm() / 2);
    const double both =
        time_to(run, values, other, other_size, task_.target().middleCols(other, other_size).norm() / 2);
    const bool late = blocks_.fusion == depth_;
    e.numbers[ratio_of_run_name] = both / learned;
    e.numbers[ratio_name] = late ? phase_.ratio : blocks_.fusion == 1 ? 1.0 : std::nan("");
    Trajectory t = nothing_known(run);
    const Matrix nothing = Matrix::Zero(1, phase_.end_to_end.cols());
    for (Series& s : t.series) {
      for (std::size_t i = 0; late && i < t.time.size(); ++i) {
        const Matrix& now = !(t.time[i] >= learned)              ? nothing
                            : t.time[i] < phase_.ratio * learned ? phase_.end_to_end
                                                                 : task_.target();
        if (s.name == "coefficients") s.values.row(static_cast<Index>(i)) = now;
        if (s.name == "train_error") s.values(static_cast<Index>(i), 0) = task_.train.error(now);
      }
    }
    e.runs.push_back({.dynamics = "vanishing weights", .phases = {std::move(t)}});
  }

 private:
  static std::vector<std::string>::const_iterator find_coefficients(const CompanionSetting& s) {
    const auto& names = s.c.record.observables;
    return std::find(names.begin(), names.end(), "coefficients");
  }

  const Task& task_;
  config::InputBlocks blocks_;
  Index depth_;
  landscape::UnimodalPhase phase_;
};

}  // namespace

CompanionKind unimodal_companion() {
  return {.word = "unimodal",
          .meaning =
              "two blocks of inputs from vanishing weights: nothing, one block alone, then both; the ratio of the "
              "times at which the run has half of each, and that of late fusion in closed form (1 for early)",
          .legend = "vanishing weights",
          .with_masks = true,
          .numbers = {{ratio_name, "time of the second block over that of the first, vanishing weights"},
                      {ratio_of_run_name, "time of the second block over that of the first"}},
          .make = [](const CompanionSetting& s) { return std::make_unique<UnimodalCompanion>(s); }};
}

}  // namespace linnet::sweeps
