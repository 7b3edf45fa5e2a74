#include <cmath>

#include "linnet/config/kinds/solver.hpp"

namespace linnet::config {

namespace {

using Range = FieldVisitor::Range;

class Flow final : public KindOf<Flow, SolverKind> {
 public:
  [[nodiscard]] const char* word() const override { return "flow"; }
  [[nodiscard]] const char* meaning() const override { return "Gradient flow, by an adaptive integrator."; }
  void visit(FieldVisitor& v) override {
    const Need perceptron{
        .text = "network.kind = perceptron", .met = v.surroundings.perceptron, .got = "a network that is linear"};
    const Need matched{.text = "solver.match_descent = true", .met = match_, .got = "solver.match_descent = false"};
    v.only_for({without("solver.match_descent", match_ && perceptron.met)});
    v.real("t_end", options_.t_end, Range::non_negative, "the last time, in that of gradient flow");
    if (v.in_python()) {
      v.layers("rates", own.rates, Range::positive, "eta, or one rate a layer, (eta_1, ..., eta_L)");
      least_steps_ = 0;
    } else {
      v.only_for({perceptron});
      v.flag("match_descent", match_,
             "run to the time of max_steps steps of descent, instead of t_end; instants of the record are such steps");
      step_.visit(v, {perceptron, matched});
    }
    v.only_for({});
    v.real("rtol", options_.rtol, Range::positive,
           "relative tolerance: the error of a step is at most rtol |y| + atol in each unknown y");
    v.real("atol", options_.atol, Range::non_negative,
           "absolute tolerance; without it 1e-12, or rtol times the root mean square of the start if that is less");
    v.word("method", options_.method,
           {{"adams", GradientFlow::Method::adams},
            {"bdf", GradientFlow::Method::bdf},
            {"explicit_runge_kutta", GradientFlow::Method::explicit_runge_kutta}},
           "adams (CVODE, one or two evaluations a step); bdf (CVODE, implicit), for deep networks that wait near "
           "saddles much longer than their learned modes take to relax; explicit_runge_kutta (ARKODE)");
    v.object("events", &options_.events, "events of `linnet.event`, one or a list of them");
    if (!v.in_python()) visit_events(v);
    v.as({.meaning = "internal steps over the whole run"})
        .whole("max_steps", match_ ? steps_ : options_.max_steps, 0,
               "internal steps of the integrator, at least 1000000; with match_descent, the steps of that descent, "
               "1000 without");
    v.whole("restart_every", options_.restart_every, 0,
            "internal steps after which the integrator begins anew, where a run can be saved and resumed to the same "
            "bits: hundreds, as the first steps after it are small; 0 for never");
    v.real("divergence_factor", options_.divergence_factor, Range::positive,
           "diverged: the cost is not finite, or this many times max(C at the start, C(0))");
    v.real("weight_decay", options_.weight_decay, Range::non_negative,
           "μ of the cost C + (μ/2) Σ|W_l|²: dW_l/dt = −η_l(∂C/∂W_l + μW_l). What is recorded is C itself");
    v.flag("keep_zeros", options_.keep_zeros,
           "weights of a deep network that are exactly 0 at the start stay 0, as masks of its layers");
  }
  [[nodiscard]] std::vector<PythonFunction> python() const override {
    return {{"GradientFlow", "",
             R"(Gradient flow dW_l/dt = -eta_l (dC/dW_l + weight_decay W_l) with error control, by SUNDIALS.

`linnet.train` refuses values out of range.
Source: docs/theory.md, "Network, cost, training".)"}};
  }

  [[nodiscard]] const char* legend() const override { return "gradient flow"; }
  [[nodiscard]] const char* progress() const override { return "of time"; }
  [[nodiscard]] const char* beside_the_cost() const override {
    return options_.weight_decay != 0 ? "weight decay" : nullptr;
  }
  [[nodiscard]] bool keeps_zeros() const override { return options_.keep_zeros; }
  [[nodiscard]] bool moves() const override { return options_.t_end > 0; }
  [[nodiscard]] double t_end() const override { return options_.t_end; }
  [[nodiscard]] const StepSize* step() const override { return match_ ? &step_ : nullptr; }
  [[nodiscard]] bool matches_descent() const override { return match_; }
  [[nodiscard]] bool counts_steps() const override { return match_; }
  [[nodiscard]] std::vector<double> times(const Schedule& schedule) const override {
    if (!match_) return SolverKind::times(schedule);
    if (schedule.parts().kind == Schedule::Kind::automatic)
      return schedule.times_from_start(static_cast<double>(steps_));
    const std::vector<Index> steps = schedule.steps(steps_);
    return {steps.begin(), steps.end()};
  }
  [[nodiscard]] Index steps() const override { return steps_; }
  [[nodiscard]] bool finds_threshold() const override { return among(events_, threshold_crossing); }

  [[nodiscard]] std::optional<GradientFlow> flow(const Layerwise& rates, double threshold) const override {
    using Found = FlowEvent::Kind;
    GradientFlow made = options_;
    made.rates = rates;
    made.max_steps = std::max(match_ ? steps_ : options_.max_steps, least_steps_);
    for (const std::string& name : events_) {
      FlowEvent event{.kind = Found::threshold_crossing, .value = threshold, .terminal = terminal_};
      if (name == cost_below) event = {.kind = Found::cost_below, .value = cost_below_, .terminal = terminal_};
      if (name == gradient_below) {
        event = {.kind = Found::gradient_below, .value = gradient_below_, .terminal = terminal_};
      }
      if (name == slope_below) event = {.kind = Found::slope_below, .value = slope_below_, .terminal = terminal_};
      made.events.push_back(event);
    }
    return made;
  }

 private:
  void visit_events(FieldVisitor& v) {
    v.choices("events", events_, {threshold_crossing, cost_below, gradient_below, slope_below},
              "events to locate during the flow; threshold_crossing: a singular value crosses κ; slope_below: of the "
              "gradient of the weights, that of weight decay added");
    v.only_for({named("solver.events", events_, {cost_below})});
    v.real(cost_below, cost_below_, Range::non_negative, "value of this event");
    v.only_for({named("solver.events", events_, {gradient_below})});
    v.real(gradient_below, gradient_below_, Range::non_negative, "value of this event");
    v.only_for({named("solver.events", events_, {slope_below})});
    v.real(slope_below, slope_below_, Range::non_negative, "value of this event");
    v.only_for({{.text = "solver.events with any", .met = !events_.empty(), .got = "solver.events = []"}});
    v.flag("terminal_events", terminal_, "end the run at the first event");
    v.only_for({});
  }

  static constexpr const char* threshold_crossing = "threshold_crossing";
  static constexpr const char* cost_below = "cost_below";
  static constexpr const char* gradient_below = "gradient_below";
  static constexpr const char* slope_below = "slope_below";

  GradientFlow options_;
  // A configuration's may be those of the descent that its flow takes the place of.
  Index least_steps_ = GradientFlow().max_steps;
  bool match_ = false;
  StepSize step_;
  Index steps_ = GradientDescent().max_steps;
  std::vector<std::string> events_;
  double cost_below_ = 0;
  double gradient_below_ = 0;
  double slope_below_ = 0;
  bool terminal_ = false;
};

}  // namespace

std::unique_ptr<SolverKind> solver_flow() { return std::make_unique<Flow>(); }

}  // namespace linnet::config
