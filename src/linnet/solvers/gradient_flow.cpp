#include "linnet/solvers/gradient_flow.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "linnet/dynamics/linear_dynamics.hpp"
#include "linnet/error.hpp"
#include "linnet/solvers/flow_events.hpp"
#include "linnet/solvers/sundials_integrator.hpp"
#include "linnet/support/constants.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

void check(const GradientFlow& o) {
  if (!(o.t_end >= 0) || !std::isfinite(o.t_end)) {
    bad_input({.field = "solver.t_end", .expected = "a finite time >= 0", .got = format_number(o.t_end)});
  }
  require_positive(o.rates, "solver.rates");
  require_non_negative(o.weight_decay, "solver.weight_decay");
  require_positive(o.rtol, "solver.rtol");
  if (o.atol) require_non_negative(*o.atol, "solver.atol");
  require_at_least(o.max_steps, 1, "solver.max_steps");
  require_at_least(o.restart_every, 0, "solver.restart_every");
  require_positive(o.divergence_factor, "solver.divergence_factor");
  for (const FlowEvent& event : o.events) require_non_negative(event.value, "solver.events");
}

namespace {

using sundials::Integrator;

double root_mean_square(std::span<const double> state) {
  const double size = Eigen::Map<const Vector>(state.data(), static_cast<Index>(state.size())).stableNorm();
  return size / std::sqrt(static_cast<double>(state.size()));
}

/// Depends on the start: the components of a small start must be resolved, because they determine what grows later.
double absolute_tolerance(const GradientFlow& o, std::span<const double> state, double start_size) {
  constexpr double usual = 1e-12;
  constexpr double least = 1e-290;  // the integrators divide by it
  if (!o.atol) return start_size > 0 ? std::clamp(o.rtol * start_size, least, usual) : usual;
  // A relative tolerance alone cannot weigh an unknown that starts at 0.
  if (*o.atol == 0 && std::find(state.begin(), state.end(), 0.0) != state.end()) {
    bad_input({.field = "solver.atol",
               .expected = "a number > 0, as some unknowns start at 0",
               .got = "0",
               .hint = "without an absolute tolerance, one that suits the start is used"});
  }
  return *o.atol;
}

[[noreturn]] void exhausted(const GradientFlow& o, double time) {
  numerical_failure(
      {.field = "solver.max_steps",
       .expected = "t = " + format_number(o.t_end) + " within " + std::to_string(o.max_steps) + " internal steps",
       .got = "t = " + format_number(time),
       .hint =
           std::string("allow more internal steps or a looser relative tolerance") +
           (o.restart_every > 0 ? ", or take a larger solver.restart_every: the first steps after it are small" : "")});
}

void check_times(const GradientFlow& o, const std::vector<double>& times, double begin) {
  double before = begin;
  for (const double t : times) {
    if (!(t > before) || !(t <= o.t_end)) {
      bad_input({.field = "times",
                 .expected = "rising times in (" + format_number(begin) + ", t_end]",
                 .got = format_number(t)});
    }
    before = t;
  }
}

/// The dynamics as the system that is integrated.
class FlowSystem final : public sundials::System {
 public:
  FlowSystem(Dynamics& dynamics, const GradientFlow& options) : dynamics_(dynamics), rates_(options.rates) {}

  [[nodiscard]] Index evaluations() const { return evaluations_; }

  [[nodiscard]] Index unknowns() const override { return dynamics_.unknowns(); }

  bool velocity(std::span<const double> y, std::span<double> derivative) override {
    dynamics_.set(y);
    ++evaluations_;
    dynamics_.velocity(rates_, derivative);
    return Eigen::Map<const Vector>(derivative.data(), static_cast<Index>(derivative.size())).allFinite();
  }

  [[nodiscard]] bool has_jacobian() const override { return dynamics_.has_jacobian(); }
  bool linearize(std::span<const double> y) override {
    dynamics_.set(y);
    dynamics_.linearize(rates_);
    return true;
  }
  bool jacobian(std::span<const double> v, std::span<double> product) override {
    dynamics_.jacobian(v, product);
    return Eigen::Map<const Vector>(product.data(), static_cast<Index>(product.size())).allFinite();
  }

  [[nodiscard]] bool has_inverse() const override { return dynamics_.has_inverse(); }
  bool prepare_inverse(std::span<const double> y, double gamma) override {
    dynamics_.set(y);
    dynamics_.prepare_inverse(rates_, gamma);
    return true;
  }
  bool invert(std::span<double> v) override {
    dynamics_.invert(v);
    return Eigen::Map<const Vector>(v.data(), static_cast<Index>(v.size())).allFinite();
  }

