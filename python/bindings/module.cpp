#include <pybind11/pybind11.h>

#include <exception>
#include <filesystem>
#include <utility>

#include "floors.hpp"
#include "linnet/error.hpp"
#include "linnet/linalg/product.hpp"
#include "linnet/storage/output.hpp"
#include "linnet/sweeps/experiment.hpp"
#include "linnet/version.hpp"

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
    raise(e);
  } catch (const std::filesystem::filesystem_error& e) {
    raise(linnet::storage::error_of(e));
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
  options.disable_function_signatures();
  linnet::python::bind_tasks(m);
  linnet::python::bind_networks(m);
  linnet::python::bind_preconditioner(m);
  linnet::python::bind_dynamics(m);
  linnet::python::bind_exact(m);
  linnet::python::bind_neuron(m);
  linnet::python::bind_solvers(m);
  linnet::python::bind_observables(m);
  linnet::python::bind_train(m);
  linnet::python::bind_storage(m);
  linnet::python::bind_plots(m);
  linnet::python::bind_sweeps(m);
  linnet::python::bind_landscape(m);
  linnet::python::bind_perceptron(m);
}
