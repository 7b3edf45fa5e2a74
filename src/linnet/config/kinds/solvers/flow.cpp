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
    v.real("t_end", options_.t_end, Range::non_negative, "the last time");
    v.only_for({perceptron});
    v.flag("match_descent", match_, "run to the time of max_steps steps of descent, instead of t_end");
    step_.visit(v, {perceptron, matched});
    v.only_for({});
    v.whole("max_steps", match_ ? steps_ : options_.max_steps, 0,
            "largest number of internal steps, at least 1000000; with match_descent the number of steps of descent, "
            "1000 if unset");
    v.real("divergence_factor", options_.divergence_factor, Range::positive,
           "the run counts as diverged when the cost exceeds this multiple of its start");
    v.real("rtol", options_.rtol, Range::positive, "relative tolerance");
    v.real("atol", options_.atol, Range::non_negative,
           "absolute tolerance; if unset, 1e-12, or rtol times the root mean square of the start if that is less");
    v.word("method", options_.method,
           {{"adams", GradientFlow::Method::adams},
            {"bdf", GradientFlow::Method::bdf},
            {"explicit_runge_kutta", GradientFlow::Method::explicit_runge_kutta}},
           "Adams methods (CVODE); implicit BDF methods (CVODE), for long waits near saddles and for ReLU; an explicit "
           "Runge-Kutta method (ARKODE)");
    v.choices("events", events_, {threshold_crossing, cost_below, gradient_below},
              "events to locate during the flow; threshold_crossing: a singular value crosses κ");
    v.only_for({named("solver.events", events_, {cost_below})});
    v.real(cost_below, cost_below_, Range::non_negative, "value of this event");
    v.only_for({named("solver.events", events_, {gradient_below})});
    v.real(gradient_below, gradient_below_, Range::non_negative, "value of this event");
    v.only_for({{.text = "solver.events with any", .met = !events_.empty(), .got = "solver.events = []"}});
    v.flag("terminal_events", terminal_, "end the run at the first event");
    v.only_for({});
  }

  [[nodiscard]] const char* legend() const override { return "gradient flow"; }
  [[nodiscard]] const char* progress() const override { return "of time"; }
  [[nodiscard]] bool moves() const override { return options_.t_end > 0; }
  [[nodiscard]] double t_end() const override { return options_.t_end; }
  [[nodiscard]] const StepSize* step() const override { return match_ ? &step_ : nullptr; }
  [[nodiscard]] bool matches_descent() const override { return match_; }
  [[nodiscard]] Index steps() const override { return steps_; }
  [[nodiscard]] bool finds_threshold() const override { return among(events_, threshold_crossing); }

  [[nodiscard]] std::optional<GradientFlow> flow(const Layerwise& rates, double threshold) const override {
    using Found = FlowEvent::Kind;
    GradientFlow made = options_;
    made.rates = rates;
    made.max_steps = std::max(match_ ? steps_ : options_.max_steps, GradientFlow().max_steps);
    for (const std::string& name : events_) {
      FlowEvent event{.kind = Found::threshold_crossing, .value = threshold, .terminal = terminal_};
      if (name == cost_below) event = {.kind = Found::cost_below, .value = cost_below_, .terminal = terminal_};
      if (name == gradient_below) {
        event = {.kind = Found::gradient_below, .value = gradient_below_, .terminal = terminal_};
      }
      made.events.push_back(event);
    }
    return made;
  }

 private:
  static constexpr const char* threshold_crossing = "threshold_crossing";
  static constexpr const char* cost_below = "cost_below";
  static constexpr const char* gradient_below = "gradient_below";

  GradientFlow options_;
  bool match_ = false;
  StepSize step_;
  Index steps_ = GradientDescent().max_steps;
  std::vector<std::string> events_;
  double cost_below_ = 0;
  double gradient_below_ = 0;
  bool terminal_ = false;
};

}  // namespace

std::unique_ptr<SolverKind> solver_flow() { return std::make_unique<Flow>(); }

}  // namespace linnet::config