  [[nodiscard]] double growth() const override { return dynamics_.growth(); }

 private:
  Dynamics& dynamics_;
  Layerwise rates_;
  Index evaluations_ = 0;
};

/// The functions whose zeros are the events: one for each singular value and threshold, and one for each other event.
class EventFunctions {
 public:
  struct Function {
    const FlowEvent* event;
    Index mode;  // -1 if it is not about a singular value
  };

  EventFunctions(const Dynamics& dynamics, const GradientFlow& options) : dynamics_(dynamics), rtol_(options.rtol) {
    for (const FlowEvent& event : options.events) {
      const bool is_of_modes = event.kind == FlowEvent::Kind::threshold_crossing;
      needs_spectrum_ = needs_spectrum_ || is_of_modes;
      if (is_of_modes && dynamics.modes() == 0) {
        bad_input({.field = "solver.events",
                   .expected = "events that a perceptron has: cost_below, gradient_below, slope_below",
                   .got = to_string(event.kind),
                   .hint = "singular values of A are those of linear networks"});
      }
      for (Index i = is_of_modes ? 0 : -1; i < (is_of_modes ? dynamics.modes() : 0); ++i) {
        functions_.push_back({.event = &event, .mode = i});
      }
    }
  }

  [[nodiscard]] bool empty() const { return functions_.empty(); }
  [[nodiscard]] const Function& operator[](Index i) const { return functions_[static_cast<std::size_t>(i)]; }

  /// Their values at the present state, with uncertainties. A singular value has the error that the integrator is
  /// allowed, but one near 0 has less than its own size. Cost and gradient depend on the learned modes to second order
  /// near the minimum, so that their uncertainty is that of rounding. With weight decay their end is no minimum of C,
  /// and they have the error of A.
  [[nodiscard]] FlowEvents::Measured measure() const {
    Vector s;
    if (needs_spectrum_) s = dynamics_.singular_values();
    const auto count = static_cast<Index>(functions_.size());
    FlowEvents::Measured measured{.values = Vector(count), .uncertain = Vector(count)};
    for (Index i = 0; i < count; ++i) {
      const auto& [event, mode] = (*this)[i];
      double value = 0;
      double uncertain = 0;
      switch (event->kind) {
        case FlowEvent::Kind::threshold_crossing:
          value = s(mode);
          uncertain = std::min(20 * rtol_ * (s(0) + event->value), event->value / 2) + rounding * value;
          break;
        case FlowEvent::Kind::cost_below:
          value = dynamics_.cost();
          uncertain = rounding * value + decaying().cost;
          break;
        case FlowEvent::Kind::gradient_below:
          value = dynamics_.gradient_norm();
          uncertain = rounding * value + decaying().gradient;
          break;
        case FlowEvent::Kind::slope_below:
          value = dynamics_.slope();
          uncertain = rounding * value;
          break;
      }
      measured.values(i) = value - event->value;
      measured.uncertain(i) = uncertain;
    }
    return measured;
  }

  /// A singular value that starts on the threshold, up to rounding, leaves it without crossing.
  [[nodiscard]] FlowEvents::Measured measure_start() const {
    FlowEvents::Measured measured = measure();
    for (Index i = 0; i < measured.values.size(); ++i) {
      const auto& [event, mode] = (*this)[i];
      if (mode >= 0 && std::abs(measured.values(i)) <= rounding * event->value) measured.values(i) = 0;
    }
    return measured;
  }

 private:
  static constexpr double rounding = 64 * epsilon;

  struct Uncertain {
    double cost = 0;
    double gradient = 0;
  };

  /// To first order in A; 0 without weight decay.
  [[nodiscard]] Uncertain decaying() const {
    if (dynamics_.weight_decay() == 0) return {};
    const double allowed = 20 * rtol_;
    const auto* linear = dynamic_cast<const LinearDynamics*>(&dynamics_);
    if (linear == nullptr) return {.cost = allowed * dynamics_.cost(), .gradient = allowed * dynamics_.gradient_norm()};
    const Matrix& a = linear->end_to_end();
    const Matrix& gradient = linear->residual().gradient;
    const Matrix moved = linear->task().train.evaluate((1 + allowed) * a).gradient;
    return {.cost = allowed * gradient.norm() * a.norm(), .gradient = (moved - gradient).norm()};
  }

