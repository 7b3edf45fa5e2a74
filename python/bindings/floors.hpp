#pragma once

#include <pybind11/pybind11.h>

/// The bindings, one file for each folder of the library. Each function adds its part to the module.
namespace linnet::python {

void bind_tasks(pybind11::module_& m);
void bind_networks(pybind11::module_& m);
void bind_preconditioner(pybind11::module_& m);
void bind_dynamics(pybind11::module_& m);
void bind_exact(pybind11::module_& m);
void bind_predict(pybind11::module_& m);
void bind_neuron(pybind11::module_& m);
void bind_solvers(pybind11::module_& m);
void bind_observables(pybind11::module_& m);
void bind_train(pybind11::module_& m);
void bind_storage(pybind11::module_& m);
void bind_plots(pybind11::module_& m);
void bind_sweeps(pybind11::module_& m);
void bind_landscape(pybind11::module_& m);
void bind_perceptron(pybind11::module_& m);
void bind_design(pybind11::module_& m);
void bind_pickle(pybind11::module_& m);  ///< of the classes of all others

}  // namespace linnet::python
