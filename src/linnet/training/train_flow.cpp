#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/networks/deep_linear.hpp"
#include "linnet/solvers/interruptible_observer.hpp"
#include "linnet/training/recorder.hpp"
#include "linnet/training/start_check.hpp"
#include "linnet/training/train.hpp"

namespace linnet {

namespace {

/// Gradient flow conserves Δ_l. Integrated weights that do not conserve it have left the path of the flow, and so has
/// A, in directions in which the cost is flat.
std::string drift_warning(const Network& start, const Dynamics& dynamics, const Layerwise& rates) {
  constexpr double much = 1e-3;  // of |θ|²
  const DeepLinear* before = weights_of(start);
  if (before == nullptr || is_wide(*before)) return {};
  const Network end = dynamics.network();
  const auto& now = std::get<DeepLinear>(end);
  const double drift = imbalance_distance(*before, now, rates) / rescaled_size(now, rates);
  if (!(drift > much)) return {};
  return "the imbalances that gradient flow conserves have moved by " + format_number(drift) +
         " of the size of the weights: the weights have left the path of the flow, and so has A in directions in which "
         "the cost is flat; take a smaller solver.rtol or an earlier solver.t_end";
}

Trajectory flowed(const Network& now, const Continuation* from, const Task& task, const GradientFlow& solver,
                  const Record& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  InterruptibleObserver interruptible(observer);
  const std::unique_ptr<Dynamics> dynamics = checked_dynamics(now, task, record, solver.rates, "solver.rates", from);
  check(solver);
  const Network& start = from == nullptr ? now : *from->start;
  std::vector<double> times = record.schedule.times(solver.t_end);
  if (from != nullptr) std::erase_if(times, [&](double t) { return t <= from->carried.time; });
  Recorder recorder = recorder_of(now, from, task, *dynamics, solver.rates, record, static_cast<double>(times.size()));
  const Observer keep_going = interruptible.observer();
  Index step = from == nullptr ? 0 : from->carried.step;
  const auto visit = [&](const Moment& moment) {
    recorder.consider_best(moment);
    recorder.record(moment);
  };
  // The observer sees every internal step, and the best test error is taken over all of them.
  const auto watch = [&](const Progress& progress) {
    recorder.consider_best({.step = step, .time = progress.done, .due = false, .dynamics = *dynamics});
    ++step;
    return !keep_going || keep_going(progress);
  };
  Outcome outcome = flow(*dynamics, solver, times, visit, watch, from == nullptr ? nullptr : &from->carried);
  if (!outcome.within_step) {
    const Interruptible nobody([] { return true; });  // the warning of an interrupted run is computed to its end
    recorder.warn(drift_warning(start, *dynamics, solver.rates));
  }
  return std::move(recorder).finish(std::move(outcome), *dynamics);
}

}  // namespace

Trajectory train(const Network& start, const Task& task, const GradientFlow& solver, const Record& record,
                 const Observer& observer) {
  return flowed(start, nullptr, task, solver, record, observer);
}

Trajectory train(const Checkpoint& from, const Task& task, const GradientFlow& solver, const Record& record,
                 const Observer& observer) {
  check(from);
  return flowed(from.network, &from.continuation, task, solver, record, observer);
}

}  // namespace linnet
