#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/solvers/interruptible_observer.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/training/raised_order.hpp"
#include "linnet/training/recorder.hpp"
#include "linnet/training/start_check.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

/// Gradient flow conserves Δ_l. Integrated weights that do not conserve it have left the path of the flow, and so has
/// A, in directions in which the cost is flat. Weight decay has them decay as e^{−2ημt} where the rates are equal, and
/// leaves no such law where they are not.
std::string drift_warning(const Network& start, const Dynamics& dynamics, const Layerwise& rates, double elapsed) {
  constexpr double much = 1e-3;  // of |θ|²
  const double mu = dynamics.weight_decay();
  const DeepLinear* weights = weights_of(start);
  if (weights == nullptr || is_wide(*weights) || (mu != 0 && !rates.uniform())) return {};
  std::optional<DeepLinear> decayed;
  if (mu != 0) {
    std::vector<Matrix> layers = weights->weights();
    for (Matrix& w : layers) w *= std::exp(-rates[0] * mu * elapsed);
    decayed.emplace(std::move(layers));
  }
  const DeepLinear* before = decayed ? &*decayed : weights;
  const Network end = dynamics.network();
  const auto& now = std::get<DeepLinear>(end);
  // Weights that decay away keep the error that the integrator made while they were larger.
  const double size = std::max(rescaled_size(now, rates), mu == 0 ? 0.0 : rescaled_size(*weights, rates));
  const double drift = imbalance_distance(*before, now, rates) / size;
  if (!(drift > much)) return {};
  return (mu == 0 ? "the imbalances that gradient flow conserves have moved by "
                  : "the imbalances that decay as e^(-2 weight_decay t) are off by ") +
         format_number(drift) +
         " of the size of the weights: the weights have left the path of the flow, and so has A in directions in which "
         "the cost is flat; take a smaller solver.rtol or an earlier solver.t_end";
}

/// A leg's outcome after those before it.
void append(Outcome& whole, Outcome leg) {
  whole.events.insert(whole.events.end(), leg.events.begin(), leg.events.end());
  leg.events = std::move(whole.events);
  leg.statistics.steps += whole.statistics.steps;
  leg.statistics.velocity_evaluations += whole.statistics.velocity_evaluations;
  leg.statistics.error_test_failures += whole.statistics.error_test_failures;
  leg.statistics.seconds += whole.statistics.seconds;
  whole = std::move(leg);
}

/// A flow in legs. Each begins as a run that is continued does, from the network that the one before has ended with, so
/// that a run that is resumed at the end of a leg has the bits of one that was not cut.
Trajectory flowed(const Network& now, const Continuation* from, const Task& task, const GradientFlow& solver,
                  const Record& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  InterruptibleObserver interruptible(observer);
  std::unique_ptr<Dynamics> dynamics = checked_dynamics(now, task, record, solver.rates, "solver.rates", from);
  check(solver);
  const Network& start = from == nullptr ? now : *from->start;
  std::vector<double> times = record.schedule.times(solver.t_end);
  Carried carried = from == nullptr ? Carried{} : from->carried;
  std::erase_if(times, [&](double t) { return t <= carried.time; });
  const auto before = record.saving.before ? static_cast<double>(record.saving.before->time.size()) : 0;
  Recorder recorder =
      recorder_of(now, from, task, *dynamics, solver.rates, record, before + static_cast<double>(times.size()));
  const Observer keep_going = interruptible.observer();
  bool seen = recorder.resumes();  // whether the state at which a leg begins was visited before
  const auto visit = [&](const Moment& moment) {
    if (std::exchange(seen, false) && !moment.last) return;
    recorder.consider_best(moment);
    recorder.record(moment);
  };
  Index step = 0;
  // The observer sees every internal step, and the best test error is taken over all of them.
  const auto watch = [&](const Progress& progress) {
    recorder.consider_best({.step = step, .time = progress.done, .due = false, .dynamics = *dynamics});
    ++step;
    return !keep_going || keep_going(progress);
  };
  Outcome outcome;
  if (recorder.resumes()) outcome.events = record.saving.before->events;
  std::optional<Unfinished> cut;
  for (bool first = true;; first = false) {
    step = carried.step;
    std::erase_if(times, [&](double t) { return t <= carried.time; });
    const bool continues = from != nullptr || !first;
    try {
      append(outcome,
             flow(*dynamics, solver, times, visit, watch, continues ? &carried : nullptr, solver.restart_every));
    } catch (const Error& error) {
      if (first || !is_interruption(error)) throw;
      outcome.status = Status::interrupted;
      outcome.unfinished = false;
    }
    if (!outcome.unfinished) break;
    const Interruptible nobody([] { return true; });
    carried = outcome.carried;
    const Network here = dynamics->network();
    if (recorder.saves() && recorder.is_whole()) {
      cut = recorder.unfinished(here, carried, outcome.events);
      if (recorder.save_is_due()) recorder.save(*cut);
    }
    const Continuation rest{.start = nullptr, .threshold = {}, .carried = {}};
    dynamics = checked_dynamics(here, task, record, solver.rates, "solver.rates", &rest);
    seen = true;
  }
  if (outcome.status == Status::interrupted && cut) recorder.save(*cut);
  if (!outcome.within_step) {
    const Interruptible nobody([] { return true; });  // the warning of an interrupted run is computed to its end
    // A run that is continued may have had another decay before.
    const Network& began = solver.weight_decay == 0 ? start : now;
    const double elapsed = outcome.time - (from == nullptr ? 0 : from->carried.time);
    if (!solver.keep_zeros) recorder.warn(drift_warning(began, *dynamics, solver.rates, elapsed));
  }
  return std::move(recorder).finish(std::move(outcome), *dynamics);
}

}  // namespace

Trajectory train(const Network& start, const Task& task, const GradientFlow& solver, const Record& record,
                 const Observer& observer) {
  return trained_to_tolerance(start, record, [&](const Network& cone, const Record& watched) {
    return flowed(cone, nullptr, task, solver, watched, observer);
  });
}

Trajectory train(const Checkpoint& from, const Task& task, const GradientFlow& solver, const Record& record,
                 const Observer& observer) {
  check(from);
  return trained_to_tolerance(from.network, record, [&](const Network& now, const Record& same) {
    return flowed(now, &from.continuation, task, solver, same, observer);
  });
}

}  // namespace linnet
