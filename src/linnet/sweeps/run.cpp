#include "linnet/sweeps/run.hpp"

#include <fmt/format.h>

#include <cmath>

#include "linnet/error.hpp"
#include "linnet/sweeps/experiment.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

std::vector<double> row_major(const Matrix& m) {
  std::vector<double> values(static_cast<std::size_t>(m.size()));
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values.data(), m.rows(),
                                                                                     m.cols()) = m;
  return values;
}

/// Coordinates and final state; the observables of one or of two dynamics come after.
Dataset frame(const Trajectory& t) {
  Dataset data;
  data.add_dimension("time", static_cast<Index>(t.time.size()));
  data.add_dimension("mode", t.shape.modes());
  data.add({.name = "time",
            .dims = {"time"},
            .values = t.time,
            .attributes = {{"long_name", "gradient-flow time t"}, {"units", "1"}}});
  std::vector<std::int64_t> modes(static_cast<std::size_t>(data.length("mode")));
  for (std::size_t i = 0; i < modes.size(); ++i) modes[i] = static_cast<std::int64_t>(i + 1);
  data.add({.name = "mode",
            .dims = {"mode"},
            .values = modes,
            .attributes = {{"long_name", "singular mode, largest first"}, {"units", "1"}}});
  data.add({.name = "step",
            .dims = {"time"},
            .values = std::vector<std::int64_t>(t.step.begin(), t.step.end()),
            .attributes = {{"long_name", "steps so far"}, {"units", "1"}}});
  return data;
}

void add_series(Dataset& data, const std::vector<const Trajectory*>& runs) {
  for (std::size_t i = 0; i < runs.front()->series.size(); ++i) {
    const Series& first = runs.front()->series[i];
    Variable v{.name = first.name,
               .dims = {},
               .values = {},
               .attributes = {{"long_name", first.long_name}, {"units", first.units}}};
    if (runs.size() > 1) v.dims.emplace_back("dynamics");
    v.dims.emplace_back("time");
    if (first.per_mode) v.dims.emplace_back("mode");
    std::vector<double> values;
    for (const Trajectory* run : runs) {
      const std::vector<double> one = row_major(run->series[i].values);
      values.insert(values.end(), one.begin(), one.end());
    }
    v.values = std::move(values);
    data.add(std::move(v));
  }
}

void add_matrix(Dataset& data, const std::string& name, const std::string& long_name, const Matrix& a) {
  for (const auto& [dim, length] : {std::pair{"output", a.rows()}, std::pair{"input", a.cols()}}) {
    bool known = false;
    for (const auto& [other, size] : data.dimensions) known = known || other == dim;
    if (!known) data.add_dimension(dim, length);
  }
  data.add({.name = name,
            .dims = {"output", "input"},
            .values = row_major(a),
            .attributes = {{"long_name", long_name}, {"units", "1"}}});
}

void add_final(Dataset& data, const std::string& name, const std::string& long_name, const Trajectory& t) {
  if (t.final) add_matrix(data, name, long_name, end_to_end(*t.final));  // else the run ended beyond finite numbers
}

void add_events(Dataset& data, const Outcome& outcome) {
  if (outcome.events.empty()) return;
  data.add_dimension("event", static_cast<Index>(outcome.events.size()));
  std::vector<std::string> names;
  std::vector<double> times;
  std::vector<std::int64_t> modes;
  std::vector<std::int64_t> directions;
  for (const EventHit& hit : outcome.events) {
    names.push_back(hit.name);
    times.push_back(hit.time);
    modes.push_back(hit.mode + 1);
    directions.push_back(hit.direction);
  }
  data.add({.name = "event_name", .dims = {"event"}, .values = names, .attributes = {{"long_name", "event"}}});
  data.add({.name = "event_time",
            .dims = {"event"},
            .values = times,
            .attributes = {{"long_name", "gradient-flow time t of the event"}, {"units", "1"}}});
  data.add({.name = "event_mode",
            .dims = {"event"},
            .values = modes,
            .attributes = {{"long_name", "mode of the event, 0 for none"}, {"units", "1"}}});
  data.add({.name = "event_direction",
            .dims = {"event"},
            .values = directions,
            .attributes = {{"long_name", "+1 rising, -1 falling"}, {"units", "1"}}});
}

