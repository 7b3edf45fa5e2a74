#include "linnet/perceptron/train.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/perceptron/accuracy.hpp"
#include "linnet/perceptron/recorder.hpp"
#include "linnet/perceptron/start_check.hpp"
#include "linnet/solvers/attentive.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/minibatch.hpp"
#include "linnet/training/recorder.hpp"

namespace linnet {

namespace {

void require_simultaneous(const GradientDescent& o) {
  if (o.order == Order::simultaneous) return;
  bad_input({.field = "solver.order", .expected = "simultaneous, for perceptrons", .got = "sequential"});
}

/// Weights that go down, with all that a step needs.
class Descent {
 public:
  Descent(const Perceptron& start, const PerceptronTask& task, const GradientDescent& o)
      : options_(o),
        task_(task),
        neuron_(start.neuron()),
        weights_(start.weights()),
        gradient_(start),
        train_(gradient_.prepare(task.train)) {
    if (task.test) test_ = gradient_.prepare(*task.test);
    if (o.batch > 0) batches_.emplace(task.train, o.batch, o.seed, o.first_batch);
    if (o.momentum == 0) return;
    for (const Matrix& w : weights_) velocity_.emplace_back(Matrix::Zero(w.rows(), w.cols()));
  }

  [[nodiscard]] const std::vector<Matrix>& weights() const { return weights_; }
  [[nodiscard]] bool has_batches() const { return batches_.has_value(); }

  /// C on all samples; without batches, with the gradient of the step to come.
  double look() { return batches_ ? gradient_.cost(weights_, train_) : gradient_.differentiate(weights_, train_); }

  /// The next batch's cost, with the gradient of the step to come.
  double draw() {
    batches_->draw();
    return gradient_.differentiate(weights_, batches_->inputs(), batches_->targets());
  }

  void step() {
    for (std::size_t l = 0; l < weights_.size(); ++l) {
      const Matrix& g = gradient_.gradients()[l];
      if (velocity_.empty()) {
        weights_[l] -= options_.step[l] * g;
      } else {
        velocity_[l] = options_.momentum * velocity_[l] - options_.step[l] * g;
        weights_[l] += velocity_[l];
      }
    }
  }

  double test_error() { return gradient_.cost(weights_, test_); }

  [[nodiscard]] double test_accuracy() const {
    return accuracy(Perceptron(weights_, neuron_).at(task_.test->inputs), task_.test->targets);
  }

  /// |∂C/∂θ| on all samples.
  double gradient_norm() {
    if (batches_) gradient_.differentiate(weights_, train_);
    double sum = 0;
    for (const Matrix& g : gradient_.gradients()) sum += g.squaredNorm();
    return std::sqrt(sum);
  }

 private:
  const GradientDescent& options_;
  const PerceptronTask& task_;
  HiddenUnit neuron_;
  std::optional<Minibatches> batches_;
  std::vector<Matrix> weights_;
  std::vector<Matrix> velocity_;
  Backpropagation gradient_;
  Backpropagation::Prepared train_;
  Backpropagation::Prepared test_;
};

const StopRule* first_that_fires(const std::vector<StopRule>& rules, const ErrorHistory& history) {
  for (const StopRule& rule : rules) {
    if (rule.fires(history)) return &rule;
  }
  return nullptr;
}

void advance(ErrorHistory& h, Index step, double cost, double test) {
  h.test_rises = step > 0 && test > h.test ? h.test_rises + 1 : 0;
  h.train_before = step == 0 ? cost : h.train;
  if (step == 0) h.train_start = cost;
  h.step = step;
  h.train = cost;
  h.cost = cost;
  h.test = test;
}

}  // namespace

PerceptronRun train(const Perceptron& start, const PerceptronTask& task, const GradientDescent& o,
                    const PerceptronRecord& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  check(o, task.test.has_value());
  require_simultaneous(o);
  require_fit(start, task);
  require_way_down(start, task);
  o.step.require_depth(start.depth(), "solver.step");
  const auto began = std::chrono::steady_clock::now();
  const double unit = o.step.geometric_mean() / (1 - o.momentum);
  PerceptronRecorder recorder(task, start, o.step.relative(), record, record.schedule.most_steps(o.max_steps));
  Descent descent(start, task, o);

  const double cost_at_zero = task.train.targets.squaredNorm() / static_cast<double>(task.train.targets.cols());
  const bool tests = std::any_of(o.stop.begin(), o.stop.end(), [](const StopRule& rule) { return rule.needs_test; });
  double limit = 0;
  ErrorHistory history;
  history.gradient_norm = [&descent] { return descent.gradient_norm(); };
  history.test_accuracy = [&descent] { return descent.test_accuracy(); };
  Outcome outcome;
  bool recorded = false;  // else there is nothing to keep
  Attentive attentive(observer);
  const Observer keep_going = attentive.observer();
  Index due = 0;  // the next step to be recorded
  double batch_cost = 0;
  try {
    for (Index step = 0;; ++step) {
      outcome.step = step;
      outcome.time = unit * static_cast<double>(step);
      bool last = step == o.max_steps;
      const bool is_due = step == due;
      if (is_due) due = record.schedule.next_step(step, o.max_steps);
      // With batches, all samples are looked at only where their cost is asked for.
      const bool looks = !descent.has_batches() || is_due || last || !o.stop.empty() || step == 0;
      double cost = looks ? descent.look() : batch_cost;
      if (step == 0) limit = o.divergence_factor * std::max(cost, cost_at_zero);
      if (!std::isfinite(cost) || !(cost <= limit)) {
        outcome.status = Status::diverged;
        last = true;
      } else if (!o.stop.empty()) {
        advance(history, step, cost, tests ? descent.test_error() : std::numeric_limits<double>::quiet_NaN());
        if (const StopRule* rule = first_that_fires(o.stop, history)) {
          outcome.status = Status::stopped;
          outcome.rule = rule->name;
          last = true;
        }
      }
      if (!last && keep_going &&
          !keep_going({.done = static_cast<double>(step), .total = static_cast<double>(o.max_steps)})) {
        outcome.status = Status::interrupted;
        last = true;
      }
      if (is_due || last) {
        if (!looks) cost = descent.look();
        recorder.record(step, outcome.time, descent.weights(), cost);
        recorded = true;
      }
      if (last) break;
      if (descent.has_batches()) batch_cost = descent.draw();
      descent.step();
    }
  } catch (const Error& error) {
    if (!is_interruption(error) || !recorded) throw;
    outcome.status = Status::interrupted;
    outcome.within_step = true;
  }
  outcome.statistics.steps = outcome.step;
  outcome.statistics.velocity_evaluations = outcome.step;
  outcome.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return std::move(recorder).finish(std::move(outcome), descent.weights());
}

}  // namespace linnet
