#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/curvature.hpp"
#include "linnet/perceptron/recorder.hpp"
#include "linnet/perceptron/start_check.hpp"
#include "linnet/perceptron/train.hpp"
#include "linnet/solvers/attentive.hpp"
#include "linnet/solvers/flow_events.hpp"
#include "linnet/solvers/sundials_integrator.hpp"
#include "linnet/support/interruption.hpp"

namespace linnet {

namespace {

using sundials::Integrator;

bool has_kinks(const Perceptron& start) {
  return start.activation() == Activation::relu && start.slope() != 1 && start.depth() > 1;
}

/// Error control that has to resolve every kink takes for ever: the default tolerance of smooth flows would.
void require_affordable(const Perceptron& start, const GradientFlow& o) {
  constexpr double least = 1e-8;
  if (o.rtol >= least || !has_kinks(start)) return;
  bad_input({.field = "solver.rtol",
             .expected = "at least " + format_number(least) + ", for the kinks of ReLU",
             .got = format_number(o.rtol),
             .hint = "solver.method = \"bdf\" with an rtol from 1e-2 to 1e-6 suits them"});
}

/// What an implicit method integrates: ReLU's kinks rounded over ten times the tolerance's part of what neurons receive
/// at the start, which leaves no larger an error than the steps do and spares half of them. A sample that both sides
/// push onto a neuron's hyperplane stays there; explicit methods cross it to and fro, in steps as small as the
/// tolerance, while rounded it is a stiff equation.
Perceptron rounded(const Perceptron& start, const PerceptronTask& task, const GradientFlow& o) {
  if (o.method != GradientFlow::Method::bdf || !has_kinks(start)) return start;
  double sum = 0;
  double count = 0;
  const std::vector<Matrix> h = start.preactivations(task.train.inputs);
  for (std::size_t l = 0; l + 1 < h.size(); ++l) {
    sum += h[l].squaredNorm();
    count += static_cast<double>(h[l].size());
  }
  HiddenUnit neuron = start.neuron();
  neuron.rounding = 10 * o.rtol * std::sqrt(sum / count);
  return Perceptron(start.weights(), neuron);
}

/// The weights of all layers in order, each by columns, as the integrator's unknowns.
class FlowSystem final : public sundials::System {
 public:
  FlowSystem(const Perceptron& start, const PerceptronTask& task, const GradientFlow& o)
      : FlowSystem(start, rounded(start, task, o), task, o) {}

  FlowSystem(const Perceptron& start, const Perceptron& moved, const PerceptronTask& task, const GradientFlow& o)
      : options_(o),
        unknowns_(start.parameters()),
        weights_(start.weights()),
        direction_(start.weights()),
        exact_(start),
        gradient_(moved),
        data_(gradient_.prepare(task.train)) {
    if (o.method == GradientFlow::Method::bdf) curvature_.emplace(moved, data_);
  }

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] Index evaluations() const { return evaluations_; }
  [[nodiscard]] std::vector<double> state() const {
    std::vector<double> y(static_cast<std::size_t>(unknowns_));
    double* at = y.data();
    for (const Matrix& w : weights_) at = std::copy_n(w.data(), w.size(), at);
    return y;
  }

  /// C at this state, where the system stays.
  double cost(std::span<const double> y) {
    take(y, weights_);
    return exact_.cost(weights_, data_);
  }

  [[nodiscard]] Index unknowns() const override { return unknowns_; }

  bool velocity(std::span<const double> y, std::span<double> derivative) override {
    take(y, weights_);
    ++evaluations_;
    const double cost = gradient_.differentiate(weights_, data_);
    give(gradient_.gradients(), derivative);
    return std::isfinite(cost);
  }

  [[nodiscard]] bool has_jacobian() const override { return curvature_.has_value(); }
  bool linearize(std::span<const double> y) override {
    take(y, weights_);
    curvature_->linearize(weights_);
    return true;
  }
  bool jacobian(std::span<const double> v, std::span<double> product) override {
    take(v, direction_);
    give(curvature_->product(direction_), product);
    return Eigen::Map<const Vector>(product.data(), unknowns_).allFinite();
  }

