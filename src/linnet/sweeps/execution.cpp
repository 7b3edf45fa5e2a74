#include "linnet/sweeps/execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/networks/balanced.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/closed_forms.hpp"
#include "linnet/sweeps/companions/companion.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

/// A companion's trajectory at the instants of the run, with nan where an interrupted companion has none.
Trajectory as_long_as(const Trajectory& run, Trajectory own) {
  const auto had = static_cast<Index>(own.time.size());
  const auto records = static_cast<Index>(run.time.size());
  if (had >= records) return own;
  own.step.resize(run.step.size());
  own.time = run.time;
  for (Series& s : own.series) {
    s.values.conservativeResize(records, Eigen::NoChange);
    s.values.bottomRows(records - had).setConstant(std::nan(""));
  }
  return own;
}

/// A trajectory of nan at the instants of the run, for a companion of which nothing is known.
Trajectory unknown_run(const Trajectory& run, const Record& record) {
  Trajectory t{.step = run.step, .time = run.time, .outcome = run.outcome, .shape = run.shape};
  for (const Series& s : run.series) {
    const auto is_its = [&](const Observable& o) { return o.name == s.name; };
    if (std::none_of(record.observables.begin(), record.observables.end(), is_its)) continue;
    t.series.push_back(s);
    t.series.back().values.setConstant(std::nan(""));
  }
  return t;
}

/// The same A in layers of the balance `then_balance`, of the width of the start.
Network rebalanced(const Configuration& c, const Network& start, const Network& now) {
  const DeepLinear* weights = two_layers_of(start);
  if (weights == nullptr) {
    bad_input({.field = "network.then_balance",
               .expected = "a start with the weights of two layers",
               .got = description_of(start)});
  }
  const Layerwise rates = c.solver.kind->by_steps() ? Layerwise(1.0) : c.solver.rates.pair("solver.rates");
  return networks::balanced(end_to_end(now), *c.network.then_balance, weights->width(), seed_of(c, c.network.seed),
                            rates);
}

bool goes_on(const Trajectory& t) {
  const bool ended = t.outcome.status == Status::diverged || t.outcome.status == Status::interrupted;
  return !ended && t.final.has_value();
}

}  // namespace

void require_to_go_on(const Configuration& c, const std::string& option) {
  const auto refuse = [&](const char* expected, const std::string& got) {
    bad_input({.field = option,
               .expected = expected,
               .got = got,
               .hint = "leave it out: this run has no state from which it could go on"});
  };
  if (c.solver.kind->closed_form())
    refuse("a solver that trains", std::string("solver.kind = ") + c.solver.kind->word());
  if (!c.task.then.empty()) refuse("one task", "task.then");
  if (c.network.compare != "none")
    refuse("a run that is compared with nothing", "network.compare = " + c.network.compare);
}

std::string name_of_run(const Configuration& c) {
  const std::string& own = companion_kind(c).legend_of_run;
  return own.empty() ? c.solver.kind->legend() : own;
}

std::optional<Vector> learning_times(const ExactFlow& exact, const std::vector<double>& fractions,
                                     const Observer& observer) {
  const Index modes = exact.target().size();
  Vector times = Vector::Constant(modes * static_cast<Index>(fractions.size()), std::nan(""));
  if (exact.at_saddle()) return times;  // these times would be determined by rounding
  try {
    for (std::size_t i = 0; i < fractions.size(); ++i) {
      times.segment(static_cast<Index>(i) * modes, modes) =
          exact.learning_times(fractions[i], [&] { return !observer || observer({}); });
    }
  } catch (const Error& error) {
    if (!is_interruption(error)) throw;
    return std::nullopt;
  }
  return times;
}

std::vector<double> record_times(const Configuration& c, const Record& record) {
  return c.solver.kind->times(record.schedule);
}

