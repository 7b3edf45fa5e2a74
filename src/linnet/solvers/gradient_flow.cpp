#include "linnet/solvers/gradient_flow.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/decompositions.hpp"
#include "linnet/memory.hpp"
#include "linnet/solvers/sundials_integrator.hpp"

namespace linnet {

void check(const GradientFlow& o) {
  if (!(o.t_end >= 0) || !std::isfinite(o.t_end)) {
    bad_input({.field = "solver.t_end", .expected = "a finite time >= 0", .got = format_number(o.t_end)});
  }
  require_positive(o.rates, "solver.rates");
  require_positive(o.rtol, "solver.rtol");
  if (o.atol) require_non_negative(*o.atol, "solver.atol");
  require_at_least(o.max_steps, 1, "solver.max_steps");
  require_positive(o.divergence_factor, "solver.divergence_factor");
  for (const FlowEvent& event : o.events) require_non_negative(event.value, "solver.events");
}

double absolute_tolerance(const GradientFlow& o, std::span<const double> start) {
  constexpr double usual = 1e-12;
  constexpr double least = 1e-290;  // the integrators divide by it
  if (!o.atol) {
    const double size = Eigen::Map<const Vector>(start.data(), static_cast<Index>(start.size())).stableNorm();
    const double rms = size / std::sqrt(static_cast<double>(start.size()));
    return rms > 0 ? std::clamp(o.rtol * rms, least, usual) : usual;
  }
  // A relative tolerance alone cannot weigh an unknown that starts at 0.
  if (*o.atol == 0 && std::find(start.begin(), start.end(), 0.0) != start.end()) {
    bad_input({.field = "solver.atol",
               .expected = "a number > 0, as some unknowns start at 0",
               .got = "0",
               .hint = "without solver.atol one that suits the start is taken"});
  }
  return *o.atol;
}

sundials::Method method_of(const GradientFlow& o) {
  switch (o.method) {
    case GradientFlow::Method::adams:
      return sundials::Method::adams;
    case GradientFlow::Method::bdf:
      return sundials::Method::bdf;
    case GradientFlow::Method::explicit_runge_kutta:
      break;
  }
  return sundials::Method::explicit_runge_kutta;
}

void exhausted(const GradientFlow& o, double time) {
  numerical_failure(
      {.field = "solver.max_steps",
       .expected = "t = " + format_number(o.t_end) + " within " + std::to_string(o.max_steps) + " internal steps",
       .got = "t = " + format_number(time),
       .hint = "use a larger solver.max_steps or a looser solver.rtol"});
}

namespace {

using sundials::Integrator;

constexpr double epsilon = std::numeric_limits<double>::epsilon();

void check_times(const GradientFlow& o, const std::vector<double>& times) {
  double before = 0;
  for (const double t : times) {
    if (!(t > before) || !(t <= o.t_end)) {
      bad_input({.field = "times", .expected = "rising times in (0, t_end]", .got = format_number(t)});
    }
    before = t;
  }
}

/// The dynamics as the system that is integrated, with the events' functions: one for each singular value and
/// threshold, one for each other event.
class FlowSystem final : public sundials::System {
 public:
  struct Root {
    const FlowEvent* event;
    Index mode;  // -1 when it is not about one
  };

  FlowSystem(Dynamics& dynamics, const GradientFlow& options) : dynamics_(dynamics), rates_(options.rates) {
    for (const FlowEvent& event : options.events) {
      if (event.kind == FlowEvent::Kind::threshold_crossing) {
        for (Index i = 0; i < dynamics.task().shape().modes(); ++i) roots_.push_back({&event, i});
        needs_spectrum_ = true;
      } else {
        roots_.push_back({&event, -1});
      }
    }
    for (const Root& root : roots_) directions_.push_back(root.mode >= 0 ? 0 : -1);
  }

