#include "linnet/config/kinds/solver.hpp"
#include "linnet/config/kinds/stop_rules.hpp"
#include "linnet/error.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

/// Gradient descent, or spectral descent, whose steps have the options of the other's.
class Descent final : public KindOf<Descent, SolverKind> {
 public:
  explicit Descent(Direction direction) { options_.direction = direction; }

  [[nodiscard]] const char* word() const override { return spectral() ? "spectral" : "descent"; }
  [[nodiscard]] const char* meaning() const override {
    return spectral() ? "Spectral descent, W_l ← W_l − η UVᵀ with the singular vectors of ∂C/∂W_l, of explicit weights "
                        "and perceptrons: all modes of a layer move at one speed. Time is the sum of the steps."
                      : "Gradient descent. With cost ½|A − Y|² and rates 1, step k is time t = k η.";
  }
  void visit(FieldVisitor& v) override {
    const std::vector<Need> batches{{.text = "solver.batch > 0", .met = options_.batch > 0, .got = "solver.batch = 0"}};
    v.only_for({});
    step_.visit(v, {});
    if (!v.in_python()) {
      v.only_for(
          {{.text = "network.kind = perceptron", .met = v.surroundings.perceptron, .got = "a network that is linear"}});
      v.flag("outer_scale", outer_scale_,
             "descent on τf(x) with the steps η/τ², where τ = network.last_scale is a factor outside the network: W_L, "
             "which has it here, takes η, and the other layers η/τ²");
      v.only_for({});
    }
    v.real("momentum", options_.momentum, Range::non_negative,
           spectral() ? "β in [0, 1): the step is along UVᵀ of M ← βM + ∂C/∂W, the update of Muon"
                      : "β in [0, 1) of the heavy ball, V ← βV − η ∂C/∂W, W ← W + V, of explicit weights only; "
                        "t = k η/(1 − β)");
    v.whole("batch", options_.batch, 0,
            "samples a step, of regression data, or observed entries, of a completion; 0 takes all of them. A pass "
            "over the data takes them in a new random "
            "order, without replacement; a rest that does not fill a batch is left out of that pass");
    v.own_seed(own.seed, "of the order of the samples and of label noise");
    if (!v.in_python()) {
      v.only_for({{.text = "solver.batch > 0 or solver.label_noise > 0",
                   .met = options_.batch > 0 || options_.label_noise > 0,
                   .got = "solver.batch = 0"}});
      v.seed("seed", seed_, "of the order of the samples and of label noise; if unset, the common seed");
      v.only_for({});
    }
    v.whole("max_steps", options_.max_steps, 0,
            "the number of steps, unless the run ends earlier; of a run that continues a checkpoint, with the steps "
            "before it");
    if (!spectral()) visit_order(v);
    stop_.visit(v);
    v.real("divergence_factor", options_.divergence_factor, Range::positive,
           "diverged: the cost is not finite, or this many times max(C at the start, C(0))");
    v.only_for(batches);
    v.whole("first_batch", options_.first_batch, 0,
            "the batch of the first step. Batch k depends on the seed and k alone, so that a run from the `final` of "
            "another continues the order of its batches, and of their label noise, with that one's `final_step`");
    v.flag("replacement", options_.replacement,
           "draw each sample of a batch alone, with replacement, in place of passes: batches are then independent");
    v.only_for({});
    v.real(
        "label_noise", options_.label_noise, Range::non_negative,
        "deviation of fresh Gaussian noise on the targets of every step: on each entry of Y, or on each target of the "
        "samples of the step");
    if (!spectral()) {
      v.real("weight_decay", options_.weight_decay, Range::non_negative,
             "μ of the cost C + (μ/2) Σ|W_l|²: each gradient is ∂C/∂W_l + μW_l, as in PyTorch's SGD. What is recorded "
             "is C itself");
      v.flag("keep_zeros", options_.keep_zeros,
             "weights of a deep network that are exactly 0 at the start stay 0, as masks of its layers");
    }
    visit_schedule(v);
  }

