#include <functional>

#include "linnet/config/kinds/solver.hpp"
#include "linnet/error.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

/// The stop rules of descent, by name, with what they are told.
struct StopRules {
  std::vector<std::string> names = {};
  std::vector<StopRule> given = {};  ///< of Python, made already
  double train_error_below = 1e-3;
  Index rise_times = 2;
  double stall_change = 2e-4;
  double stall_drop = 1e-2;
  Index from_step = 4;
  double test_accuracy_above = 0.95;
  double cost_below = 0;
  double gradient_below = 0;

  struct Rule {
    std::string name;
    bool of_the_mixed_authors;
    std::function<StopRule(const StopRules&)> make;
  };
  static const std::vector<Rule>& all() {
    static const std::vector<Rule> rules{
        {"train_error_below", true, [](const StopRules& r) { return stop::train_error_below(r.train_error_below); }},
        {"test_error_rose", true, [](const StopRules& r) { return stop::test_error_rose(r.rise_times, r.from_step); }},
        {"train_error_stalled", true,
         [](const StopRules& r) { return stop::train_error_stalled(r.stall_change, r.stall_drop, r.from_step); }},
        {"cost_below", false, [](const StopRules& r) { return stop::cost_below(r.cost_below); }},
        {"gradient_below", false, [](const StopRules& r) { return stop::gradient_below(r.gradient_below); }},
        {"test_accuracy_above", false,
         [](const StopRules& r) { return stop::test_accuracy_above(r.test_accuracy_above); }},
    };
    return rules;
  }

  void visit(FieldVisitor& v) {
    v.object("stop", &given, "rules of `linnet.stop`, one or a list of them");
    if (v.in_python()) return;
    const auto only_with = [&](const std::vector<std::string>& rules) {
      v.only_for({named("solver.stop", names, rules)});
    };
    std::vector<std::string> known{mixed_authors};
    for (const Rule& rule : all()) known.push_back(rule.name);
    v.only_for({});
    v.choices("stop", names, known, "stop rules, by name; mixed_authors stands for the first three rules after it");
    only_with({"train_error_below", mixed_authors});
    v.real("train_error_below", train_error_below, Range::non_negative, "value of that rule");
    only_with({"test_error_rose", mixed_authors});
    v.whole("rise_times", rise_times, 1, "test_error_rose: so many steps running");
    only_with({"train_error_stalled", mixed_authors});
    v.real("stall_change", stall_change, Range::non_negative, "train_error_stalled: moved less than this in a step");
    v.real("stall_drop", stall_drop, Range::non_negative, "train_error_stalled: and is this far below its start");
    only_with({"test_error_rose", "train_error_stalled", mixed_authors});
    v.whole("from_step", from_step, 0, "first step at which test_error_rose and train_error_stalled may fire");
    only_with({"test_accuracy_above"});
    v.real("test_accuracy_above", test_accuracy_above, Range::non_negative, "value of that rule, of perceptrons");
    only_with({"cost_below"});
    v.real("cost_below", cost_below, Range::non_negative, "value of that rule");
    only_with({"gradient_below"});
    v.real("gradient_below", gradient_below, Range::non_negative, "value of that rule");
    v.only_for({});
  }

  [[nodiscard]] std::vector<StopRule> make() const {
    std::vector<StopRule> made = given;
    for (const std::string& name : names) {
      for (const Rule& rule : all()) {
        if (name == rule.name || (rule.of_the_mixed_authors && name == mixed_authors)) made.push_back(rule.make(*this));
      }
    }
    return made;
  }

 private:
  static constexpr const char* mixed_authors = "mixed_authors";
};

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
    v.as({.meaning = "mu in [0, 1) of the heavy ball, V <- mu V - eta dC/dW, W <- W + V. For explicit weights only"})
        .real("momentum", options_.momentum, Range::non_negative,
              "of weights: μ < 1 of the heavy ball; t = k η/(1 − μ)");
    v.whole("batch", options_.batch, 0,
            "samples a step, of regression data; 0 takes all of them. A pass over the data takes them in a new random "
            "order, without replacement; a rest that does not fill a batch is left out of that pass");
    v.own_seed(own.seed, "of the order of the samples");
    if (!v.in_python()) {
      v.only_for(batches);
      v.seed("seed", seed_, "of the order of the samples; else the common seed");
      v.only_for({});
    }
    v.as({.meaning = "the number of steps, unless the run ends earlier"})
        .whole("max_steps", options_.max_steps, 0, "steps at most");
    v.as({.meaning = "\"simultaneous\", all layers from the old weights; or \"sequential\", for two layers: layer 1 "
                     "first, then layer 2 with the new W_1 but the old residual, as in the Mixed authors' code"})
        .word("order", options_.order, {{"simultaneous", Order::simultaneous}, {"sequential", Order::sequential}},
              "of the layers in a step; sequential (layer 1 first, old residual) is the Mixed authors' code");
    stop_.visit(v);
    v.as({.meaning = "the run has diverged when the cost is not finite, or this many times max(C at the start, C(0))"})
        .real("divergence_factor", options_.divergence_factor, Range::positive,
              "diverged: the cost exceeds this many times its start");
    v.only_for(batches);
    v.as({.meaning = "the batch of the first step. Batch k depends on the seed and k alone, so that a run from "
                     "`run.final` with first_batch=run.final_step continues the order of the batches"})
        .whole("first_batch", options_.first_batch, 0, "which batch of that order the first step takes");
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
