#include <pybind11/stl.h>

#include "arguments.hpp"
#include "floors.hpp"
#include "linnet/config/kinds/stop_rules.hpp"
#include "linnet/error.hpp"

namespace linnet::python {

void bind_solvers(py::module_& m) {
  py::class_<StopRule>(m, "StopRule", "A named reason to stop gradient descent early; made by `linnet.stop`.")
      .def_readonly("name", &StopRule::name, "The name that a run's `rule` reports.")
      .def_readonly("needs_test", &StopRule::needs_test, "True when it looks at the test error.")
      .def("__repr__", [](const StopRule& r) { return "<linnet.StopRule " + r.name + ">"; });

  // What `linnet.stop` calls, a function a rule.
  m.def("make_stop_rule", [](const std::string& name, const py::kwargs& given) {
    for (const config::StopRules::Rule& rule : config::StopRules::all()) {
      if (rule.python.name != name) continue;
      config::StopRules rules;
      Arguments arguments("stop." + name, given);
      rules.visit(rule, arguments);
      return rules.make(rule);
    }
    bad_input({.field = "solver.stop", .expected = "the name of a stop rule", .got = name});
  });
  m.def("mixed_authors", &stop::mixed_authors);
}

}  // namespace linnet::python
