#include <pybind11/stl.h>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/solvers/stop_rule.hpp"

namespace linnet::python {

void bind_solvers(py::module_& m) {
  py::class_<StopRule>(m, "StopRule", "A named reason to stop gradient descent early; made by `linnet.stop`.")
      .def_readonly("name", &StopRule::name, "The name that a run's `rule` reports.")
      .def_readonly("needs_test", &StopRule::needs_test, "True when it looks at the test error.")
      .def("__repr__", [](const StopRule& r) { return "<linnet.StopRule " + r.name + ">"; });

  m.def("train_error_below",
        [](py::handle value) { return stop::train_error_below(number(value, "stop.train_error_below")); });
  m.def("test_error_rose", [](py::handle times, py::handle from_step) {
    return stop::test_error_rose(whole_number(times, "stop.test_error_rose.times"),
                                 whole_number(from_step, "stop.test_error_rose.from_step"));
  });
  m.def("train_error_stalled", [](py::handle change, py::handle drop, py::handle from_step) {
    return stop::train_error_stalled(number(change, "stop.train_error_stalled.change"),
                                     number(drop, "stop.train_error_stalled.drop"),
                                     whole_number(from_step, "stop.train_error_stalled.from_step"));
  });
  m.def("cost_below", [](py::handle value) { return stop::cost_below(number(value, "stop.cost_below")); });
  m.def("gradient_below", [](py::handle value) { return stop::gradient_below(number(value, "stop.gradient_below")); });
  m.def("test_accuracy_above", [](py::handle value, py::handle every) {
    return stop::test_accuracy_above(number(value, "stop.test_accuracy_above"),
                                     whole_number(every, "stop.test_accuracy_above.every"));
  });
  m.def("mixed_authors", &stop::mixed_authors);
}

}  // namespace linnet::python
