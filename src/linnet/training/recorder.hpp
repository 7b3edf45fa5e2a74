#pragma once

#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "linnet/training/trajectory.hpp"

namespace linnet {

/// Collects what a Record asks for into a Trajectory, while a solver runs.
class Recorder {
 public:
  /// Throws if the memory is too small for this many records.
  Recorder(Reference reference, const Record& record, double most_records);

  /// Whether this step of a descent is to be recorded. Steps must rise one by one.
  [[nodiscard]] bool is_due(Index step, Index max_steps);

  void record(const Moment& moment);
  /// A record of a closed form: A and, if `needs_state`, the network.
  void record(double time, const Matrix& end_to_end, const std::optional<Network>& state);
  [[nodiscard]] bool needs_state() const { return needs_state_; }

  /// Allocates ahead, so that recording scalars allocates nothing (for some thousands of records at most).
  void reserve(double records);

  /// Keeps what the record asks for of the best moment, if the test error is the smallest so far.
  void consider_best(const Moment& moment);
  void set_best(Best best, Matrix end_to_end);

  /// Go on after a run that has ended, or with the records of one that was saved on its way.
  void go_on(const Continuation& from);
  [[nodiscard]] bool resumes() const { return saving_.before != nullptr; }

  [[nodiscard]] bool saves() const { return saving_.save != nullptr; }
  /// The run as it is saved. A measurement that was interrupted is not to be: `is_whole`.
  [[nodiscard]] Unfinished unfinished(const Network& now, Carried carried, std::vector<EventHit> events = {}) const;
  [[nodiscard]] bool is_whole() const { return !interrupted_; }
  /// Saves a descent after a step was visited, if this is due or `now`.
  void save(const Dynamics& dynamics, const std::function<Carried()>& carried, bool now) const;
  void save(const Unfinished& run) const { saving_.save(run); }
  [[nodiscard]] bool save_is_due() const { return saving_.due && saving_.due(); }

  /// What to know before trusting the trajectory; nothing when empty.
  void warn(std::string what) { warnings_.push_back(std::move(what)); }

  /// The status is `interrupted` too if a measurement was interrupted. Observables that could not be computed at some
  /// records are nan there, and the warning names them.
  [[nodiscard]] Trajectory finish(Outcome outcome, std::optional<Network> final) &&;
  [[nodiscard]] Trajectory finish(Outcome outcome, const Dynamics& dynamics) &&;

 private:
  using Failures = Recorded::Failures;  // records at which an observable threw a numerical Error

  [[nodiscard]] Index length(std::size_t observable) const;
  void measure(Index step, double time, const Snapshot& snapshot, bool finite);
  void measure_best();
  void measure(std::size_t observable, const Snapshot& snapshot, std::span<double> out);
  [[nodiscard]] std::string warning() const;
  [[nodiscard]] Continuation continuation(Carried carried) const;

  Reference reference_;
  std::vector<Observable> observables_;
  std::vector<Observable> at_best_;
  bool needs_state_ = false;
  bool keep_networks_ = false;
  Schedule schedule_;
  Index next_ = 0;  // index into the steps of the schedule
  Saving saving_;
  Trajectory trajectory_;
  std::vector<std::vector<double>> columns_;  // per observable, records one after another
  BestOf best_of_ = BestOf::steps;
  bool looks_at_test_ = false;           // even where this takes a pass over the test samples
  Matrix best_;                          // A at the best moment of a linear network
  std::optional<Network> best_network_;  // the same of a perceptron
  std::vector<Failures> failures_;       // per observable
  bool interrupted_ = false;
  std::vector<std::string> warnings_;
};

/// The recorder of a run that begins at `now`, with the warning of `bottleneck_warning`. The observables of a run that
/// continues `from` another compare with the start of that one.
Recorder recorder_of(const Network& now, const Continuation* from, const Task& task, const Dynamics& dynamics,
                     const Layerwise& rates, const Record& record, double most_records);

/// Throws, naming it, for an observable that is not one of this network or task.
void require_observables(const Record& record, const Network& start, const Task& task);

/// The records of a closed form: calls `record_at` for each of these instants. The observer is called before all but
/// the first, and within measurements; the time of an interrupted outcome is that of the last record.
Outcome record_all(const std::vector<double>& times, const Observer& observer,
                   const std::function<void(double)>& record_at);

}  // namespace linnet