  /// What the events are functions of, at this state; as certain as rounding leaves them.
  FlowEvents::Measured measure_events(std::span<const double> y) {
    take(y, weights_);
    const double cost = gradient_.differentiate(weights_, data_);
    double sum = 0;
    for (const Matrix& g : gradient_.gradients()) sum += g.squaredNorm();
    const auto count = static_cast<Index>(options_.events.size());
    FlowEvents::Measured measured{.values = Vector(count), .uncertain = Vector(count)};
    for (Index i = 0; i < count; ++i) {
      const FlowEvent& event = options_.events[static_cast<std::size_t>(i)];
      const double value = event.kind == FlowEvent::Kind::cost_below ? cost : std::sqrt(sum);
      measured.values(i) = value - event.value;
      measured.uncertain(i) = 64 * std::numeric_limits<double>::epsilon() * value;
    }
    return measured;
  }

 private:
  static void take(std::span<const double> y, std::vector<Matrix>& weights) {
    const double* at = y.data();
    for (Matrix& w : weights) {
      std::copy_n(at, w.size(), w.data());
      at += w.size();
    }
  }

  /// −η_l times these.
  void give(const std::vector<Matrix>& gradients, std::span<double> out) const {
    double* at = out.data();
    for (std::size_t l = 0; l < gradients.size(); ++l) {
      Eigen::Map<Vector>(at, gradients[l].size()) = -options_.rates[l] * gradients[l].reshaped();
      at += gradients[l].size();
    }
  }

  const GradientFlow& options_;
  Index unknowns_;
  std::vector<Matrix> weights_;
  std::vector<Matrix> direction_;
  Backpropagation exact_;     // of the network itself
  Backpropagation gradient_;  // of what is integrated
  Backpropagation::Prepared data_;
  std::optional<Curvature> curvature_;
  Index evaluations_ = 0;
};

/// One run, as in solvers/gradient_flow.cpp.
class FlowRun {
 public:
  FlowRun(const Perceptron& start, const PerceptronTask& task, const GradientFlow& o, const PerceptronRecord& record,
          const Observer& observer)
      : options_(o),
        observer_(observer),
        times_(record.schedule.times(o.t_end)),
        recorder_(task, start, o.rates, record, static_cast<double>(times_.size())),
        system_(start, task, o),
        cost_at_zero_(task.train.targets.squaredNorm() / static_cast<double>(task.train.targets.cols())) {}

  PerceptronRun go() && {
    const auto began = std::chrono::steady_clock::now();
    try {
      const std::vector<double> state = system_.state();
      const double cost = system_.cost(state);
      limit_ = options_.divergence_factor * std::max(cost, cost_at_zero_);
      const bool last = left_its_start(cost) || options_.t_end == 0 || below_from_the_start(state) || interrupted(0);
      recorder_.record(0, 0, system_.weights(), cost);
      recorded_ = true;
      if (!last) integrate(state);
    } catch (const Error& error) {
      if (!is_interruption(error) || !recorded_) throw;
      outcome_.status = Status::interrupted;
      outcome_.within_step = true;
    }
    outcome_.statistics.steps = outcome_.step;
    outcome_.statistics.velocity_evaluations = system_.evaluations();
    outcome_.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return std::move(recorder_).finish(std::move(outcome_), system_.weights());
  }

