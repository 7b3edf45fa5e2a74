#include "linnet/sweeps/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "linnet/error.hpp"
#include "linnet/support/interruption.hpp"
#include "linnet/sweeps/execution.hpp"
#include "linnet/sweeps/labels.hpp"
#include "linnet/sweeps/shown_task.hpp"

namespace linnet::sweeps {

namespace {

using config::Configuration;

std::vector<double> row_major(const Matrix& m) {
  std::vector<double> values(static_cast<std::size_t>(m.size()));
  Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(values.data(), m.rows(),
                                                                                     m.cols()) = m;
  return values;
}

/// A data set with the coordinates only, for the observables of one or two dynamics.
Dataset frame(const Trajectory& t) {
  Dataset data;
  add_time(data, t.time);
  add_modes(data, t.shape);
  data.add({.name = "step",
            .dims = {"time"},
            .values = std::vector<std::int64_t>(t.step.begin(), t.step.end()),
            .attributes = {{"long_name", "steps so far"}, {"units", "1"}}});
  return data;
}

void add_series(Dataset& data, const std::vector<const Trajectory*>& runs) {
  for (const Series& first : runs.front()->series) {
    Variable v{.name = first.name,
               .dims = {},
               .values = {},
               .attributes = {{"long_name", first.long_name}, {"units", first.units}}};
    std::vector<double> values;
    std::size_t found = 0;
    for (const Trajectory* run : runs) {
      for (const Series& s : run->series) {
        if (s.name != first.name) continue;
        const std::vector<double> one = row_major(s.values);
        values.insert(values.end(), one.begin(), one.end());
        ++found;
      }
    }
    if (found > 1) v.dims.emplace_back("dynamics");
    v.dims.emplace_back("time");
    const Dimensions inner = first.over == Over::own
                                 ? first.dimensions
                                 : dimensions_over(first.over, runs.front()->shape, first.values.cols());
    add_dimensions(data, inner);
    for (const auto& dimension : inner) v.dims.push_back(dimension.first);
    v.values = std::move(values);
    data.add(std::move(v));
  }
}

void add_matrix(Dataset& data, const std::string& name, const std::string& long_name, const Matrix& a) {
  add_dimensions(data, {{"output", a.rows()}, {"input", a.cols()}});
  data.add({.name = name,
            .dims = {"output", "input"},
            .values = row_major(a),
            .attributes = {{"long_name", long_name}, {"units", "1"}}});
}

void add_final(Dataset& data, const std::string& name, const std::string& long_name, const Trajectory& t) {
  if (!t.final) return;  // the run ended with numbers that are not finite
  if (is_linear(*t.final)) add_matrix(data, name, long_name, end_to_end(*t.final));
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

Attribute number(double value) { return std::vector<double>{value}; }

void add_outcome(Dataset& data, const Trajectory& t) {
  data.attributes["status"] = to_string(t.outcome.status);
  data.attributes["rule"] = t.outcome.rule;
  if (!t.warning.empty()) data.attributes["warning"] = t.warning;
  data.attributes["threshold"] = number(t.threshold);
  if (t.cone) {
    data.attributes["order"] = std::vector<std::int64_t>{t.cone->order};
    data.attributes["estimate"] = number(t.cone->estimate);
    if (!t.cone->sizes.empty())
      data.attributes["cone_sizes"] = std::vector<std::int64_t>(t.cone->sizes.begin(), t.cone->sizes.end());
  }
  if (t.best) {
    data.attributes["best_test_error"] = number(t.best->test_error);
    data.attributes["best_time"] = number(t.best->time);
    data.attributes["best_step"] = std::vector<std::int64_t>{t.best->step};
    for (const auto& [name, value] : t.best->values) data.attributes["best_" + name] = number(value);
  }
}

/// The phases of a run as one trajectory: time and steps continue, and the instant of a change of task appears twice,
/// with the old and with the new task.
Trajectory joined(const std::vector<Trajectory>& phases) {
  Trajectory all = phases.front();
  for (std::size_t p = 1; p < phases.size(); ++p) {
    const Trajectory& next = phases[p];
    for (const Index step : next.step) all.step.push_back(all.outcome.step + step);
    for (const double time : next.time) all.time.push_back(all.outcome.time + time);
    for (std::size_t i = 0; i < all.series.size(); ++i) {
      Matrix values(all.series[i].values.rows() + next.series[i].values.rows(), all.series[i].values.cols());
      values << all.series[i].values, next.series[i].values;
      all.series[i].values = std::move(values);
    }
    Outcome outcome = next.outcome;
    outcome.step += all.outcome.step;
    outcome.time += all.outcome.time;
    outcome.events = all.outcome.events;
    for (EventHit hit : next.outcome.events) {
      hit.time += all.outcome.time;
      outcome.events.push_back(hit);
    }
    all.outcome = std::move(outcome);
    all.best = next.best;
    all.cone = all.cone ? all.cone : next.cone;
    all.final = next.final;
  }
  return all;
}

/// Adds the final W_1, …, W_L.
void add_weights(Dataset& data, const Perceptron& network) {
  const std::vector<Index> sizes = network.sizes();
  const auto dimension = [&](Index layer) {
    if (layer == 0) return std::string("input");
    return layer == network.depth() ? std::string("output") : fmt::format("neuron_{}", layer);
  };
  for (Index l = 0; l < network.depth(); ++l) {
    const auto i = static_cast<std::size_t>(l);
    add_dimensions(data, {{dimension(l + 1), sizes[i + 1]}, {dimension(l), sizes[i]}});
    data.add({.name = fmt::format("final_w{}", l + 1),
              .dims = {dimension(l + 1), dimension(l)},
              .values = row_major(network.weights()[i]),
              .attributes = {{"long_name", fmt::format("W_{} at the end", l + 1)}, {"units", "1"}}});
  }
}

/// A run and what it is compared with, each with its name; a single run needs no name.
Dataset dataset_of(const std::vector<std::pair<std::string, const Trajectory*>>& runs) {
  const auto& [first_name, first] = runs.front();
  Dataset data = frame(*first);
  if (runs.size() == 1) {
    add_series(data, {first});
    add_final(data, "final_end_to_end", "A at the end", *first);
  } else {
    const auto& [name, second] = runs.back();
    add_names(data, "dynamics", "dynamics", {first_name, name});
    add_series(data, {first, second});
    add_final(data, "final_end_to_end", "A at the end, " + first_name, *first);
    std::string suffix = name;
    std::replace_if(
        suffix.begin(), suffix.end(), [](char ch) { return ch == ' ' || ch == '-'; }, '_');
    add_final(data, "final_end_to_end_" + suffix, "A at the end, " + name, *second);
  }
  if (first->final && !is_linear(*first->final)) add_weights(data, std::get<Perceptron>(*first->final));
  add_events(data, first->outcome);
  add_outcome(data, *first);
  return data;
}

/// Adds scalars over one dimension: name, description, and a function that computes each value.
template <class T, class F>
void add_column(Dataset& data, const char* dimension, const char* name, const char* long_name, const std::vector<T>& of,
                F value) {
  std::vector<double> values;
  for (const T& item : of) values.push_back(static_cast<double>(value(item)));
  data.add({.name = name,
            .dims = {dimension},
            .values = std::move(values),
            .attributes = {{"long_name", long_name}, {"units", "1"}}});
}

void add_landscape(Dataset& data, const Execution& e) {
  using landscape::GreedySaddle;
  using landscape::Plateau;
  if (e.saddles.empty()) return;
  add_dimensions(data, {{"saddle", static_cast<Index>(e.saddles.size())}});
  const auto saddle = [&](const char* name, const char* long_name, auto f) {
    add_column(data, "saddle", name, long_name, e.saddles, f);
  };
  saddle("saddle_rank", "rank of the greedy saddle", [](const GreedySaddle& s) { return s.rank; });
  saddle("saddle_cost", "cost of the greedy saddle", [](const GreedySaddle& s) { return s.cost; });
  saddle("saddle_error", "train error of the greedy saddle", [](const GreedySaddle& s) { return s.error; });
  saddle("saddle_gradient_norm", "gradient norm |dC/dtheta|", [](const GreedySaddle& s) { return s.gradient_norm; });
  saddle("saddle_escape_strength", "|dC/dA|_op, the strength of the fastest escape",
         [](const GreedySaddle& s) { return s.escape_strength; });
  add_column(data, "saddle", "saddle_escape_found", "strength of the fastest escape, found numerically", e.escapes,
             [](double s) { return s; });
  if (e.plateaus.empty()) return;
  add_dimensions(data, {{"plateau", static_cast<Index>(e.plateaus.size())}});
  const auto plateau = [&](const char* name, const char* long_name, auto f) {
    add_column(data, "plateau", name, long_name, e.plateaus, f);
  };
  plateau("plateau_entered", "time t entered", [](const Plateau& p) { return p.entered; });
  plateau("plateau_left", "time t left", [](const Plateau& p) { return p.left; });
  plateau("plateau_rank", "rank (singular values above a tenth of the largest)",
          [](const Plateau& p) { return p.rank; });
  plateau("plateau_cost", "cost, where it is flattest", [](const Plateau& p) { return p.cost; });
  plateau("plateau_gradient_norm", "gradient norm |dC/dtheta|", [](const Plateau& p) { return p.gradient_norm; });
  plateau("plateau_saddle", "nearest greedy saddle, from 0", [](const Plateau& p) { return p.saddle.index; });
  plateau("plateau_distance", "distance |A - A_k|_F from it", [](const Plateau& p) { return p.saddle.distance; });
}

void add_slice(Dataset& data, const PlateauSlice& s) {
  add_dimensions(data, {{"slice_x", s.grid.x.size()}, {"slice_y", s.grid.y.size()}, {"slice_plateau", 3}});
  const auto add = [&](const char* name, const char* long_name, std::vector<std::string> dims, const auto& values) {
    data.add({.name = name,
              .dims = std::move(dims),
              .values = std::vector<double>(values.begin(), values.end()),
              .attributes = {{"long_name", long_name}, {"units", "1"}}});
  };
  add("slice_x", "weights: from plateau 1 to 2", {"slice_x"}, s.grid.x);
  add("slice_y", "weights: towards plateau 3", {"slice_y"}, s.grid.y);
  add("slice_cost", "cost C", {"slice_x", "slice_y"}, row_major(s.grid.cost));
  add("path_x", "the run, projected to the slice", {"time"}, Vector(s.path.col(0)));
  add("path_y", "the run, projected to the slice", {"time"}, Vector(s.path.col(1)));
  add("plateau_x", "plateau in the slice", {"slice_plateau"}, Vector(s.plateaus.col(0)));
  add("plateau_y", "plateau in the slice", {"slice_plateau"}, Vector(s.plateaus.col(1)));
  std::size_t longest = 0;
  for (const PlateauSlice::Greedy& g : s.greedy) longest = std::max(longest, g.time.size());
  if (longest == 0) return;
  add_dimensions(data,
                 {{"greedy_path", static_cast<Index>(s.greedy.size())}, {"greedy_point", static_cast<Index>(longest)}});
  const auto of_paths = [&](const char* name, const char* long_name, std::vector<double> PlateauSlice::Greedy::*part) {
    std::vector<double> all;
    for (const PlateauSlice::Greedy& g : s.greedy) {
      all.insert(all.end(), (g.*part).begin(), (g.*part).end());
      all.resize(all.size() + longest - (g.*part).size(), std::nan(""));
    }
    add(name, long_name, {"greedy_path", "greedy_point"}, all);
  };
  of_paths("greedy_time", "time t on a greedy path, shifted to that of the run", &PlateauSlice::Greedy::time);
  of_paths("greedy_cost", "cost C on a greedy path", &PlateauSlice::Greedy::cost);
  of_paths("greedy_x", "greedy path, projected to the slice", &PlateauSlice::Greedy::x);
  of_paths("greedy_y", "greedy path, projected to the slice", &PlateauSlice::Greedy::y);
}

Dataset to_dataset(const Execution& e, const Configuration& c) {
  std::vector<Trajectory> whole;
  for (const Execution::Run& run : e.runs) whole.push_back(joined(run.phases));
  std::vector<std::pair<std::string, const Trajectory*>> named;
  for (std::size_t i = 0; i < whole.size(); ++i) named.emplace_back(e.runs[i].dynamics, &whole[i]);
  Dataset data = dataset_of(named);
  if (!c.task.then.empty()) add_names(data, "task", "task, in the order of learning", task_names(c));
  add_landscape(data, e);
  if (e.slice) add_slice(data, *e.slice);
  for (const auto& [name, value] : e.numbers) data.attributes[name] = number(value);
  if (e.runs.size() > 1) data.attributes["largest_distance"] = number(e.largest_distance);
  for (const auto& [name, value] : e.attributes) data.attributes[name] = value;
  return data;
}

}  // namespace

Dataset to_dataset(const Trajectory& trajectory) { return dataset_of({{"", &trajectory}}); }

RunResult run(const Configuration& c, const Observer& observer, const Checkpoint* from, const Saving& saving) {
  if (c.sweep.active()) {
    bad_input({.field = "sweep",
               .expected = "no axes, for a single run",
               .got = fmt::format("{} axes", c.sweep.axes.size()),
               .hint = "use linnet sweep"});
  }
  if (c.solver.kind->design()) {
    bad_input({.field = "solver.kind",
               .expected = "a solver that trains a network, or \"exact\"",
               .got = "\"design\"",
               .hint = "use linnet design, or a sweep"});
  }
  const Labels labels(c);
  const PreparedTask prepared = prepare_task(c);
  if (!prepared.task) {
    bad_input({.field = "task.spectrum",
               .expected = "\"sample\", for a single run",
               .got = "\"limit\"",
               .hint = "use linnet sweep"});
  }
  const Start start = make_start(c, prepared);
  RunResult result;
  if (start.network) {
    Record record = make_record(c, start);
    record.saving = saving;
    const Execution e = execute(c, prepared, start, record, observer, from);
    const Interruptible nobody([] { return true; });  // the results of an interrupted run are kept
    result.data = to_dataset(e, c);
    add_task(result.data, *prepared.task);
    result.outcome = e.last().outcome;
    const bool alone = e.runs.size() == 1 && e.runs.front().phases.size() == 1;
    if (alone && e.last().final && e.last().continuation) result.checkpoint = e.last().checkpoint();
  } else {
    const double t_end = c.solver.kind->t_end();
    const Record record = make_record(c, start);
    const Trajectory t = start.wide
                             ? trace(make_wide_flow(c, prepared, start), *prepared.task, t_end, record, observer)
                             : trace(make_mode_flow(c, prepared, start), *prepared.task, t_end, record, observer);
    const Interruptible nobody([] { return true; });
    result.data = to_dataset(t);
    result.outcome = t.outcome;
  }
  for (auto& [name, value] : provenance(c, "run")) result.data.attributes[name] = value;
  if (c.solver.kind->by_steps()) {
    const Layerwise step = descent_step(c, prepared, start);
    result.data.attributes["step_size"] = step.uniform() ? number(step[0]) : Attribute(step.values());
  }
  if (!c.network.kind->is_perceptron() && prepared.task->train.has_target())
    result.data.attributes["condition"] = number(prepared.task->train.condition());
  labels.add_to(result.data);
  return result;
}

}  // namespace linnet::sweeps