  [[nodiscard]] const std::vector<Root>& events() const { return roots_; }
  [[nodiscard]] std::span<const int> directions() const { return directions_; }
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

  [[nodiscard]] Index roots() const override { return static_cast<Index>(roots_.size()); }

  bool root_values(double t, std::span<const double> y, std::span<double> values) override {
    dynamics_.set(y);
    if (!measure(values)) return false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (t == 0) {
        // A singular value that starts on the threshold, but for rounding, and leaves it has not crossed: SUNDIALS
        // waits until a function that starts at 0 has moved away.
        if (roots_[i].mode >= 0 && std::abs(values[i]) <= 64 * epsilon * roots_[i].event->value) values[i] = 0;
      } else if (values[i] == 0) {
        // Later it gives up over a function that is 0 at two neighbouring times, as rounding may have it.
        values[i] = std::numeric_limits<double>::min();
      }
    }
    return true;
  }

  /// The events' functions at the dynamics' present state.
  bool measure(std::span<double> values) const {
    Vector s;
    if (needs_spectrum_) s = linalg::singular_values(dynamics_.end_to_end());
    bool finite = true;
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      const FlowEvent& event = *roots_[i].event;
      double value = 0;
      switch (event.kind) {
        case FlowEvent::Kind::threshold_crossing:
          value = s(roots_[i].mode) - event.value;
          break;
        case FlowEvent::Kind::cost_below:
          value = dynamics_.residual().cost - event.value;
          break;
        case FlowEvent::Kind::gradient_below:
          value = dynamics_.residual().gradient.norm() - event.value;
          break;
      }
      values[i] = value;
      finite = finite && std::isfinite(value);
    }
    return finite;
  }

 private:
  Dynamics& dynamics_;
  Layerwise rates_;
  std::vector<Root> roots_;
  std::vector<int> directions_;
  bool needs_spectrum_ = false;
  Index evaluations_ = 0;
};

/// One run: what it has found so far, and how it tells whoever looks on.
class Run {
 public:
  Run(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
      const Observer& observer)
      : dynamics_(dynamics),
        options_(options),
        times_(times),
        visit_(visit),
        observer_(observer),
        system_(dynamics, options) {
    const Matrix& a = dynamics.end_to_end();
    const double cost_at_zero = dynamics.task().train.evaluate(Matrix::Zero(a.rows(), a.cols())).cost;
    limit_ = options.divergence_factor * std::max(dynamics.residual().cost, cost_at_zero);
  }

  Outcome go() {
    bool last = begin();
    see(0, last);
    if (!last) integrate();
    outcome_.statistics.steps = outcome_.step;
    outcome_.statistics.velocity_evaluations = system_.evaluations();
    return outcome_;
  }

 private:
  /// At t = 0; true when nothing is to follow.
  bool begin() {
    if (left_its_start()) return true;
    if (options_.t_end == 0) return true;
    std::vector<double> values(system_.events().size());
    system_.measure(values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      // Below from the start: there is no root to find any more.
      if (system_.events()[i].mode < 0 && values[i] <= 0 && hit(system_.events()[i], 0, -1)) return true;
    }
    return interrupted(0);
  }

