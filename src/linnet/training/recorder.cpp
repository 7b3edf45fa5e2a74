#include "linnet/training/recorder.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/solvers/interruptible_observer.hpp"
#include "linnet/support/memory.hpp"
#include "linnet/training/start_check.hpp"

namespace linnet {

namespace {

/// The present state; none if it has a nan, or numbers whose products overflow.
std::optional<Network> finite_network(const Dynamics& dynamics) {
  Vector state(dynamics.unknowns());
  dynamics.get({state.data(), static_cast<std::size_t>(state.size())});
  if (!std::isfinite(state.squaredNorm())) return std::nullopt;
  return dynamics.network();
}

}  // namespace

Recorder::Recorder(Reference reference, const Record& record, double most_records)
    : reference_(std::move(reference)),
      observables_(record.observables),
      at_best_(record.at_best),
      schedule_(record.schedule),
      saving_(record.saving),
      columns_(record.observables.size()),
      failures_(record.observables.size()) {
  keep_networks_ = record.keep_networks;
  needs_state_ = keep_networks_;
  best_of_ = record.best_of;
  looks_at_test_ = !at_best_.empty();
  for (const Observable& o : observables_) {
    needs_state_ = needs_state_ || o.needs_state;
    looks_at_test_ = looks_at_test_ || o.data == Data::test || o.data == Data::test_samples;
  }
  const bool linear = is_linear(reference_.start());
  for (const Observable& o : at_best_) {
    if (o.over != Over::nothing || (o.needs_state && linear)) {
      bad_input({.field = "record.at_best",
                 .expected = linear ? "a scalar observable of the end-to-end matrix" : "a scalar observable",
                 .got = "\"" + o.name + "\""});
    }
  }
  double numbers = 0;
  for (std::size_t i = 0; i < observables_.size(); ++i) numbers += static_cast<double>(length(i));
  if (keep_networks_) numbers += numbers_of(reference_.start());
  require_room_for_records(most_records, numbers);
}

Index Recorder::length(std::size_t observable) const {
  return observables_[observable].length(reference_.task().shape(), hidden_neurons(reference_.start()));
}

bool Recorder::is_due(Index step, Index max_steps) {
  if (next_ != step) return false;
  next_ = schedule_.next_step(step, max_steps);
  return true;
}

void Recorder::record(const Moment& moment) {
  const Dynamics& now = moment.dynamics;
  const std::optional<Network> state = needs_state_ ? finite_network(now) : std::nullopt;
  const Snapshot snapshot(reference_, now, state ? &*state : nullptr, moment.time);
  if (keep_networks_ && state) trajectory_.networks.push_back(*state);
  measure(moment.step, moment.time, snapshot, now.finite());
}

void Recorder::record(double time, const Matrix& a, const std::optional<Network>& state) {
  measure(0, time, Snapshot(reference_, a, state ? &*state : nullptr, time), a.allFinite());
}

void Recorder::reserve(double most_records) {
  const auto records = static_cast<std::size_t>(std::min(most_records, 4096.0));  // a rule may end a long run early
  trajectory_.step.reserve(records);
  trajectory_.time.reserve(records);
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    columns_[i].reserve(records * static_cast<std::size_t>(length(i)));
  }
}

void Recorder::measure(Index step, double time, const Snapshot& snapshot, bool finite) {
  trajectory_.step.push_back(step);
  trajectory_.time.push_back(time);
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    const Observable& o = observables_[i];
    std::vector<double>& column = columns_[i];
    const auto size = static_cast<std::size_t>(length(i));
    column.resize(column.size() + size, std::nan(""));
    // A network that diverged to nan has no spectrum: its observables are nan, and the status shows the divergence.
    if (finite && (snapshot.has_network() || !o.needs_state)) measure(i, snapshot, std::span(column).last(size));
  }
}

// An observable that cannot be computed is nan, and does not end the run.
void Recorder::measure(std::size_t observable, const Snapshot& snapshot, std::span<double> out) {
  try {
    observables_[observable].evaluate(snapshot, out);
    return;
  } catch (const Error& error) {
    if (is_interruption(error)) {
      interrupted_ = true;
    } else if (error.kind() == Error::Kind::numerical) {
      Failures& failures = failures_[observable];
      if (failures.count++ == 0) {
        failures.first = snapshot.time();
        failures.why = error.field() + ": expected " + error.expected() + ", got " + error.got();
      }
    } else if (error.field() == "record.observables") {
      throw Error(error.kind(), {.field = "record." + observables_[observable].name,
                                 .expected = error.expected(),
                                 .got = error.got(),
                                 .hint = error.hint()});
    } else {
      throw;
    }
  }
  std::fill(out.begin(), out.end(), std::nan(""));
}

std::string Recorder::warning() const {
  std::vector<std::string> all = warnings_;
  for (std::size_t i = 0; i < failures_.size(); ++i) {
    const Failures& f = failures_[i];
    if (f.count == 0) continue;
    all.push_back("record." + observables_[i].name + ": nan at " + std::to_string(f.count) + " of " +
                  std::to_string(trajectory_.time.size()) + " records, first at t = " + format_number(f.first) + ": " +
                  f.why);
  }
  std::string text;
  for (const std::string& one : all) {
    if (one.empty()) continue;
    text += (text.empty() ? "" : "; ") + one;
  }
  return text;
}

