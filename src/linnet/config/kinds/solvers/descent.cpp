#include "linnet/config/kinds/solver.hpp"
#include "linnet/config/kinds/stop_rules.hpp"
#include "linnet/error.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

class Descent final : public KindOf<Descent, SolverKind> {
 public:
  [[nodiscard]] const char* word() const override { return "descent"; }
  [[nodiscard]] const char* meaning() const override {
    return "Gradient descent. With cost ½|A − Y|² and rates 1, step k is time t = k η.";
  }
  void visit(FieldVisitor& v) override {
    const std::vector<Need> batches{{.text = "solver.batch > 0", .met = options_.batch > 0, .got = "solver.batch = 0"}};
    v.only_for({});
    step_.visit(v, {});
    v.real("momentum", options_.momentum, Range::non_negative,
           "μ in [0, 1) of the heavy ball, V ← μV − η ∂C/∂W, W ← W + V, of explicit weights only; t = k η/(1 − μ)");
    v.whole("batch", options_.batch, 0,
            "samples a step, of regression data; 0 takes all of them. A pass over the data takes them in a new random "
            "order, without replacement; a rest that does not fill a batch is left out of that pass");
    v.own_seed(own.seed, "of the order of the samples");
    if (!v.in_python()) {
      v.only_for(batches);
      v.seed("seed", seed_, "of the order of the samples; if unset, the common seed");
      v.only_for({});
    }
    v.whole("max_steps", options_.max_steps, 0,
            "the number of steps, unless the run ends earlier; of a run that continues a checkpoint, with the steps "
            "before it");
    v.word("order", options_.order, {{"simultaneous", Order::simultaneous}, {"sequential", Order::sequential}},
           "simultaneous, all layers from the old weights; or sequential, for two layers: layer 1 first, then layer 2 "
           "with the new W_1 but the old residual, as in the Mixed authors' code");
    stop_.visit(v);
    v.real("divergence_factor", options_.divergence_factor, Range::positive,
           "diverged: the cost is not finite, or this many times max(C at the start, C(0))");
    v.only_for(batches);
    v.whole("first_batch", options_.first_batch, 0,
            "the batch of the first step. Batch k depends on the seed and k alone, so that a run from the `final` of "
            "another continues the order of its batches with that one's `final_step`");
    v.only_for({});
  }

  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"GradientDescent", "", R"(Gradient descent on the weights.

Networks represented by A alone (`SelfConsistent`, `DeepLinearized`, `DeepBalanced`) take an Euler step of their
flow instead. `Diagonal` steps its weights.

Step k is time t = k (step_1 ... step_L)^(1/L) / (1 - momentum), gradient flow's time: t = k step with equal steps
and no momentum. `linnet.train` refuses values out of range.
Source: docs/theory.md, "Network, cost, training".)"}};
  }

  [[nodiscard]] const char* legend() const override { return "gradient descent"; }
  [[nodiscard]] const char* progress() const override { return "steps"; }
  [[nodiscard]] bool by_steps() const override { return true; }
  [[nodiscard]] bool sequential() const override { return options_.order == Order::sequential; }
  [[nodiscard]] bool moves() const override { return options_.max_steps > 0; }
  [[nodiscard]] double t_end() const override { return 0; }
  [[nodiscard]] const StepSize* step() const override { return &step_; }
  [[nodiscard]] Index steps() const override { return options_.max_steps; }
  [[nodiscard]] const char* beside_all_samples() const override {
    return options_.momentum != 0 ? "momentum" : options_.batch != 0 ? "batches" : nullptr;
  }

  [[nodiscard]] std::vector<double> times(const Schedule& schedule) const override {
    if (step_.numbers() == nullptr) {
      bad_input({.field = "sweep.curves",
                 .expected = "the same instants at every point",
                 .got = "solver.step = " + step_.rule() + ", a step of each point's own",
                 .hint = "give the step as a number"});
    }
    const double unit = step_.numbers()->geometric_mean() / (1 - options_.momentum);
    std::vector<double> times;
    for (const Index k : schedule.steps(options_.max_steps)) times.push_back(static_cast<double>(k) * unit);
    return times;
  }

  [[nodiscard]] std::optional<GradientDescent> descent(const Layerwise& step,
                                                       std::uint64_t common_seed) const override {
    GradientDescent made = options_;
    made.step = step;
    made.seed = seed_.value_or(common_seed);
    made.stop = stop_.make();
    return made;
  }

 private:
  GradientDescent options_;
  StepSize step_;
  std::optional<std::uint64_t> seed_;
  StopRules stop_;
};

}  // namespace

std::unique_ptr<SolverKind> solver_descent() { return std::make_unique<Descent>(); }

}  // namespace linnet::config
