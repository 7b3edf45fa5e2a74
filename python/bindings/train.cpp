#include "linnet/training/train.hpp"

#include <pybind11/stl.h>

#include "arguments.hpp"
#include "convert.hpp"
#include "dataset.hpp"
#include "floors.hpp"
#include "linnet/config/kinds/solver.hpp"
#include "linnet/error.hpp"
#include "linnet/predict/prediction.hpp"
#include "linnet/sweeps/run.hpp"
#include "record.hpp"
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

using StartOf = std::function<Network()>;

std::vector<Observable> observable_list(py::handle values, const StartOf& start) {
  std::vector<Observable> list;
  for (const py::handle v : values) list.push_back(observable(v, start));
  return list;
}

BestOf best_of(py::handle value) {
  const std::string word = py::str(value);
  if (word == "steps") return BestOf::steps;
  if (word == "records") return BestOf::records;
  bad_input({.field = "record.best", .expected = "\"steps\" or \"records\"", .got = text(value)});
}

Record record(const StartOf& start, py::handle observables, py::handle when, py::handle threshold, py::handle at_best,
              py::handle best = py::str("steps"), bool keep_networks = false) {
  return {.observables = observable_list(observables, start),
          .schedule = schedule(when),
          .threshold = optional_number(threshold, "record.threshold"),
          .at_best = observable_list(at_best, start),
          .keep_networks = keep_networks,
          .best_of = best_of(best)};
}

