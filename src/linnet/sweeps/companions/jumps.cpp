#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linnet/error.hpp"
#include "linnet/landscape/diagonal_saddles.hpp"
#include "linnet/sweeps/companions/companion.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet::sweeps {

namespace {

/// The limit of a diagonal network whose start vanishes: at each time the saddle at which it waits.
class JumpsCompanion final : public Companion {
 public:
  explicit JumpsCompanion(const CompanionSetting& s)
      : start_(*s.start.network), small_(landscape::small_start(start_)) {
    const Layerwise& rates = s.c.solver.rates;
    if (std::holds_alternative<DeepDiagonal>(start_) && !rates.uniform()) {
      bad_input({.field = "solver.rates", .expected = "equal rates, for compare = \"jumps\"", .got = "different ones"});
    }
    if (!s.prepared.then.empty()) {
      bad_input({.field = "task.then",
                 .expected = "no further task, for network.compare = \"jumps\"",
                 .got = fmt::format("{}", s.c.task.then.size()),
                 .hint = "the limit is that of one small start"});
    }
    small_.unit /= rates.geometric_mean();
  }

  std::vector<Observable> begin(const Task& task) override {
    task_ = &task;
    saddles_ = landscape::diagonal_saddles(task, small_.positive);
    return {observables::distance([this](double t) { return at(t); })};
  }
  Trajectory end(const Record& record, const Trajectory& run, const Observer& /*observer*/) override {
    Recorder recorder({*task_, start_, 1.0, std::nullopt}, along(record, run), static_cast<double>(run.time.size()));
    for (const double t : run.time) recorder.record(t, at(t), std::nullopt);
    return std::move(recorder).finish({.time = run.time.back()}, std::optional<Network>());
  }
  void tell(const Trajectory& /*run*/, Execution& e) override {
    std::vector<double> times;
    for (std::size_t k = 1; k < saddles_.size(); ++k) times.push_back(small_.unit * saddles_[k].time);
    e.attributes["jump_times"] = fmt::format("{:.6g}", fmt::join(times, " "));
  }

 private:
  [[nodiscard]] Matrix at(double t) const { return saddle_at(saddles_, t / small_.unit).values.transpose(); }

  const Network& start_;
  landscape::SmallStart small_;
  const Task* task_ = nullptr;
  std::vector<landscape::DiagonalSaddle> saddles_;
};

}  // namespace

CompanionKind jumps_companion() {
  return {.word = "jumps",
          .meaning = "the saddles between which a diagonal network jumps as its start vanishes, at their times",
          .legend = "vanishing start",
          .has_distance = true,
          .uses_rates = true,
          .make = [](const CompanionSetting& s) { return std::make_unique<JumpsCompanion>(s); }};
}

}  // namespace linnet::sweeps