  const Dynamics& dynamics_;
  double rtol_;
  std::vector<Function> functions_;
  bool needs_spectrum_ = false;
};

/// One run: its outcome so far, and its calls of the visitor and the observer.
class Run {
 public:
  Run(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
      const Observer& observer, const Carried* from, Index leg)
      : dynamics_(dynamics),
        options_(options),
        times_(times),
        visit_(visit),
        observer_(observer),
        leg_(leg),
        system_(dynamics, options),
        functions_(dynamics, options) {
    outcome_.carried.first_cost = std::max(dynamics.cost(), dynamics.cost_at_zero());
    if (from != nullptr) {
      outcome_.carried.first_cost = from->first_cost;
      outcome_.carried.start_size = from->start_size;
      continued_ = true;
      origin_ = from->time;
      first_step_ = from->step;
      outcome_.step = from->step;
      outcome_.time = from->time;
    }
    limit_ = options.divergence_factor * outcome_.carried.first_cost;
  }

  Outcome go() {
    try {
      const bool last = begin();
      see(outcome_.time, last);
      if (!last) integrate();
    } catch (const Error& error) {
      if (!is_interruption(error) || !seen_) throw;
      outcome_.status = Status::interrupted;
      outcome_.within_step = true;
    }
    std::stable_sort(outcome_.events.begin(), outcome_.events.end(),
                     [](const EventHit& a, const EventHit& b) { return a.time < b.time; });
    outcome_.statistics.steps = outcome_.step - first_step_;
    outcome_.carried.step = outcome_.step;
    outcome_.carried.time = outcome_.time;
    outcome_.statistics.velocity_evaluations = system_.evaluations();
    return outcome_;
  }

 private:
  /// At t = 0; true if the run ends there.
  bool begin() {
    if (left_its_start()) return true;
    if (options_.t_end == origin_) return true;
    FlowEvents::Measured start = functions_.measure_start();
    for (Index i = 0; i < start.values.size(); ++i) {
      if (continued_) break;  // what was below before was told then
      if (functions_[i].mode < 0 && start.values(i) <= 0 && hit(functions_[i], 0, -1)) return true;
    }
    events_.begin(std::move(start));
    return interrupted(origin_);
  }

  void integrate() {
    std::vector<double> state(static_cast<std::size_t>(dynamics_.unknowns()));
    dynamics_.get(state);
    if (!outcome_.carried.start_size) outcome_.carried.start_size = root_mean_square(state);
    settings_ = {.method = options_.method,
                 .t_end = options_.t_end - origin_,
                 .origin = origin_,
                 .rtol = options_.rtol,
                 .atol = absolute_tolerance(options_, state, *outcome_.carried.start_size)};
    auto integrator = sundials::make_integrator(system_, state, settings_);
    Index failures = 0;  // of earlier integrators
    for (bool last = false; !last;) {
      if (outcome_.step >= options_.max_steps) exhausted(options_, outcome_.time);
      const double before = integrator->time();
      const Integrator::Stop stop = integrator->advance();
      double t = stop == Integrator::Stop::end ? options_.t_end : origin_ + integrator->time();
      const std::optional<double> ends = find_events(*integrator, before, t);
      if (ends) t = *ends;
      show_between(*integrator, before, t);
      if (ends) {
        dynamics_.set(integrator->at(within(*integrator, before, t)));
        last = true;
      } else {
        dynamics_.set(integrator->state());
        ++outcome_.step;
        last = left_its_start() || stop == Integrator::Stop::end || interrupted(t);
      }
      outcome_.time = t;
      const bool asked = next_ < times_.size() && times_[next_] == t;
      if (asked) ++next_;
      if (asked || last) see(t, last);
      outcome_.statistics.error_test_failures = failures + integrator->error_test_failures();
      if (!last && leg_ > 0 && outcome_.step - first_step_ >= leg_ && events_.certain()) {
        outcome_.unfinished = true;
        return;
      }
      // Where steps become small compared with the time so far, rounding of t would stop them: restart the count of
      // time here.
      const double now = integrator->time();
      const double left = options_.t_end - (origin_ + now);
      if (!last && now - before < 1e-6 * now && left > 0) {
        origin_ += now;
        settings_.t_end = left;
        settings_.origin = origin_;
        failures = outcome_.statistics.error_test_failures;
        dynamics_.get(state);
        integrator = sundials::make_integrator(system_, state, settings_);
      }
    }
  }

  /// The integrator's time that corresponds to t, within its last step.
  [[nodiscard]] double within(const Integrator& integrator, double before, double t) const {
    return std::clamp(t - origin_, before, integrator.time());
  }

