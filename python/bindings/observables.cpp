#include "linnet/landscape/observables.hpp"

#include <pybind11/stl.h>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/linalg/spectrum.hpp"
#include "linnet/observables/observable.hpp"
#include "linnet/observables/schedule.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

Vector spectrum(py::handle a) {
  const Matrix m = matrix(a, "a");
  return released([&] { return linalg::singular_values(m); });
}

}  // namespace

void bind_observables(py::module_& m) {
  py::class_<Schedule>(m, "Schedule",
                       R"(When to record: which steps of gradient descent, or which times of gradient flow.

Made by `linnet.every`, `linnet.linear`, `linnet.logarithmic`, `linnet.at` or `linnet.ends`. The start and the end
are always recorded.)")
      .def(
          "steps",
          [](const Schedule& s, py::handle max_steps) { return s.steps(whole_number(max_steps, "solver.max_steps")); },
          py::arg("max_steps"), "steps(max_steps) -> list of int\n\nThe steps in 0 ... max_steps that it asks for.")
      .def(
          "times", [](const Schedule& s, py::handle end) { return s.times(number(end, "solver.t_end")); },
          py::arg("end"), "times(end) -> list of float\n\nThe times in (0, end] that it asks for.");
  m.def("automatic", &Schedule::automatic);
  m.def("every", [](py::handle n) { return Schedule::every(whole_number(n, "record.every")); });
  m.def("at", [](py::handle instants) {
    const Vector v = vector(instants, "record.at");
    return Schedule::at({v.data(), v.data() + v.size()});
  });
  m.def("linear", [](py::handle n) { return Schedule::linear(whole_number(n, "record.linear")); });
  m.def("logarithmic", [](py::handle first, py::handle n) {
    return Schedule::logarithmic(number(first, "record.first"), whole_number(n, "record.logarithmic"));
  });
  m.def("ends", &Schedule::ends);

  m.def("observable_names", [](py::handle given, const Task* task) {
    if (given.is_none() || task == nullptr) return landscape::observable_names();
    const Network start = network(given);
    std::vector<std::string> names;
    for (const std::string& name : landscape::observable_names()) {
      if (landscape::observable_by_name(name).fits(start, *task)) names.push_back(name);
    }
    return names;
  });
  m.def("singular_values", [](py::handle a) { return array(spectrum(a)); });
  m.def("rank", [](py::handle a, py::handle fraction) {
    observables::rank(number(fraction, "fraction"));  // throws if it is not a fraction
    return static_cast<Index>(linalg::rank_above(spectrum(a), number(fraction, "fraction")));
  });
  m.def("stable_rank", [](py::handle a) { return linalg::stable_rank(spectrum(a)); });
  m.def("effective_rank", [](py::handle a) { return linalg::effective_rank(spectrum(a)); });
  m.def("nuclear_norm", [](py::handle a) { return linalg::nuclear_norm(spectrum(a)); });
}

}  // namespace linnet::python
