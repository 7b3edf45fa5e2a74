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
#include "linnet/solvers/sundials_integrator.hpp"

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
    directions_.assign(o.events.size(), -1);
  }

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] Index evaluations() const { return evaluations_; }
  [[nodiscard]] std::span<const int> directions() const { return directions_; }
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

  [[nodiscard]] Index roots() const override { return static_cast<Index>(options_.events.size()); }
  bool root_values(double /*t*/, std::span<const double> y, std::span<double> values) override {
    take(y, weights_);
    const double cost = gradient_.differentiate(weights_, data_);
    double sum = 0;
    for (const Matrix& g : gradient_.gradients()) sum += g.squaredNorm();
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool of_cost = options_.events[i].kind == FlowEvent::Kind::cost_below;
      values[i] = (of_cost ? cost : std::sqrt(sum)) - options_.events[i].value;
      // SUNDIALS gives up over a function that is 0 at two neighbouring times.
      if (values[i] == 0) values[i] = std::numeric_limits<double>::min();
    }
    return std::isfinite(cost);
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
  std::vector<int> directions_;
  Index evaluations_ = 0;
};

/// One run, as in solvers/gradient_flow.cpp.
class FlowRun {
 public:
  FlowRun(const Perceptron& start, const PerceptronTask& task, const GradientFlow& o, const PerceptronRecord& record,
          const Observer& observer)
      : options_(o),
        observer_(observer),
        recorder_(task, start, o.rates, record, record.schedule.most_records(o.t_end)),
        system_(start, task, o),
        cost_at_zero_(task.train.targets.squaredNorm() / static_cast<double>(task.train.targets.cols())) {
    if (o.t_end > 0) times_ = record.schedule.times(o.t_end);
  }

  PerceptronRun go() && {
    const auto began = std::chrono::steady_clock::now();
    std::vector<double> state = system_.state();
    const double cost = system_.cost(state);
    limit_ = options_.divergence_factor * std::max(cost, cost_at_zero_);
    bool last = left_its_start(cost) || options_.t_end == 0 || below_from_the_start(state) || interrupted(0);
    recorder_.record(0, 0, system_.weights(), cost);
    if (!last) integrate(state);
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
                                      .atol = absolute_tolerance(options_, start),
                                      .directions = system_.directions()};
    const auto integrator = sundials::make_integrator(system_, start, settings);
    for (bool last = false; !last;) {
      if (outcome_.step == options_.max_steps) exhausted(options_, outcome_.time);
      const double before = integrator->time();
      const Integrator::Stop stop = integrator->advance();
      const double t = stop == Integrator::Stop::end ? options_.t_end : integrator->time();
      for (; next_ < times_.size() && times_[next_] < t; ++next_) {
        see(times_[next_], integrator->at(std::max(before, times_[next_])));
      }
      const double cost = system_.cost(integrator->state());
      outcome_.time = t;
      if (stop == Integrator::Stop::root) {
        last = cross(integrator->crossings(), t);
      } else {
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
    std::vector<double> values(options_.events.size());
    system_.root_values(0, state, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] <= std::numeric_limits<double>::min() && hit(options_.events[i], 0, -1)) return true;
    }
    return false;
  }

  bool cross(std::span<const int> crossings, double t) {
    bool last = false;
    for (std::size_t i = 0; i < crossings.size(); ++i) {
      if (crossings[i] != 0 && hit(options_.events[i], t, crossings[i])) last = true;
    }
    return last;
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
  PerceptronRecorder recorder_;
  FlowSystem system_;
  double cost_at_zero_;
  double limit_ = 0;
  std::vector<double> times_;
  std::size_t next_ = 0;  // of the times asked for
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
  return FlowRun(start, task, o, record, observer).go();
}

}  // namespace linnet