Execution execute(const Configuration& c, const PreparedTask& prepared, const Start& start, const Record& record,
                  const Observer& observer, const Checkpoint* from) {
  Execution e;
  const bool is_exact = c.solver.kind->closed_form();
  if (from != nullptr) require_to_go_on(c, "--continue");
  for (const double fraction : c.record.learned) require_fraction(fraction, "record.learned");
  if (!is_exact && !c.record.learned.empty()) {
    bad_input({.field = "record.learned",
               .expected = "none, except for solver.kind = \"exact\"",
               .got = fmt::format("solver.kind = \"{}\"", c.solver.kind->word())});
  }
  std::vector<Task> all{*prepared.task};
  all.insert(all.end(), prepared.then.begin(), prepared.then.end());
  Record extended = record;
  if (all.size() > 1) extended.observables.push_back(observables::task_errors(all));

  const CompanionKind& kind = companion_kind(c);
  const std::unique_ptr<Companion> companion = make_companion(c, prepared, start);
  extended.keep_networks = kind.finds_plateaus;
  if (c.record.slice > 0) require_at_least(c.record.slice, 2, "record.slice");
  if (c.record.slice > 0 && !kind.finds_plateaus) {
    bad_input({.field = "record.slice",
               .expected = "0, without network.compare = \"greedy\"",
               .got = std::to_string(c.record.slice),
               .hint = "a slice goes through plateaus, which that comparison finds"});
  }
  e.runs.push_back({.dynamics = name_of_run(c), .phases = {}});
  const bool beside = companion && companion->beside_each_task();
  if (beside) e.runs.push_back({.dynamics = kind.legend, .phases = {}});
  std::optional<Network> now = start.network;
  config::SolverSetting setting;
  if (!is_exact) setting = solver_setting(c, prepared, record, start);
  const auto learn = [&](const Task& task) {
    Record with_distances = extended;
    if (companion) {
      for (Observable& o : companion->begin(task)) with_distances.observables.push_back(std::move(o));
    }
    std::vector<Trajectory>& phases = e.runs.front().phases;
    if (is_exact && c.network.kind->is_neuron()) {
      const NeuronFlow exact = make_neuron_flow(c, *now, task);
      with_distances.observables.push_back(warp_of(exact));
      tell(exact, e.attributes);
      phases.push_back(trace(exact, c.solver.kind->t_end(), with_distances, observer));
      now = phases.back().final;
    } else if (is_exact) {
      const ExactFlow exact = make_exact_flow(c, *now, task);
      phases.push_back(trace(exact, c.solver.kind->t_end(), with_distances, observer));
      tell(exact, e.attributes);
      if (&task == &all.back() && goes_on(phases.back())) {
        std::optional<Vector> times = learning_times(exact, c.record.learned, observer);
        if (times) e.learning_times = std::move(*times);
        if (!times) phases.back().outcome.status = Status::interrupted;
      }
      now = exact.network(c.solver.kind->t_end());
    } else if (kind.in_lockstep) {
      const GradientDescent descent = *c.solver.kind->descent(setting.step, setting.seed);
      phases.push_back(companion->train_both(*now, task, descent, with_distances, observer));
    } else {
      std::variant<Network, Checkpoint> begin = *now;
      if (from != nullptr) begin = *from;
      phases.push_back(c.solver.kind->train(begin, task, setting, with_distances, observer));
    }
    Trajectory& done = phases.back();
    bool together = true;
    if (beside) {
      Trajectory own = companion->end(extended, done, observer);
      if (own.outcome.status == Status::interrupted) done.outcome.status = Status::interrupted;
      e.runs.back().phases.push_back(as_long_as(done, std::move(own)));
      const double distance = companion->largest_distance(done);
      if (!(distance <= e.largest_distance)) e.largest_distance = distance;
      companion->tell(done, e);
      together = !goes_on(done) || companion->go_on(done.time.back());
    }
    if (!is_exact) now = done.final;
    if (c.network.then_balance && goes_on(done) && &task != &all.back()) {
      now = rebalanced(c, *start.network, *now);
      if (companion) companion->begin_again(*now);
    }
    return goes_on(done) && together;
  };
  // Results from before an interruption are kept, whether it came between two tasks or after the run.
  try {
    const Interruptible interruptible([&] { return !observer || observer({}); });
    for (const Task& task : all) {
      if (!learn(task)) break;
    }
  } catch (const Error& error) {
    std::vector<Trajectory>& phases = e.runs.front().phases;
    if (!is_interruption(error) || phases.empty()) throw;
    phases.back().outcome.status = Status::interrupted;
    if (e.runs.size() > 1 && e.runs.back().phases.size() < phases.size()) {
      e.runs.back().phases.push_back(unknown_run(phases.back(), extended));
    }
    return e;
  }
  if (companion) companion->finish(e, observer);
  return e;
}

}  // namespace linnet::sweeps
