#include "linnet/solvers/gradient_descent.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/minibatch.hpp"

namespace linnet {

void check(const GradientDescent& o, bool has_test) {
  require_positive(o.step, "solver.step");
  if (!(o.momentum >= 0) || !(o.momentum < 1)) {
    bad_input({.field = "solver.momentum", .expected = "a number in [0, 1)", .got = format_number(o.momentum)});
  }
  require_at_least(o.batch, 0, "solver.batch");
  require_at_least(o.first_batch, 0, "solver.first_batch");
  require_at_least(o.max_steps, 0, "solver.max_steps");
  require_positive(o.divergence_factor, "solver.divergence_factor");
  for (const StopRule& rule : o.stop) {
    if ((rule.needs_test || rule.needs_accuracy) && !has_test) {
      bad_input({.field = "solver.stop",
                 .expected = "rules that need no test error",
                 .got = rule.name,
                 .hint = "give the task a signal or held-out data, or drop the rule"});
    }
  }
}

namespace {

void require_rules_of_linear_networks(const std::vector<StopRule>& rules) {
  for (const StopRule& rule : rules) {
    if (!rule.needs_accuracy) continue;
    bad_input(
        {.field = "solver.stop", .expected = "rules that need no accuracy, for linear networks", .got = rule.name});
  }
}

void advance(ErrorHistory& h, const Dynamics& dynamics, Index step) {
  const Task& task = dynamics.task();
  const double train = task.train.error_of(dynamics.residual().cost);
  const double test = task.test ? task.test->error(dynamics.end_to_end()) : std::numeric_limits<double>::quiet_NaN();
  if (step == 0) {
    h.train_start = train;
  } else {
    h.test_rises = test > h.test ? h.test_rises + 1 : 0;
  }
  h.step = step;
  h.train_before = step == 0 ? train : h.train;
  h.train = train;
  h.cost = dynamics.residual().cost;
  h.test = test;
}

}  // namespace

Outcome descend(Dynamics& dynamics, std::span<Dynamics* const> companions, const GradientDescent& o, const Visit& visit,
                const Observer& observer) {
  check(o, dynamics.task().test.has_value());
  require_rules_of_linear_networks(o.stop);
  const auto began = std::chrono::steady_clock::now();
  const double unit = o.step.geometric_mean() / (1 - o.momentum);
  const Update update{.step = o.step, .order = o.order, .momentum = o.momentum};
  std::optional<Minibatches> batches;
  if (o.batch > 0) batches.emplace(dynamics.task().train, o.batch, o.seed, o.first_batch);
  const auto advance_by_a_step = [&](Dynamics& d) {
    d.descend(update, batches ? batches->gradient(d.end_to_end()) : d.residual().gradient);
  };
  const Matrix& a = dynamics.end_to_end();
  const double cost_at_zero = dynamics.task().train.evaluate(Matrix::Zero(a.rows(), a.cols())).cost;
  const double limit = o.divergence_factor * std::max(dynamics.residual().cost, cost_at_zero);

  Outcome outcome;
  bool visited = false;  // else there is nothing to keep
  ErrorHistory history;
  history.gradient_norm = [&dynamics] { return dynamics.residual().gradient.norm(); };
  try {
    for (Index step = 0;; ++step) {
      advance(history, dynamics, step);
      const double time = unit * static_cast<double>(step);
      outcome.step = step;
      outcome.time = time;
      bool last = step == o.max_steps;
      const auto diverged = [&](const Dynamics& d) {
        return !std::isfinite(d.residual().cost) || !(d.residual().cost <= limit);
      };
      bool any_diverged = diverged(dynamics);
      for (const Dynamics* companion : companions) any_diverged = any_diverged || diverged(*companion);
      if (any_diverged) {
        outcome.status = Status::diverged;
        last = true;
      } else {
        for (const StopRule& rule : o.stop) {
          if (rule.fires(history)) {
            outcome.status = Status::stopped;
            outcome.rule = rule.name;
            last = true;
            break;
          }
        }
      }
      if (!last && observer &&
          !observer({.done = static_cast<double>(step), .total = static_cast<double>(o.max_steps)})) {
        outcome.status = Status::interrupted;
        last = true;
      }
      visit({.step = step,
             .time = time,
             .last = last,
             .dynamics = dynamics,
             .train_error = history.train,
             .test_error = history.test});
      visited = true;
      if (last) break;
      if (batches) batches->draw();
      advance_by_a_step(dynamics);
      for (Dynamics* companion : companions) advance_by_a_step(*companion);
    }
  } catch (const Error& error) {
    if (!is_interruption(error) || !visited) throw;
    outcome.status = Status::interrupted;
    outcome.within_step = true;
  }
  outcome.statistics.steps = outcome.step;
  outcome.statistics.velocity_evaluations = outcome.step;
  outcome.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return outcome;
}

}  // namespace linnet
