#pragma once

#include <pybind11/pybind11.h>

#include "linnet/solvers/gradient_descent.hpp"
#include "linnet/solvers/gradient_flow.hpp"
#include "linnet/training/trajectory.hpp"

/// The arguments and results of training, for all networks.
namespace linnet::python {

GradientDescent descent(pybind11::handle solver);     ///< of the package's GradientDescent
GradientFlow gradient_flow(pybind11::handle solver);  ///< of the package's GradientFlow

/// A run's parts, for the package's own Trajectory; arrays are views into "run", which holds it all.
pybind11::dict parts(Trajectory&& finished);

}  // namespace linnet::python