void Recorder::consider_best(const Moment& moment) {
  const Dynamics& now = moment.dynamics;
  if (!now.has_test() || !(now.test_is_cheap() || looks_at_test_)) return;
  if (best_of_ == BestOf::records && !moment.due) return;
  const double error = now.test_error();
  if (trajectory_.best && !(error < trajectory_.best->test_error)) return;
  if (!std::isfinite(error)) return;
  trajectory_.best = Best{
      .step = moment.step, .time = moment.time, .train_error = now.train_error(), .test_error = error, .values = {}};
  if (at_best_.empty()) return;
  if (const auto* linear = dynamic_cast<const LinearDynamics*>(&now)) {
    best_ = linear->end_to_end();
  } else {
    best_network_ = now.network();
  }
}

void Recorder::set_best(Best best, Matrix end_to_end) {
  trajectory_.best = std::move(best);
  best_ = std::move(end_to_end);
}

void Recorder::go_on(const Continuation& from) {
  next_ = from.carried.step;
  trajectory_.best = from.best;
  best_ = from.best_end_to_end;
  best_network_ = from.best_network;
  if (!resumes()) return;
  const Recorded& before = *saving_.before;
  const std::size_t records = before.time.size();
  bool fits = before.step.size() == records && before.columns.size() == columns_.size() &&
              before.failures.size() == columns_.size();
  for (std::size_t i = 0; fits && i < columns_.size(); ++i) {
    fits = before.columns[i].size() == records * static_cast<std::size_t>(length(i));
  }
  if (!fits) {
    bad_input({.field = "checkpoint", .expected = "the records of these observables", .got = "others"});
  }
  next_ = before.next;
  trajectory_.step = before.step;
  trajectory_.time = before.time;
  columns_ = before.columns;
  failures_ = before.failures;
}

Continuation Recorder::continuation(Carried carried) const {
  return {.start = reference_.shared_start(),
          .threshold = reference_.threshold(),
          .carried = std::move(carried),
          .best = trajectory_.best,
          .best_end_to_end = best_,
          .best_network = best_network_};
}

Unfinished Recorder::unfinished(const Network& now, Carried carried, std::vector<EventHit> events) const {
  return {.checkpoint = {.network = now, .continuation = continuation(std::move(carried))},
          .recorded = {.step = trajectory_.step,
                       .time = trajectory_.time,
                       .columns = columns_,
                       .failures = failures_,
                       .events = std::move(events),
                       .next = next_}};
}

void Recorder::save(const Dynamics& dynamics, const std::function<Carried()>& carried, bool now) const {
  if (is_whole() && (now || save_is_due())) save(unfinished(dynamics.network(), carried()));
}

Trajectory Recorder::finish(Outcome outcome, const Dynamics& dynamics) && {
  std::optional<Network> final = outcome.within_step ? std::nullopt : finite_network(dynamics);
  if (final && outcome.status != Status::diverged) {
    trajectory_.continuation = std::make_shared<const Continuation>(continuation(std::move(outcome.carried)));
  }
  return std::move(*this).finish(std::move(outcome), std::move(final));
}

Trajectory Recorder::finish(Outcome outcome, std::optional<Network> final) && {
  trajectory_.outcome = std::move(outcome);
  if (interrupted_ && trajectory_.outcome.status == Status::completed) {
    trajectory_.outcome.status = Status::interrupted;
  }
  trajectory_.warning = warning();
  trajectory_.final = std::move(final);
  trajectory_.shape = reference_.task().shape();
  trajectory_.threshold = reference_.threshold();
  const auto records = static_cast<Index>(trajectory_.time.size());
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    const Observable& o = observables_[i];
    const Index width = length(i);
    trajectory_.series.push_back({.name = o.name,
                                  .long_name = o.long_name,
                                  .units = o.units,
                                  .over = o.over,
                                  .values = Eigen::Map<const Matrix>(columns_[i].data(), width, records).transpose(),
                                  .dimensions = o.dimensions});
  }
  if (trajectory_.best) measure_best();
  return std::move(trajectory_);
}

Recorder recorder_of(const Network& now, const Continuation* from, const Task& task, const Dynamics& dynamics,
                     const Layerwise& rates, const Record& record, double most_records) {
  const Network& start = from == nullptr ? now : *from->start;
  std::optional<Threshold> threshold;
  if (record.threshold) threshold = *record.threshold;
  if (from != nullptr && !threshold) threshold = from->threshold;
  Recorder recorder({task, start, rates, threshold}, record, most_records);
  if (from != nullptr) recorder.go_on(*from);
  recorder.warn(bottleneck_warning(start, dynamics));
  return recorder;
}

void require_observables(const Record& record, const Network& start, const Task& task) {
  for (const Observable& o : record.observables) o.require(start, task);
  for (const Observable& o : record.at_best) o.require(start, task);
}

void Recorder::measure_best() {
  if (best_.size() == 0 && !best_network_) return;
  const Interruptible nobody([] { return true; });  // the best moment of an interrupted run is measured to its end
  const double time = trajectory_.best->time;
  const Snapshot snapshot =
      best_network_ ? Snapshot(reference_, *best_network_, time) : Snapshot(reference_, best_, nullptr, time);
  for (const Observable& o : at_best_) {
    double value = 0;
    o.evaluate(snapshot, {&value, 1});
    trajectory_.best->values[o.name] = value;
  }
}

Outcome record_all(const std::vector<double>& times, const Observer& observer,
                   const std::function<void(double)>& record_at) {
  Outcome outcome;
  InterruptibleObserver interruptible(observer);
  const Observer keep_going = interruptible.observer();
  const auto total = static_cast<double>(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i > 0 && keep_going && !keep_going({.done = static_cast<double>(i), .total = total})) {
      outcome.status = Status::interrupted;
      break;
    }
    try {
      record_at(times[i]);
    } catch (const Error& error) {
      if (!is_interruption(error) || i == 0) throw;
      outcome.status = Status::interrupted;
      break;
    }
    outcome.time = times[i];
  }
  return outcome;
}

}  // namespace linnet
