#pragma once

#include <pybind11/pybind11.h>

#include "linnet/training/trajectory.hpp"

/// The results of training, for all networks.
namespace linnet::python {

/// A run's parts, for the package's own Trajectory; arrays are views into "run", which holds it all.
pybind11::dict parts(Trajectory&& finished);

}  // namespace linnet::python
