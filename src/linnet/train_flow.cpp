#include <limits>

#include "linnet/interruption.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/recorder.hpp"
#include "linnet/start_check.hpp"
#include "linnet/train.hpp"

namespace linnet {

Trajectory train(const Network& start, const Task& task, const GradientFlow& solver, const Record& record,
                 const Observer& observer) {
  const linalg::SerialBlas serial;
  const std::unique_ptr<Dynamics> dynamics = make_dynamics(start, task);
  require_way_down(start, *dynamics);
  const std::vector<double> times = solver.t_end > 0 ? record.schedule.times(solver.t_end) : std::vector<double>{};
  Recorder recorder({task, start, solver.rates, record.threshold}, record);
  recorder.warn(bottleneck_warning(start, task));
  Attentive attentive(observer);
  const Observer keep_going = attentive.observer();
  Index step = 0;
  const auto visit = [&](const Moment& moment) {
    recorder.consider_best(moment);
    recorder.record(moment);
  };
  // The observer is asked at every internal step, with the dynamics there: the best test error is looked for at all of
  // them.
  const auto watch = [&](const Progress& progress) {
    if (task.test) {
      recorder.consider_best({.step = step,
                              .time = progress.done,
                              .last = false,
                              .dynamics = *dynamics,
                              .train_error = task.train.error_of(dynamics->residual().cost),
                              .test_error = task.test->error(dynamics->end_to_end())});
    }
    ++step;
    return !keep_going || keep_going(progress);
  };
  Outcome outcome = flow(*dynamics, solver, times, visit, watch);
  return std::move(recorder).finish(std::move(outcome), *dynamics);
}

}  // namespace linnet