  void integrate() {
    std::vector<double> state(static_cast<std::size_t>(dynamics_.unknowns()));
    dynamics_.get(state);
    settings_ = {.method = method_of(options_),
                 .t_end = options_.t_end,
                 .rtol = options_.rtol,
                 .atol = absolute_tolerance(options_, state),
                 .directions = system_.directions()};
    auto integrator = sundials::make_integrator(system_, state, settings_);
    Index failures = 0;  // of integrators that are done with
    for (bool last = false; !last;) {
      if (outcome_.step == options_.max_steps) exhausted(options_, outcome_.time);
      const double before = integrator->time();
      const Integrator::Stop stop = integrator->advance();
      const double t = stop == Integrator::Stop::end ? options_.t_end : origin_ + integrator->time();
      show_between(*integrator, before, t);
      dynamics_.set(integrator->state());
      if (stop == Integrator::Stop::root) {
        last = cross(integrator->crossings(), t);
      } else {
        ++outcome_.step;
        last = left_its_start() || stop == Integrator::Stop::end || interrupted(t);
      }
      outcome_.time = t;
      const bool asked = next_ < times_.size() && times_[next_] == t;
      if (asked) ++next_;
      if (asked || last) see(t, last);
      outcome_.statistics.error_test_failures = failures + integrator->error_test_failures();
      // Where steps become small against the time that has passed, rounding of t would end them: count anew from here.
      const double now = integrator->time();
      const double left = options_.t_end - (origin_ + now);
      if (stop == Integrator::Stop::step && !last && now - before < 1e-6 * now && left > 0) {
        origin_ += now;
        settings_.t_end = left;
        settings_.origin = origin_;
        failures = outcome_.statistics.error_test_failures;
        dynamics_.get(state);
        integrator = sundials::make_integrator(system_, state, settings_);
      }
    }
  }

  /// The times asked for that the integrator has passed since `before`.
  void show_between(Integrator& integrator, double before, double t) {
    for (; next_ < times_.size() && times_[next_] < t; ++next_) {
      dynamics_.set(integrator.at(std::max(before, times_[next_] - origin_)));
      see(times_[next_], false);
    }
  }

  void see(double t, bool last) {
    const Task& task = dynamics_.task();
    visit_({.step = outcome_.step,
            .time = t,
            .last = last,
            .dynamics = dynamics_,
            .train_error = task.train.error_of(dynamics_.residual().cost),
            .test_error =
                task.test ? task.test->error(dynamics_.end_to_end()) : std::numeric_limits<double>::quiet_NaN()});
  }

  bool left_its_start() {
    const double cost = dynamics_.residual().cost;
    if (std::isfinite(cost) && cost <= limit_) return false;
    outcome_.status = Status::diverged;
    return true;
  }

  bool interrupted(double t) {
    if (!observer_ || observer_({.done = t, .total = options_.t_end})) return false;
    outcome_.status = Status::interrupted;
    return true;
  }

  bool cross(std::span<const int> crossings, double t) {
    bool last = false;
    for (std::size_t i = 0; i < crossings.size(); ++i) {
      if (crossings[i] != 0 && hit(system_.events()[i], t, crossings[i])) last = true;
    }
    return last;
  }

  /// Keeps the event; true when it ends the run.
  bool hit(const FlowSystem::Root& root, double t, int direction) {
    const char* name = to_string(root.event->kind);
    outcome_.events.push_back({.name = name, .mode = root.mode, .time = t, .direction = direction});
    if (!root.event->terminal) return false;
    outcome_.status = Status::stopped;
    outcome_.rule = name;
    return true;
  }

  Dynamics& dynamics_;
  const GradientFlow& options_;
  const std::vector<double>& times_;
  const Visit& visit_;
  const Observer& observer_;
  FlowSystem system_;
  sundials::Settings settings_;
  double limit_ = 0;
  double origin_ = 0;     // where the integrator's own time starts
  std::size_t next_ = 0;  // of the times asked for
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
  }
  return "unknown";
}

Outcome flow(Dynamics& dynamics, const GradientFlow& options, const std::vector<double>& times, const Visit& visit,
             const Observer& observer) {
  check(options);
  check_times(options, times);
  // Past states of up to 12 orders or the stages of a step, and what a step is made of.
  constexpr double kept = 20;
  require_memory(kept * matrix_bytes(static_cast<double>(dynamics.unknowns()), 1), "solver.kind",
                 "gradient flow of " + std::to_string(dynamics.unknowns()) + " unknowns");
  const auto began = std::chrono::steady_clock::now();
  Outcome outcome = Run(dynamics, options, times, visit, observer).go();
  outcome.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return outcome;
}

}  // namespace linnet
