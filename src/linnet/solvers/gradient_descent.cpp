#include "linnet/solvers/gradient_descent.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <optional>

#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/tasks/label_noise.hpp"
#include "linnet/tasks/minibatch.hpp"

namespace linnet {

double time_of_step(const GradientDescent& o) {
  const double mean = o.step.geometric_mean();
  return o.direction == Direction::spectral ? mean : mean / (1 - o.momentum);
}

std::vector<double> times_of(const GradientDescent& o, const std::vector<Index>& steps) {
  const double unit = time_of_step(o);
  std::vector<double> times;
  Index made = 0;
  double time = 0;
  for (const Index step : steps) {
    if (o.schedule.constant()) {
      time = unit * static_cast<double>(step);
    } else {
      for (; made < step; ++made) time += unit * o.schedule.at(made, o.max_steps);
    }
    times.push_back(time);
  }
  return times;
}

namespace {

void check_spectral(const GradientDescent& o, const Dynamics& dynamics) {
  if (o.direction != Direction::spectral) return;
  if (!dynamics.has_weights()) {
    bad_input({.field = "solver",
               .expected = "steps along the gradient, except for explicit weights",
               .got = "spectral descent of " + description_of(dynamics.network()),
               .hint = "start from explicit weights"});
  }
  if (o.order != Order::simultaneous) {
    bad_input({.field = "solver.order", .expected = "simultaneous, for spectral descent", .got = "sequential"});
  }
  if (o.keep_zeros) {
    bad_input({.field = "solver.keep_zeros", .expected = "false, for spectral descent", .got = "true"});
  }
  if (o.weight_decay != 0) {
    bad_input({.field = "solver.weight_decay",
               .expected = "0, for spectral descent",
               .got = format_number(o.weight_decay),
               .hint = "its steps have no cost whose gradient would contain the decay"});
  }
}

}  // namespace

void check(const GradientDescent& o, const Dynamics& dynamics) {
  check_spectral(o, dynamics);
  require_positive(o.step, "solver.step");
  if (!(o.momentum >= 0) || !(o.momentum < 1)) {
    bad_input({.field = "solver.momentum", .expected = "a number in [0, 1)", .got = format_number(o.momentum)});
  }
  require_non_negative(o.weight_decay, "solver.weight_decay");
  check(o.schedule);
  require_non_negative(o.label_noise, "solver.label_noise");
  if (o.label_noise > 0 && !dynamics.has_target()) {
    bad_input({.field = "solver.label_noise",
               .expected = "0, for a cost other than least squares",
               .got = format_number(o.label_noise)});
  }
  require_at_least(o.batch, 0, "solver.batch");
  require_at_least(o.first_batch, 0, "solver.first_batch");
  require_at_least(o.max_steps, 0, "solver.max_steps");
  require_positive(o.divergence_factor, "solver.divergence_factor");
  for (const StopRule& rule : o.stop) {
    if (rule.needs_test && !dynamics.has_test()) {
      bad_input({.field = "solver.stop",
                 .expected = "rules that need no test error",
                 .got = rule.name,
                 .hint = "give the task a signal or held-out data, or drop the rule"});
    }
    if (rule.needs_accuracy && dynamics.test_samples() == nullptr) {
      bad_input({.field = "solver.stop",
                 .expected = "rules that need no accuracy, without samples held out",
                 .got = rule.name,
                 .hint = "give the task held-out samples, or drop the rule"});
    }
  }
}

namespace {

void advance(ErrorHistory& h, const Dynamics& dynamics, Index step, bool first, bool tests) {
  const double train = dynamics.train_error();
  const double test = tests ? dynamics.test_error() : std::numeric_limits<double>::quiet_NaN();
  if (first) {
    h.train_start = train;
  } else {
    h.test_rises = test > h.test ? h.test_rises + 1 : 0;
  }
  h.step = step;
  h.train_before = first ? train : h.train;
  h.train = train;
  h.cost = dynamics.cost();
  h.test = test;
}

const StopRule* first_that_fires(const std::vector<StopRule>& rules, const ErrorHistory& history) {
  for (const StopRule& rule : rules) {
    if (rule.fires(history)) return &rule;
  }
  return nullptr;
}

}  // namespace

Outcome descend(Dynamics& dynamics, std::span<Dynamics* const> companions, const GradientDescent& o,
                const IsDue& is_due, const Visit& visit, const Observer& observer, const Carried* from,
                const Cut& cut) {
  check(o, dynamics);
  const Index begin = from == nullptr ? 0 : from->step;
  if (begin > o.max_steps) {
    bad_input({.field = "solver.max_steps",
               .expected = "at least " + std::to_string(begin) + ", the steps that were made",
               .got = std::to_string(o.max_steps),
               .hint = "it counts from the start of the run that is continued"});
  }
  const auto began = std::chrono::steady_clock::now();
  const double unit = time_of_step(o);
  const bool constant = o.schedule.constant();
  Update update{.step = o.step, .order = o.order, .momentum = o.momentum, .direction = o.direction};
  std::optional<Minibatches> batches;
  if (o.batch > 0) {
    const Index first = o.first_batch + begin;
    batches = dynamics.mask() != nullptr ? Minibatches(*dynamics.mask(), o.batch, o.seed, first)
                                         : Minibatches(dynamics.samples(), o.batch, o.seed, first);
    if (o.replacement) batches->replace();
  }
  if (from != nullptr) dynamics.set_momentum(from->momentum);
  dynamics.set_weight_decay(o.weight_decay);
  if (o.keep_zeros) dynamics.keep_zeros();
  for (Dynamics* companion : companions) {
    check_spectral(o, *companion);
    companion->set_weight_decay(o.weight_decay);
    if (o.keep_zeros) companion->keep_zeros();
  }
  std::optional<LabelNoise> noise;
  if (o.label_noise > 0) noise.emplace(o.label_noise, o.seed);
  const auto advance_by_a_step = [&](Dynamics& d, Index made) {
    const Index step = o.first_batch + made;  // in the order of the seed
    if (!batches && !noise) {
      d.descend(update);
    } else if (const Samples* all = dynamics.samples()) {
      const Samples& batch = batches ? batches->batch() : *all;
      d.descend(update, noise ? noise->on(batch, step) : batch);
    } else {
      Entries entries;
      if (batches) entries.batch = batches->entries();
      if (noise) entries.noise = &noise->draw(dynamics.shape(), step);
      d.descend(update, entries);
    }
  };
  const double first_cost = from == nullptr ? std::max(dynamics.cost(), dynamics.cost_at_zero()) : from->first_cost;
  const double limit = o.divergence_factor * first_cost;
  const bool tests = dynamics.test_is_cheap() ||
                     std::any_of(o.stop.begin(), o.stop.end(), [](const StopRule& rule) { return rule.needs_test; });

  Outcome outcome;
  bool visited = false;  // else there is nothing to keep
  const bool has_history = from != nullptr && from->errors.has_value();
  ErrorHistory history = has_history ? *from->errors : ErrorHistory{};
  history.gradient_norm = [&dynamics] { return dynamics.gradient_norm(); };
  history.slope = [&dynamics] { return dynamics.slope(); };
  history.test_accuracy = [&dynamics] { return dynamics.test_accuracy(); };
  const auto carried = [&] {
    Carried now{.step = outcome.step, .time = outcome.time, .first_cost = first_cost, .momentum = dynamics.momentum()};
    if (!o.stop.empty()) {
      now.errors = history;
      now.errors->gradient_norm = {};
      now.errors->slope = {};
      now.errors->test_accuracy = {};
    }
    return now;
  };
  try {
    double scheduled = from == nullptr ? 0 : from->time;
    for (Index step = begin;; ++step) {
      // Where steps are those of the run before, time is step times their unit, to the last bit.
      const double elapsed = unit * static_cast<double>(step - begin);
      const bool as_before = from == nullptr || from->time == unit * static_cast<double>(begin);
      const double time = !constant ? scheduled : as_before ? unit * static_cast<double>(step) : from->time + elapsed;
      outcome.step = step;
      outcome.time = time;
      bool last = step == o.max_steps;
      const bool due = is_due(step);
      const bool looks = due || last || !o.stop.empty();
      const auto diverged = [&](const Dynamics& d) {
        const double cost = looks ? d.cost() : d.cost_at_hand();
        return !std::isfinite(cost) || !(cost <= limit);
      };
      bool any_diverged = diverged(dynamics);
      for (const Dynamics* companion : companions) any_diverged = any_diverged || diverged(*companion);
      if (any_diverged) {
        outcome.status = Status::diverged;
        last = true;
      } else if (!o.stop.empty() && !(has_history && step == begin)) {  // a run goes on beyond the rule that ended it
        advance(history, dynamics, step, step == begin, tests);
        if (const StopRule* rule = first_that_fires(o.stop, history)) {
          outcome.status = Status::stopped;
          outcome.rule = rule->name;
          last = true;
        }
      }
      if (!last && observer &&
          !observer({.done = static_cast<double>(step), .total = static_cast<double>(o.max_steps)})) {
        outcome.status = Status::interrupted;
        last = true;
      }
      // A run that goes on from here has no record of the interruption.
      const bool cuts = cut && (!last || outcome.status == Status::interrupted);
      const bool ends = last && !cuts;
      visit({.step = step, .time = time, .due = due || ends, .last = ends, .dynamics = dynamics});
      visited = true;
      if (cuts) cut(carried, last);
      if (cuts && last) visit({.step = step, .time = time, .due = !due, .last = true, .dynamics = dynamics});
      if (last) break;
      if (batches) batches->draw();
      if (!constant) {
        const double factor = o.schedule.at(step, o.max_steps);
        update.step = o.step.times(factor);
        scheduled += unit * factor;
      }
      advance_by_a_step(dynamics, step);
      for (Dynamics* companion : companions) advance_by_a_step(*companion, step);
    }
  } catch (const Error& error) {
    if (!is_interruption(error) || !visited) throw;
    outcome.status = Status::interrupted;
    outcome.within_step = true;
  }
  outcome.statistics.steps = outcome.step - begin;
  outcome.statistics.velocity_evaluations = outcome.step - begin;
  outcome.statistics.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  outcome.carried = carried();
  return outcome;
}

}  // namespace linnet
