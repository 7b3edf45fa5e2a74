#include "linnet/training/train.hpp"

#include <cmath>
#include <utility>

#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/solvers/interruptible_observer.hpp"
#include "linnet/training/raised_order.hpp"
#include "linnet/training/recorder.hpp"
#include "linnet/training/start_check.hpp"

namespace linnet {

namespace {

/// Whether to compute the test error at this step. With minibatches this happens only at the records, because it costs
/// more than the step.
bool looks(const Dynamics& dynamics, const GradientDescent& solver, const Moment& moment) {
  return moment.due || solver.batch == 0 || dynamics.test_is_cheap();
}

Trajectory descended(const Network& now, const Continuation* from, const Task& task, const GradientDescent& solver,
                     const Record& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  InterruptibleObserver interruptible(observer);
  const std::unique_ptr<Dynamics> dynamics = checked_dynamics(now, task, record, solver.step, "solver.step", from);
  const double records = record.schedule.most_steps(solver.max_steps);
  Recorder recorder = recorder_of(now, from, task, *dynamics, solver.step.relative(), record, records);
  recorder.reserve(records);
  bool seen = recorder.resumes();  // whether the step at which the run goes on was visited before
  Cut cut;
  if (recorder.saves()) {
    cut = [&](const std::function<Carried()>& carried, bool last) { recorder.save(*dynamics, carried, last); };
  }
  Outcome outcome = descend(
      *dynamics, {}, solver, [&](Index step) { return recorder.is_due(step, solver.max_steps); },
      [&](const Moment& moment) {
        if (std::exchange(seen, false) && !moment.last) return;
        if (looks(*dynamics, solver, moment)) recorder.consider_best(moment);
        if (moment.due) recorder.record(moment);
      },
      interruptible.observer(), from == nullptr ? nullptr : &from->carried, cut);
  return std::move(recorder).finish(std::move(outcome), *dynamics);
}

}  // namespace

Trajectory train(const Network& start, const Task& task, const GradientDescent& solver, const Record& record,
                 const Observer& observer) {
  return trained_to_tolerance(start, record, [&](const Network& cone, const Record& watched) {
    return descended(cone, nullptr, task, solver, watched, observer);
  });
}

Trajectory train(const Checkpoint& from, const Task& task, const GradientDescent& solver, const Record& record,
                 const Observer& observer) {
  check(from);
  return trained_to_tolerance(from.network, record, [&](const Network& now, const Record& same) {
    return descended(now, &from.continuation, task, solver, same, observer);
  });
}

namespace {

/// The distance of two networks: ‖A − A'‖_F, or, where one of them has no A, the root mean square over the training
/// samples of |f(x_i) − f'(x_i)|.
double distance_between(const Dynamics& one, const Dynamics& two) {
  const auto* a = dynamic_cast<const LinearDynamics*>(&one);
  const auto* b = dynamic_cast<const LinearDynamics*>(&two);
  if (a != nullptr && b != nullptr) return (a->end_to_end() - b->end_to_end()).norm();
  const Matrix& inputs = one.samples()->inputs;
  return (one.outputs(inputs) - two.outputs(inputs)).norm() / std::sqrt(static_cast<double>(inputs.cols()));
}

/// κ for the second network, or none where the first has none.
std::optional<Threshold> shared_threshold(const Reference& first) {
  if (!has_threshold(first.start())) return std::nullopt;
  return first.threshold();
}

}  // namespace

Comparison compare(const Network& first, const Network& second, const Task& task, const GradientDescent& solver,
                   const Record& record, const Observer& observer) {
  const linalg::SerialBlas serial;
  InterruptibleObserver interruptible(observer);
  const std::unique_ptr<Dynamics> one = checked_dynamics(first, task, record, solver.step, "solver.step");
  const std::unique_ptr<Dynamics> two = checked_dynamics(second, task, record, solver.step, "solver.step");
  const double records = record.schedule.most_steps(solver.max_steps);
  const Layerwise rates = solver.step.relative();
  const Reference reference(task, first, rates, record.threshold);
  Recorder recorder_one(reference, record, records);
  Recorder recorder_two({task, second, rates, shared_threshold(reference)}, record, records);
  recorder_one.reserve(records);
  recorder_two.reserve(records);
  recorder_one.warn(bottleneck_warning(first, *one));
  recorder_two.warn(bottleneck_warning(second, *two));

  Comparison result;
  std::vector<double> distances;
  Dynamics* const companion = two.get();
  const auto visit = [&](const Moment& moment) {
    const double distance = distance_between(*one, *two);
    if (!(distance <= result.largest_distance)) result.largest_distance = distance;
    const Moment other{
        .step = moment.step, .time = moment.time, .due = moment.due, .last = moment.last, .dynamics = *two};
    if (looks(*one, solver, moment)) recorder_one.consider_best(moment);
    if (looks(*two, solver, other)) recorder_two.consider_best(other);
    if (!moment.due) return;
    distances.push_back(distance);
    recorder_one.record(moment);
    recorder_two.record(other);
  };
  const auto is_due = [&](Index step) { return recorder_one.is_due(step, solver.max_steps); };
  const Outcome outcome = descend(*one, {&companion, 1}, solver, is_due, visit, interruptible.observer());
  result.first = std::move(recorder_one).finish(outcome, *one);
  result.second = std::move(recorder_two).finish(outcome, *two);
  result.distance = Eigen::Map<const Vector>(distances.data(), static_cast<Index>(distances.size()));
  return result;
}

namespace {

/// The network at the last record; none if interrupted while it is computed.
template <class NetworkAt>
std::optional<Network> last_of(Outcome& outcome, NetworkAt network_at) {
  try {
    return Network(network_at(outcome.time));
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    outcome.status = Status::interrupted;
    return std::nullopt;
  }
}

/// Both closed forms offer A and a state; `find_best` looks for the best time, where there is one.
template <class Flow, class FindBest>
Trajectory traced(const Flow& exact, const Task& task, double t_end, const Record& record, const Observer& observer,
                  bool has_test, FindBest find_best) {
  const linalg::SerialBlas serial;
  const std::vector<double> times = record.schedule.times_from_start(t_end);
  const Network start = exact.state(0);
  Recorder recorder({task, start, exact.rates(), record.threshold.value_or(exact.threshold())}, record,
                    static_cast<double>(times.size()));
  Outcome outcome = record_all(times, observer, [&](double t) {
    if (recorder.needs_state()) {
      const Network state = exact.state(t);
      recorder.record(t, end_to_end(state), state);
    } else {
      recorder.record(t, exact.end_to_end(t), std::nullopt);
    }
  });
  const auto all = static_cast<double>(times.size());
  const KeepGoing keep_going = [&] { return !observer || observer({.done = all, .total = all}); };
  try {
    if (has_test && outcome.status == Status::completed) {
      const auto best = find_best(keep_going);
      recorder.set_best({.time = best.time, .train_error = exact.train_error(best.time), .test_error = best.test_error},
                        exact.end_to_end(best.time));
    }
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    outcome.status = Status::interrupted;  // all but the optimum is kept
  }
  recorder.warn(exact.warning());
  std::optional<Network> final = last_of(outcome, [&](double t) { return exact.state(t); });
  return std::move(recorder).finish(std::move(outcome), std::move(final));
}

}  // namespace

Trajectory trace(const ModeFlow& exact, const Task& task, double t_end, const Record& record,
                 const Observer& observer) {
  return traced(exact, task, t_end, record, observer, exact.spectrum().overlap.size() != 0,
                [&](const KeepGoing&) { return exact.best(); });
}

Trajectory trace(const ExactFlow& exact, double t_end, const Record& record, const Observer& observer) {
  return traced(exact, exact.task(), t_end, record, observer, exact.task().test.has_value(),
                [&](const KeepGoing& keep_going) { return exact.best(keep_going); });
}

Trajectory trace(const NeuronFlow& exact, double t_end, const Record& record, const Observer& observer) {
  const std::vector<double> times = record.schedule.times_from_start(t_end);
  const Network start = exact.at(0).weights();
  Recorder recorder({exact.task(), start, exact.rates(), record.threshold.value_or(exact.threshold())}, record,
                    static_cast<double>(times.size()));
  Outcome outcome = record_all(
      times, observer, [&](double t) { recorder.record(t, exact.end_to_end(t), Network(exact.at(t).weights())); });
  recorder.warn(exact.warning());
  const double end = outcome.time;
  return std::move(recorder).finish(std::move(outcome), Network(exact.at(end).weights()));
}

Trajectory trace(const WideFlow& exact, const Task& task, double t_end, const Record& record,
                 const Observer& observer) {
  const linalg::SerialBlas serial;
  const std::vector<double> times = record.schedule.times_from_start(t_end);
  const DeepBalanced start(exact.end_to_end(0), static_cast<double>(exact.depth()));  // of which only A is known
  require_observables(record, start, task);
  std::optional<Threshold> threshold;
  if (record.threshold) threshold = *record.threshold;
  Recorder recorder({task, start, 1.0, threshold}, record, static_cast<double>(times.size()));
  Outcome outcome =
      record_all(times, observer, [&](double t) { recorder.record(t, exact.end_to_end(t), std::nullopt); });
  if (task.test && exact.spectrum().overlap.size() != 0 && outcome.status == Status::completed) {
    const BestMoment best = exact.best();
    recorder.set_best({.time = best.time, .train_error = exact.train_error(best.time), .test_error = best.test_error},
                      exact.end_to_end(best.time));
  }
  recorder.warn(exact.warning());
  Trajectory run = std::move(recorder).finish(std::move(outcome), std::optional<Network>());
  run.cone = ConeAccuracy{.order = exact.order(), .estimate = exact.estimate()};
  return run;
}

Trajectory trace(const OneLayerFlow& exact, double t_end, const Record& record, const Observer& observer) {
  const std::vector<double> times = record.schedule.times_from_start(t_end);
  const double threshold = record.threshold.value_or(exact.rate() / 2);
  const SelfConsistent start(exact.end_to_end(0), exact.rate() / 2);
  Recorder recorder({exact.task(), start, 1.0, threshold}, record, static_cast<double>(times.size()));
  Outcome outcome =
      record_all(times, observer, [&](double t) { recorder.record(t, exact.end_to_end(t), std::nullopt); });
  const double end = outcome.time;
  return std::move(recorder).finish(std::move(outcome), SelfConsistent(exact.end_to_end(end), exact.rate() / 2));
}

}  // namespace linnet
