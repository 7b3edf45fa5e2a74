#include <pybind11/pybind11.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

#include "convert.hpp"
#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/version.hpp"
#include "watch.hpp"

namespace {

namespace py = pybind11;

const char* kind_name(linnet::Error::Kind kind) {
  switch (kind) {
    case linnet::Error::Kind::input:
      return "input";
    case linnet::Error::Kind::numerical:
      return "numerical";
    case linnet::Error::Kind::output:
      return "output";
    case linnet::Error::Kind::interrupted:
      return "interrupted";
  }
  return "input";
}

void raise(const linnet::Error& e) {
  const py::object type = py::module_::import("linnet._error").attr("Error");
  const py::object value = type(e.field(), e.expected(), e.got(), e.hint(), kind_name(e.kind()));
  PyErr_SetObject(type.ptr(), value.ptr());
}

void translate(std::exception_ptr thrown) {
  try {
    if (thrown) std::rethrow_exception(std::move(thrown));
  } catch (const linnet::Error& e) {
    if (linnet::is_interruption(e) && PyErr_Occurred() != nullptr) return;  // Ctrl-C has set its own exception
    raise(e);
  } catch (const std::filesystem::filesystem_error& e) {
    raise(linnet::storage::error_of(e));
  }
}

/// For calls that keep the interpreter's lock while they compute: Ctrl-C is checked on the main thread, as Python
/// requires. Calls that release the lock use a Watch.
void attend_to_signals() {
  static const auto* const for_ever =  // never destroyed, because any thread may be the last to use it
      new linnet::Interruptible([] { return PyGILState_Check() == 0 || PyErr_CheckSignals() == 0; });
  static_cast<void>(for_ever);
}

/// For an object that no __init__ has made, as from `cls.__new__(cls)`, pybind11 allocates memory at its first use and
/// treats the contents as a C++ object.
void* refuse_unmade(std::size_t /*size*/) {
  linnet::bad_input(
      {.field = "self", .expected = "an object that its __init__ has made", .got = "one of __new__ alone"});
}

/// Of classes that are not given another one: Python's own, for protocols 0 and 1, makes an object of pybind11's base
/// class, which ends the process.
py::object refuse_to_pickle(const py::object& self) {
  throw py::type_error("cannot pickle '" + py::type::of(self).attr("__name__").cast<std::string>() + "' object");
}

void refuse_unmade_objects(const py::module_& m) {
  for (const auto& [name, value] : m.attr("__dict__").cast<py::dict>()) {
    if (!PyType_Check(value.ptr())) continue;
    py::detail::type_info* bound = py::detail::get_type_info(reinterpret_cast<PyTypeObject*>(value.ptr()));
    if (bound == nullptr) continue;
    bound->operator_new = refuse_unmade;
    const py::object cls = py::reinterpret_borrow<py::object>(value);
    cls.attr("__reduce__") = py::cpp_function(refuse_to_pickle, py::name("__reduce__"), py::is_method(cls));
  }
}

}  // namespace

PYBIND11_MODULE(_linnet, m) {
  m.doc() = "The compiled half of linnet; use the package `linnet`.";
  py::register_exception_translator(translate);
  m.attr("version") = linnet::version;
  m.attr("math_library") = linnet::sweeps::math_library();
  m.attr("backend") = linnet::linalg::backend();
  py::options options;
  if (std::getenv("LINNET_SIGNATURES") == nullptr) options.disable_function_signatures();  // set to write the stubs
  linnet::python::bind_tasks(m);
  linnet::python::bind_networks(m);
  linnet::python::bind_preconditioner(m);
  linnet::python::bind_dynamics(m);
  linnet::python::bind_exact(m);
  linnet::python::bind_predict(m);
  linnet::python::bind_neuron(m);
  linnet::python::bind_solvers(m);
  linnet::python::bind_observables(m);
  linnet::python::bind_train(m);
  linnet::python::bind_storage(m);
  linnet::python::bind_sweeps(m);
  linnet::python::bind_landscape(m);
  linnet::python::bind_perceptron(m);
  linnet::python::bind_design(m);
  linnet::python::bind_pickle(m);
  refuse_unmade_objects(m);
  linnet::python::end_with(m);
  m.def("take_drawn_seed", &linnet::python::take_drawn_seed);
  attend_to_signals();
}
