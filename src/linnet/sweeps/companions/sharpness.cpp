#include "linnet/landscape/sharpness.hpp"

#include "linnet/error.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

constexpr const char* edge_legend = "edge of stability 2(1 + β)/η";
constexpr const char* flattest_legend = "no minimum is flatter";

/// One value of the sharpness, at all times of the run.
class ConstantSharpness : public Companion {
 public:
  [[nodiscard]] bool beside_each_task() const override { return false; }
  void finish(Execution& e, const Observer& /*observer*/) override {
    Trajectory t = nothing_known(e.runs.front().phases.front());
    for (Series& s : t.series) {
      if (s.name == "hessian_largest") s.values.setConstant(sharpness_);
    }
    e.runs.push_back({.dynamics = legend_, .phases = {std::move(t)}});
  }

 protected:
  ConstantSharpness(const char* legend, double sharpness) : legend_(legend), sharpness_(sharpness) {}

 private:
  const char* legend_;
  double sharpness_;
};

/// The sharpness above which descent leaves a minimum.
class EdgeCompanion final : public ConstantSharpness {
 public:
  explicit EdgeCompanion(const CompanionSetting& s) : ConstantSharpness(edge_legend, edge(s)) {}

 private:
  static double edge(const CompanionSetting& s) {
    std::optional<GradientDescent> descent;
    if (s.c.solver.kind->step() != nullptr && s.c.solver.kind->by_steps()) {
      descent = s.c.solver.kind->descent(descent_step(s.c, s.prepared, s.start), s.c.seed);
    }
    if (!descent || s.c.solver.kind->word() != std::string("descent") || !descent->step.uniform() ||
        descent->batch != 0 || !descent->schedule.constant()) {
      bad_input({.field = "network.compare",
                 .expected = "\"edge\" for solver.kind = \"descent\" with one constant step, on all samples",
                 .got = "another solver, steps that differ, or batches"});
    }
    return landscape::edge_of_stability(descent->step[0], descent->momentum);
  }
};

/// The least sharpness of the minima of the task.
class FlattestCompanion final : public ConstantSharpness {
 public:
  explicit FlattestCompanion(const CompanionSetting& s)
      : ConstantSharpness(flattest_legend, landscape::minimizer_sharpness(*s.prepared.task, require_layers(s)).least) {}
};

}  // namespace

CompanionKind edge_companion() {
  return {.word = "edge",
          .meaning =
              "the largest sharpness (hessian_largest) of a minimum that descent with this step does not leave, "
              "2(1 + β)/η",
          .legend = edge_legend,
          .make = [](const CompanionSetting& s) { return std::make_unique<EdgeCompanion>(s); }};
}

CompanionKind flattest_companion() {
  return {.word = "flattest",
          .meaning = "the least sharpness (hessian_largest) that a global minimum of this depth can have",
          .legend = flattest_legend,
          .make = [](const CompanionSetting& s) { return std::make_unique<FlattestCompanion>(s); }};
}

}  // namespace linnet::sweeps