 private:
  void integrate(const std::vector<double>& start) {
    const sundials::Settings settings{.method = method_of(options_),
                                      .t_end = options_.t_end,
                                      .rtol = options_.rtol,
                                      .atol = absolute_tolerance(options_, start)};
    const auto integrator = sundials::make_integrator(system_, start, settings);
    for (bool last = false; !last;) {
      if (outcome_.step == options_.max_steps) exhausted(options_, outcome_.time);
      const double before = integrator->time();
      const Integrator::Stop stop = integrator->advance();
      double t = stop == Integrator::Stop::end ? options_.t_end : integrator->time();
      const std::optional<double> ends = find_events(*integrator, before, t);
      if (ends) t = *ends;
      for (; next_ < times_.size() && times_[next_] < t; ++next_) {
        see(times_[next_], integrator->at(std::max(before, times_[next_])));
      }
      const double cost = system_.cost(ends ? integrator->at(t) : integrator->state());
      outcome_.time = t;
      last = ends.has_value();
      if (!last) {
        ++outcome_.step;
        last = left_its_start(cost) || stop == Integrator::Stop::end || interrupted(t);
      }
      const bool asked = next_ < times_.size() && times_[next_] == t;
      if (asked) ++next_;
      if (asked || last) recorder_.record(outcome_.step, t, system_.weights(), cost);
      outcome_.statistics.error_test_failures = integrator->error_test_failures();
    }
  }

  void see(double t, std::span<const double> state) {
    const double cost = system_.cost(state);
    recorder_.record(outcome_.step, t, system_.weights(), cost);
  }

  bool left_its_start(double cost) {
    if (std::isfinite(cost) && cost <= limit_) return false;
    outcome_.status = Status::diverged;
    return true;
  }

  bool interrupted(double t) {
    if (!observer_ || observer_({.done = t, .total = options_.t_end})) return false;
    outcome_.status = Status::interrupted;
    return true;
  }

  bool below_from_the_start(std::span<const double> state) {
    if (options_.events.empty()) return false;
    FlowEvents::Measured start = system_.measure_events(state);
    for (Index i = 0; i < start.values.size(); ++i) {
      if (start.values(i) <= 0 && hit(options_.events[static_cast<std::size_t>(i)], 0, -1)) return true;
    }
    events_.begin(std::move(start));
    return false;
  }

  /// Keeps the events that a step has made certain; the time at which one of them ends the run.
  std::optional<double> find_events(Integrator& integrator, double before, double t) {
    if (options_.events.empty()) return std::nullopt;
    FlowEvents::Measured end = system_.measure_events(integrator.state());
    if (!end.values.allFinite()) return std::nullopt;
    const auto crossings = events_.step(before, t, std::move(end), [&](double between) {
      return system_.measure_events(integrator.at(std::clamp(between, before, integrator.time())));
    });
    for (const FlowEvents::Crossing& c : crossings) {
      if (c.direction > 0) continue;
      if (hit(options_.events[static_cast<std::size_t>(c.function)], c.time, c.direction))
        return std::max(c.time, before);
    }
    return std::nullopt;
  }

  /// Keeps the event; true when it ends the run.
  bool hit(const FlowEvent& event, double t, int direction) {
    outcome_.events.push_back({.name = to_string(event.kind), .time = t, .direction = direction});
    if (!event.terminal) return false;
    outcome_.status = Status::stopped;
    outcome_.rule = to_string(event.kind);
    return true;
  }

  const GradientFlow& options_;
  const Observer& observer_;
  std::vector<double> times_;
  PerceptronRecorder recorder_;
  FlowSystem system_;
  FlowEvents events_;
  double cost_at_zero_;
  double limit_ = 0;
  std::size_t next_ = 0;   // of the times asked for
  bool recorded_ = false;  // else there is nothing to keep
  Outcome outcome_;
};

}  // namespace

PerceptronRun train(const Perceptron& start, const PerceptronTask& task, const GradientFlow& o,
                    const PerceptronRecord& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  check(o);
  require_fit(start, task);
  require_way_down(start, task);
  o.rates.require_depth(start.depth(), "solver.rates");
  for (const FlowEvent& event : o.events) {
    if (event.kind == FlowEvent::Kind::threshold_crossing) {
      bad_input({.field = "solver.events",
                 .expected = "events that a perceptron has: cost_below, gradient_below",
                 .got = to_string(event.kind),
                 .hint = "singular values of A are those of linear networks"});
    }
  }
  require_affordable(start, o);
  Attentive attentive(observer);
  const Observer keep_going = attentive.observer();
  return FlowRun(start, task, o, record, keep_going).go();
}

}  // namespace linnet