py::dict parts_of(const py::object& owner) {
  using namespace py::literals;
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
    if (s.over == Over::output_pairs) {
      values = all.attr("reshape")(s.values.rows(), run.shape.outputs, run.shape.outputs);
    }
    if (s.over == Over::entry_pairs) {
      const Shape& n = run.shape;
      values = all.attr("reshape")(s.values.rows(), n.outputs, n.inputs, n.outputs, n.inputs);
    }
    if (s.over == Over::neuron_coordinates) {
      values = all.attr("reshape")(s.values.rows(), s.values.cols() / run.shape.inputs, run.shape.inputs);
    }
    if (s.over == Over::own) {
      std::vector<Index> shape{s.values.rows()};
      for (const auto& dimension : s.dimensions) shape.push_back(dimension.second);
      values = all.attr("reshape")(py::tuple(py::cast(shape)));
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
  py::object order = py::none();
  py::object estimate = py::none();
  if (run.cone) {
    order = py::int_(run.cone->order);
    estimate = py::float_(run.cone->estimate);
  }
  py::list networks;
  for (const Network& kept : run.networks) networks.append(network_object(kept));
  const auto count = static_cast<Index>(run.time.size());
  return py::dict(
      "run"_a = owner,
      "steps"_a = py::array_t<std::int64_t>(count, reinterpret_cast<const std::int64_t*>(run.step.data())),
      "time"_a = py::array_t<double>(count, run.time.data()), "series"_a = series,
      "status"_a = to_string(run.outcome.status), "rule"_a = run.outcome.rule, "final_step"_a = run.outcome.step,
      "final_time"_a = run.outcome.time, "events"_a = events,
      "statistics"_a = py::make_tuple(cost.steps, cost.velocity_evaluations, cost.error_test_failures, cost.seconds),
      "warning"_a = run.warning, "best"_a = best, "final"_a = run.final ? network_object(*run.final) : py::none(),
      "networks"_a = networks, "order"_a = order, "estimate"_a = estimate);
}

py::dict parts(Trajectory&& finished) { return parts_of(py::cast(std::move(finished))); }

static_assert(sizeof(Index) == sizeof(std::int64_t));

/// The parts of the trajectory that `run` returns, and an exception raised meanwhile. `run` is called with an observer.
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
      .def("threshold",
           [](const Trajectory& run) {
             const py::gil_scoped_release release;
             return double(run.threshold);
           })
      .def("parts", [](const py::object& self) { return parts_of(self); })
      .def("checkpoint", &Trajectory::checkpoint);
  py::class_<Checkpoint>(m, "Checkpoint", R"(A run that has ended, to go on: the `checkpoint` of a `Trajectory`.

`linnet.train(checkpoint, task, solver)` continues the run where it ended. It pickles and can be saved: save(path),
linnet.load(path).)")
      .def_property_readonly(
          "network", [](const Checkpoint& c) { return network_object(c.network); }, "The network at the end.")
      .def_property_readonly(
          "start", [](const Checkpoint& c) { return network_object(*c.continuation.start); },
          "The network at the start, which observables compare with.")
      .def_property_readonly(
          "step", [](const Checkpoint& c) { return c.continuation.carried.step; }, "Steps so far.")
      .def_property_readonly(
          "time", [](const Checkpoint& c) { return c.continuation.carried.time; }, "Gradient-flow time so far.")
      .def_property_readonly(
          "momentum",
          [](const Checkpoint& c) {
            py::list layers;
            for (const Matrix& v : c.continuation.carried.momentum) layers.append(array(Matrix(v)));
            return py::tuple(layers);
          },
          "V_1, ..., V_L of descent with momentum; else empty.");
  m.def("train",
        [](py::handle start, const Task& task, py::handle solver, py::handle observables, py::handle when,
           py::handle threshold, py::handle at_best, py::handle best, bool keep_networks, py::object progress) {
          const auto by = solver_of(solver);
          const bool continues = py::isinstance<Checkpoint>(start);
          const std::variant<Network, Checkpoint> from =
              continues ? std::variant<Network, Checkpoint>(start.cast<const Checkpoint&>()) : network(start);
          const auto now = [&] { return continues ? std::get<Checkpoint>(from).network : std::get<Network>(from); };
          const Record what = record(now, observables, when, threshold, at_best, best, keep_networks);
          return watched(std::move(progress),
                         [&](const Observer& observer) { return by->train(from, task, by->own, what, observer); });
        });
  m.def("compare", [](py::handle first, py::handle second, const Task& task, py::handle solver, py::handle observables,
                      py::handle when, py::handle threshold, py::handle at_best, py::handle best, bool keep_networks,
                      py::object progress) {
    const Network one = network(first, "first");
    const Network two = network(second, "second");
    const auto kind = solver_of(solver);
    const std::optional<GradientDescent> by = kind->descent(kind->own.step, kind->own.seed);
    if (!by) bad_input({.field = "solver", .expected = "a GradientDescent", .got = text(solver)});
    const Record what = record([&] { return one; }, observables, when, threshold, at_best, best, keep_networks);
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
    const Record what = record([&] { return flow.state(0); }, observables, when, threshold, at_best);
    const double end = number(t_end, "solver.t_end");
    return watched(py::none(), [&](const Observer& observer) { return trace(flow, task, end, what, observer); });
  });
  m.def("trace", [](const WideFlow& flow, const Task& task, py::handle t_end, py::handle observables, py::handle when,
                    py::handle at_best) {
    const auto start = [&]() -> Network { return DeepBalanced(flow.end_to_end(0), static_cast<double>(flow.depth())); };
    const Record what = record(start, observables, when, py::none(), at_best);
    const double end = number(t_end, "solver.t_end");
    return watched(py::none(), [&](const Observer& observer) { return trace(flow, task, end, what, observer); });
  });
  m.def("trace", [](const ExactFlow& flow, py::handle t_end, py::handle observables, py::handle when,
                    py::handle threshold, py::handle at_best) {
    const Record what = record([&] { return flow.state(0); }, observables, when, threshold, at_best);
    const double end = number(t_end, "solver.t_end");
    return watched(py::none(), [&](const Observer& observer) { return trace(flow, end, what, observer); });
  });
  m.def("trace", [](const Prediction& p, py::handle times, py::handle observables, py::handle threshold) {
    const Record what{.observables = observable_list(observables, [&] { return p.start(); }),
                      .threshold = optional_number(threshold, "record.threshold")};
    const Vector at = vector(times, "times");
    return watched(py::none(), [&](const Observer&) { return p.trace({at.begin(), at.end()}, what); });
  });
}

}  // namespace linnet::python
