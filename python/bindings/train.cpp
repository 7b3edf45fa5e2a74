#include "linnet/training/train.hpp"

#include <pybind11/stl.h>

#include "arguments.hpp"
#include "convert.hpp"
#include "dataset.hpp"
#include "floors.hpp"
#include "linnet/config/kinds/solver.hpp"
#include "linnet/error.hpp"
#include "linnet/landscape/observables.hpp"
#include "linnet/sweeps/run.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

/// The kind that an object of linnet.solvers is of, with its options.
config::Chosen<config::SolverKind> solver_of(py::handle given) {
  config::Chosen<config::SolverKind> solver;
  solver.choose(py::str(given.attr("_kind")), "");
  const auto options = py::reinterpret_borrow<py::kwargs>(given.attr("__dict__"));
  Arguments arguments("solver", options);
  solver->visit(arguments);
  if (const config::StepSize* step = solver->step()) solver->own.step = *step->numbers();
  return solver;
}

/// A name, or ("rank", fraction).
Observable observable(py::handle value) {
  if (py::isinstance<py::str>(value)) return landscape::observable_by_name(value.cast<std::string>());
  if (py::isinstance<py::tuple>(value) && py::len(value) == 2) {
    const auto parts = py::reinterpret_borrow<py::tuple>(value);
    if (py::isinstance<py::str>(parts[0]) && parts[0].cast<std::string>() == "rank") {
      return observables::rank(number(parts[1], "record.rank_fraction"));
    }
  }
  bad_input({.field = "record.observables",
             .expected = "names of observables, or (\"rank\", fraction)",
             .got = text(value),
             .hint = "linnet.observables.names() lists them"});
}

std::vector<Observable> observable_list(py::handle values) {
  std::vector<Observable> list;
  for (const py::handle v : values) list.push_back(observable(v));
  return list;
}

BestOf best_of(py::handle value) {
  const std::string word = py::str(value);
  if (word == "steps") return BestOf::steps;
  if (word == "records") return BestOf::records;
  bad_input({.field = "record.best", .expected = "\"steps\" or \"records\"", .got = text(value)});
}

Record record(py::handle observables, py::handle when, py::handle threshold, py::handle at_best,
              py::handle best = py::str("steps")) {
  return {.observables = observable_list(observables),
          .schedule = schedule(when),
          .threshold = optional_number(threshold, "record.threshold"),
          .at_best = observable_list(at_best),
          .best_of = best_of(best)};
}

/// A run's parts, for the package's own Trajectory; arrays are views into "run", which holds it all.
py::dict parts(Trajectory&& finished) {
  using namespace py::literals;
  const py::object owner = py::cast(std::move(finished));
  const Trajectory& run = owner.cast<const Trajectory&>();
  py::dict series;
  for (const Series& s : run.series) {
    const py::array all = view(s.values, owner);
    py::object values = all;
    if (s.over == Over::nothing) values = all.attr("reshape")(-1);
    if (s.over == Over::entries) {
      values = all.attr("reshape")(s.values.rows(), run.shape.outputs, run.shape.inputs);
    }
    if (s.over == Over::input_pairs) {
      values = all.attr("reshape")(s.values.rows(), run.shape.inputs, run.shape.inputs);
    }
    if (s.over == Over::neuron_coordinates) {
      values = all.attr("reshape")(s.values.rows(), s.values.cols() / run.shape.inputs, run.shape.inputs);
    }
    series[py::str(s.name)] = py::make_tuple(values, s.long_name, s.units);
  }
  py::list events;
  for (const EventHit& e : run.outcome.events) events.append(py::make_tuple(e.name, e.mode, e.time, e.direction));
  const Statistics& cost = run.outcome.statistics;
  py::object best = py::none();
  if (run.best) {
    best = py::make_tuple(run.best->step, run.best->time, run.best->train_error, run.best->test_error,
                          py::cast(run.best->values));
  }
  const auto count = static_cast<Index>(run.time.size());
  return py::dict(
      "run"_a = owner,
      "steps"_a = py::array_t<std::int64_t>(count, reinterpret_cast<const std::int64_t*>(run.step.data())),
      "time"_a = py::array_t<double>(count, run.time.data()), "series"_a = series,
      "status"_a = to_string(run.outcome.status), "rule"_a = run.outcome.rule, "final_step"_a = run.outcome.step,
      "final_time"_a = run.outcome.time, "events"_a = events,
      "statistics"_a = py::make_tuple(cost.steps, cost.velocity_evaluations, cost.error_test_failures, cost.seconds),
      "warning"_a = run.warning, "best"_a = best, "final"_a = run.final ? network_object(*run.final) : py::none());
}

static_assert(sizeof(Index) == sizeof(std::int64_t));

/// The parts of the trajectory of `run`, which calls the observer that it is given, and the exception raised meanwhile.
template <class Run>
py::tuple watched(py::object progress, Run run) {
  Watch watch(std::move(progress));
  Trajectory made = watch.raising([&] {
    const Unlocked unlocked;
    return run([&](const Progress& p) { return watch(p); });
  });
  return py::make_tuple(parts(std::move(made)), watch.raised());
}

}  // namespace

void bind_train(py::module_& m) {
  py::class_<Trajectory>(m, "Run")
      .def("dataset", [](const Trajectory& run) { return dataset_object(sweeps::to_dataset(run)); })
      .def("threshold", [](const Trajectory& run) {
        const py::gil_scoped_release release;
        return double(run.threshold);
      });
  m.def("train", [](py::handle start, const Task& task, py::handle solver, py::handle observables, py::handle when,
                    py::handle threshold, py::handle at_best, py::handle best, py::object progress) {
    const auto by = solver_of(solver);
    const Network from = network(start);
    const Record what = record(observables, when, threshold, at_best, best);
    return watched(std::move(progress),
                   [&](const Observer& observer) { return by->train(from, task, by->own, what, observer); });
  });
  m.def("compare", [](py::handle first, py::handle second, const Task& task, py::handle solver, py::handle observables,
                      py::handle when, py::handle threshold, py::handle at_best, py::handle best, py::object progress) {
    const Network one = network(first, "first");
    const Network two = network(second, "second");
    const auto kind = solver_of(solver);
    const std::optional<GradientDescent> by = kind->descent(kind->own.step, kind->own.seed);
    if (!by) bad_input({.field = "solver", .expected = "a GradientDescent", .got = text(solver)});
    const Record what = record(observables, when, threshold, at_best, best);
    Watch watch(std::move(progress));
    Comparison result = watch.raising([&] {
      const Unlocked unlocked;
      return compare(one, two, task, *by, what, [&](const Progress& p) { return watch(p); });
    });
    return py::make_tuple(parts(std::move(result.first)), parts(std::move(result.second)),
                          array(Vector(result.distance)), result.largest_distance, watch.raised());
  });
  m.def("trace", [](const ModeFlow& flow, const Task& task, py::handle t_end, py::handle observables, py::handle when,
                    py::handle threshold, py::handle at_best) {
    const Record what = record(observables, when, threshold, at_best);
    const double end = number(t_end, "solver.t_end");
    return watched(py::none(), [&](const Observer& observer) { return trace(flow, task, end, what, observer); });
  });
  m.def("trace", [](const ExactFlow& flow, py::handle t_end, py::handle observables, py::handle when,
                    py::handle threshold, py::handle at_best) {
    const Record what = record(observables, when, threshold, at_best);
    const double end = number(t_end, "solver.t_end");
    return watched(py::none(), [&](const Observer& observer) { return trace(flow, end, what, observer); });
  });
}

}  // namespace linnet::python
