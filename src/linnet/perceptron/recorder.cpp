#include "linnet/perceptron/recorder.hpp"

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/support/memory.hpp"

namespace linnet {

namespace {

bool finite(const std::vector<Matrix>& weights) {
  return std::all_of(weights.begin(), weights.end(), [](const Matrix& w) { return std::isfinite(w.squaredNorm()); });
}

}  // namespace

PerceptronRecorder::PerceptronRecorder(const PerceptronTask& task, const Perceptron& start, const Layerwise& rates,
                                       const PerceptronRecord& record, double most_records)
    : reference_(task, start, rates),
      observables_(record.observables),
      keep_networks_(record.keep_networks),
      columns_(record.observables.size()) {
  double numbers = 0;
  for (const PerceptronObservable& o : observables_) {
    if (o.needs_test && !task.test) {
      bad_input({.field = "record." + o.name,
                 .expected = "a task with samples held out",
                 .got = "a task without: " + task.name,
                 .hint = "record the train error, or give the task test samples"});
    }
    numbers += static_cast<double>(o.length(start));  // throws where the observable does not fit
    tests_ = tests_ || o.name == "test_error";
  }
  require_room_for_records(most_records, numbers);
}

void PerceptronRecorder::record(Index step, double time, const std::vector<Matrix>& weights, double cost) {
  const bool usable = finite(weights);
  Trajectory& t = run_.trajectory;
  t.step.push_back(step);
  t.time.push_back(time);
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    const auto size = static_cast<std::size_t>(observables_[i].length(reference_.start()));
    columns_[i].resize(columns_[i].size() + size, std::nan(""));
  }
  if (!usable) return;  // what has no finite weights is recorded as nan, and the status says so
  const Perceptron network(weights, reference_.start().neuron());
  const PerceptronSnapshot snapshot(reference_, network, cost);
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    const auto size = static_cast<std::size_t>(observables_[i].length(reference_.start()));
    observables_[i].measure(snapshot, std::span(columns_[i]).last(size));
  }
  if (tests_) consider_best(snapshot, step, time);
  if (keep_networks_) run_.networks.push_back(network);
}

void PerceptronRecorder::consider_best(const PerceptronSnapshot& s, Index step, double time) {
  std::optional<Best>& best = run_.trajectory.best;
  if (!std::isfinite(s.test_error()) || (best && !(s.test_error() < best->test_error))) return;
  best = Best{.step = step, .time = time, .train_error = s.cost(), .test_error = s.test_error(), .values = {}};
}

PerceptronRun PerceptronRecorder::finish(Outcome outcome, const std::vector<Matrix>& weights) && {
  Trajectory& t = run_.trajectory;
  t.outcome = std::move(outcome);
  t.shape = reference_.start().shape();
  const auto records = static_cast<Index>(t.time.size());
  for (std::size_t i = 0; i < observables_.size(); ++i) {
    const PerceptronObservable& o = observables_[i];
    t.series.push_back(
        {.name = o.name,
         .long_name = o.long_name,
         .units = "1",
         .over = o.over,
         .values = Eigen::Map<const Matrix>(columns_[i].data(), o.length(reference_.start()), records).transpose()});
  }
  if (!t.outcome.within_step && finite(weights)) run_.final = Perceptron(weights, reference_.start().neuron());
  return std::move(run_);
}

}  // namespace linnet