  /// Visits the requested times that the integrator has passed since `before`.
  void show_between(Integrator& integrator, double before, double t) {
    for (; next_ < times_.size() && times_[next_] < t; ++next_) {
      dynamics_.set(integrator.at(within(integrator, before, times_[next_])));
      see(times_[next_], false);
    }
  }

  void see(double t, bool last) {
    visit_({.step = outcome_.step, .time = t, .last = last, .dynamics = dynamics_});
    seen_ = true;
  }

  bool left_its_start() {
    const double cost = dynamics_.cost();
    if (std::isfinite(cost) && cost <= limit_) return false;
    outcome_.status = Status::diverged;
    return true;
  }

  bool interrupted(double t) {
    if (!observer_ || observer_({.done = t, .total = options_.t_end})) return false;
    outcome_.status = Status::interrupted;
    return true;
  }

  /// Keeps the events that a step has made certain. Returns the time at which one of them ends the run.
  std::optional<double> find_events(Integrator& integrator, double before, double t) {
    if (functions_.empty()) return std::nullopt;
    const auto measure_at = [&](std::span<const double> state) {
      dynamics_.set(state);
      return functions_.measure();
    };
    const double from = origin_ + before;
    dynamics_.set(integrator.state());
    if (!std::isfinite(dynamics_.cost())) return std::nullopt;
    const auto crossings = events_.step(from, t, functions_.measure(), [&](double between) {
      return measure_at(integrator.at(within(integrator, before, between)));
    });
    for (const FlowEvents::Crossing& c : crossings) {
      const EventFunctions::Function& f = functions_[c.function];
      if (f.mode < 0 && c.direction > 0) continue;
      if (hit(f, c.time, c.direction)) return std::max(c.time, from);
    }
    return std::nullopt;
  }

  /// Keeps the event; true if it ends the run.
  bool hit(const EventFunctions::Function& f, double t, int direction) {
    const char* name = to_string(f.event->kind);
    outcome_.events.push_back({.name = name, .mode = f.mode, .time = t, .direction = direction});
    if (!f.event->terminal) return false;
    outcome_.status = Status::stopped;
    outcome_.rule = name;
    return true;
  }

  Dynamics& dynamics_;
  const GradientFlow& options_;
  const std::vector<double>& times_;
  const Visit& visit_;
  const Observer& observer_;
  Index leg_;
  FlowSystem system_;
  EventFunctions functions_;
  FlowEvents events_;
  sundials::Settings settings_;
  double limit_ = 0;
  double origin_ = 0;  // where the integrator's own time starts
  bool continued_ = false;
  Index first_step_ = 0;
  std::size_t next_ = 0;  // index of the next requested time
  bool seen_ = false;     // whether any state was visited; otherwise there is nothing to keep
  Outcome outcome_;
};

}  // namespace

const char* to_string(FlowEvent::Kind kind) {
  switch (kind) {
    case FlowEvent::Kind::threshold_crossing:
      return "threshold_crossing";
    case FlowEvent::Kind::cost_below:
      return "cost_below";
    case FlowEvent::Kind::gradient_below:
      return "gradient_below";
    case FlowEvent::Kind::slope_below:
      return "slope_below";
  }
  return "unknown";
}

Outcome flow(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
             const Observer& observer, const Carried* from, Index leg) {
  check(options);
  const double begin = from == nullptr ? 0 : from->time;
  if (begin > options.t_end) {
    bad_input({.field = "solver.t_end",
               .expected = "at least " + format_number(begin) + ", the time that has passed",
               .got = format_number(options.t_end),
               .hint = "it counts from the start of the run that is continued"});
  }
  check_times(options, times, begin);
  dynamics.set_weight_decay(options.weight_decay);
  if (options.keep_zeros) dynamics.keep_zeros();
  // Past states for orders up to 12 or the stages of a step, and the vectors of a step.
  constexpr double kept = 20;
  require_memory(kept * matrix_bytes(static_cast<double>(dynamics.unknowns()), 1), "solver.kind",
                 "gradient flow of " + std::to_string(dynamics.unknowns()) + " unknowns");
  dynamics.begin_flow({.rtol = options.rtol, .implicit = options.method == GradientFlow::Method::bdf});
  const auto began = std::chrono::steady_clock::now();
  Outcome outcome = Run(dynamics, options, times, visit, observer, from, leg).go();
  outcome.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return outcome;
}

}  // namespace linnet