  [[nodiscard]] std::vector<PythonFunction> python() const override {
    if (spectral()) {
      return {{"SpectralDescent", "", R"(Spectral descent on explicit weights, W_l <- W_l - eta U V^T.

U and V are the singular vectors of the gradient U S V^T of each layer, or with momentum of the sum of past gradients
(the update of "Muon"). Singular values that are rounding errors count as 0. Every mode of a layer moves at the same
speed, and the imbalances that gradient descent nearly conserves move. Takes one SVD a layer and step.

Step k is time t = k (step_1 ... step_L)^(1/L), not that of gradient flow. `linnet.train` refuses values out of range
and networks without explicit weights.
Source: docs/theory.md, "Spectral descent".)"}};
    }
    return {{"GradientDescent", "", R"(Gradient descent on the weights.

Networks represented by A alone (`SelfConsistent`, `DeepLinearized`, `DeepBalanced`) take an Euler step of their
flow instead. `Diagonal` steps its weights.

Step k is time t = k (step_1 ... step_L)^(1/L) / (1 - momentum), gradient flow's time: t = k step with equal steps
and no momentum; with a schedule, the sum of the steps. `linnet.train` refuses values out of range.
Source: docs/theory.md, "Network, cost, training".)"}};
  }

  [[nodiscard]] const char* legend() const override { return spectral() ? "spectral descent" : "gradient descent"; }
  [[nodiscard]] const char* progress() const override { return "steps"; }
  [[nodiscard]] bool by_steps() const override { return true; }
  [[nodiscard]] bool sequential() const override { return options_.order == Order::sequential; }
  [[nodiscard]] bool moves() const override { return options_.max_steps > 0; }
  [[nodiscard]] double t_end() const override { return 0; }
  [[nodiscard]] const StepSize* step() const override { return &step_; }
  [[nodiscard]] Index steps() const override { return options_.max_steps; }
  [[nodiscard]] const char* beside_all_samples() const override {
    if (!options_.schedule.constant()) return "a schedule of steps";
    if (options_.label_noise != 0) return "label noise";
    return options_.momentum != 0 ? "momentum" : options_.batch != 0 ? "batches" : nullptr;
  }
  [[nodiscard]] const char* beside_the_cost() const override {
    return spectral() ? "spectral descent" : options_.weight_decay != 0 ? "weight decay" : nullptr;
  }
  [[nodiscard]] bool keeps_zeros() const override { return options_.keep_zeros; }

  [[nodiscard]] bool outer_scale() const override { return outer_scale_; }
  [[nodiscard]] bool counts_steps() const override { return step_.numbers() == nullptr || outer_scale_; }
  [[nodiscard]] std::vector<double> times(const Schedule& schedule) const override {
    const std::vector<Index> steps = schedule.steps(options_.max_steps);
    std::vector<double> instants(steps.begin(), steps.end());
    return counts_steps() ? instants : times_of_steps(std::move(instants), *step_.numbers());
  }

  [[nodiscard]] std::vector<double> times_of_steps(std::vector<double> steps, const Layerwise& size) const override {
    GradientDescent solver = options_;
    solver.step = size;
    return times_of(solver, {steps.begin(), steps.end()});
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
  using Shape = StepSchedule::Shape;

  [[nodiscard]] bool spectral() const { return options_.direction == Direction::spectral; }

  void visit_order(FieldVisitor& v) {
    v.word("order", options_.order, {{"simultaneous", Order::simultaneous}, {"sequential", Order::sequential}},
           "simultaneous, all layers from the old weights; or sequential, for two layers: layer 1 first, then layer 2 "
           "with the new W_1 but the old residual, as in the Mixed authors' code");
  }

  void visit_schedule(FieldVisitor& v) {
    StepSchedule& s = options_.schedule;
    v.word("schedule", s.shape, {{"constant", Shape::constant}, {"cosine", Shape::cosine}, {"steps", Shape::steps}},
           "of the steps: constant; cosine, down along half a period; or steps, down by a factor from time to time. "
           "Time t is then the sum of the steps");
    const auto shape = [&](Shape chosen, const char* word) {
      static constexpr const char* words[] = {"constant", "cosine", "steps"};
      return Need{.text = std::string("solver.schedule = ") + word,
                  .met = s.shape == chosen,
                  .got = std::string("solver.schedule = ") + words[static_cast<std::size_t>(s.shape)]};
    };
    v.only_for({shape(Shape::cosine, "cosine")});
    v.whole("schedule_steps", s.length, 0, "the length of the cosine, with the warm-up; 0: max_steps");
    v.real("schedule_least", s.least, Range::non_negative, "the last factor of η, in [0, 1]");
    v.only_for({shape(Shape::steps, "steps")});
    v.whole("schedule_every", s.every, 1, "after so many steps η is multiplied by schedule_factor");
    v.real("schedule_factor", s.factor, Range::positive, "in (0, 1]");
    v.only_for({});
    v.whole("warmup", s.warmup, 0, "so many first steps rise, as 1/warmup, 2/warmup, … of η; the schedule begins then");
    v.object("step_factor", &s.own,
             "a function of the number of steps so far, which gives the factor of η, instead of a schedule");
  }

  GradientDescent options_;
  StepSize step_;
  bool outer_scale_ = false;
  std::optional<std::uint64_t> seed_;
  StopRules stop_;
};

}  // namespace

std::unique_ptr<SolverKind> solver_descent() { return std::make_unique<Descent>(Direction::gradient); }
std::unique_ptr<SolverKind> solver_spectral() { return std::make_unique<Descent>(Direction::spectral); }

}  // namespace linnet::config
