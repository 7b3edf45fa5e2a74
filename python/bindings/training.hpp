#pragma once

#include <pybind11/pybind11.h>

#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/trajectory.hpp"

/// The arguments and results of training, for all networks.
namespace linnet::python {

GradientDescent descent(pybind11::handle solver);     ///< of the package's GradientDescent
GradientFlow gradient_flow(pybind11::handle solver);  ///< of the package's GradientFlow

/// The parts of a run, for the Python package's Trajectory; arrays are views into "run", which owns the data.
pybind11::dict parts(Trajectory&& finished);

/// One of `record`: a name, ("rank", fraction), ("end_to_end", rows, columns) or the package's Observable of a Python
/// function. `start` is asked for the network on which such a function is tried for the shape of its result.
Observable observable(pybind11::handle value, const std::function<Network()>& start);

}  // namespace linnet::python