void add_outcome(Dataset& data, const Trajectory& t) {
  data.attributes["status"] = to_string(t.outcome.status);
  data.attributes["rule"] = t.outcome.rule;
  data.attributes["threshold"] = fmt::format("{}", t.threshold);
  if (t.best) {
    data.attributes["best_test_error"] = fmt::format("{}", t.best->test_error);
    data.attributes["best_time"] = fmt::format("{}", t.best->time);
    data.attributes["best_step"] = std::to_string(t.best->step);
    for (const auto& [name, value] : t.best->values) data.attributes["best_" + name] = fmt::format("{}", value);
  }
}

}  // namespace

Dataset to_dataset(const Trajectory& trajectory) {
  Dataset data = frame(trajectory);
  add_series(data, {&trajectory});
  add_final(data, "final_end_to_end", "A at the end", trajectory);
  add_events(data, trajectory.outcome);
  add_outcome(data, trajectory);
  return data;
}

RunResult run(const Configuration& c, const Observer& observer) {
  if (c.sweep.active()) {
    bad_input({.field = "sweep",
               .expected = "no axes, for a single run",
               .got = fmt::format("{} axes", c.sweep.axes.size()),
               .hint = "use linnet sweep"});
  }
  const PreparedTask prepared = prepare_task(c);
  const Start start = make_start(c, prepared);
  const Record record = make_record(c, start);
  RunResult result;
  const auto keep = [&](const Trajectory& t) {
    result.data = to_dataset(t);
    result.outcome = t.outcome;
  };
  if (c.solver.kind == "exact") {
    if (!prepared.task) {
      bad_input({.field = "task.spectrum",
                 .expected = "\"sample\", for a single run",
                 .got = "\"limit\"",
                 .hint = "use linnet sweep"});
    }
    if (start.network) {
      const ExactFlow exact = make_exact_flow(c, prepared, start);
      keep(trace(exact, c.solver.t_end, record));
      const Closure& closure = exact.closure();
      result.data.attributes["balance"] = fmt::format("{}", closure.balance);
      result.data.attributes["scale2"] = fmt::format("{}", closure.scale2);
      result.data.attributes["closure_residual"] = fmt::format("{}", closure.residual);
      if (!exact.warning().empty()) result.data.attributes["warning"] = exact.warning();
    } else {
      keep(trace(make_mode_flow(c, prepared, start), *prepared.task, c.solver.t_end, record));
    }
  } else if (c.solver.kind == "flow") {
    keep(train(*start.network, *prepared.task, make_flow(c, record, start), record, observer));
  } else if (start.companion) {
    const Comparison both =
        compare(*start.network, *start.companion, *prepared.task, make_descent(c, prepared, start), record, observer);
    const double root = std::sqrt(static_cast<double>(prepared.task->target().size()));
    Dataset& data = result.data;
    data = frame(both.first);
    data.add_dimension("dynamics", 2);
    data.add({.name = "dynamics",
              .dims = {"dynamics"},
              .values = std::vector<std::string>{"gradient descent", "self-consistent"},
              .attributes = {{"long_name", "dynamics"}}});
    add_series(data, {&both.first, &both.second});
    const Vector distance = both.distance / root;
    data.add(
        {.name = "distance",
         .dims = {"time"},
         .values = std::vector<double>(distance.data(), distance.data() + distance.size()),
         .attributes = {{"long_name", "distance |A - A'|_F / sqrt(n_0 n_2) of the two dynamics"}, {"units", "1"}}});
    add_final(data, "final_end_to_end", "A at the end, gradient descent", both.first);
    add_final(data, "final_end_to_end_self_consistent", "A at the end, self-consistent", both.second);
    add_outcome(data, both.first);
    data.attributes["largest_distance"] = fmt::format("{}", both.largest_distance / root);
    result.outcome = both.first.outcome;
  } else {
    keep(train(*start.network, *prepared.task, make_descent(c, prepared, start), record, observer));
  }
  for (auto& [name, value] : provenance(c, "run")) result.data.attributes[name] = value;
  if (c.solver.kind == "descent") {
    const PerLayer step = descent_step(c, prepared, start);
    result.data.attributes["step_size"] =
        step.equal() ? fmt::format("{}", step.first) : fmt::format("{} {}", step.first, step.second);
  }
  if (prepared.task) result.data.attributes["condition"] = fmt::format("{}", prepared.task->train.condition());
  return result;
}

}  // namespace linnet::sweeps
