#pragma once

#include <pybind11/pybind11.h>

#include <functional>

#include "linnet/networks/network.hpp"
#include "linnet/observables/observable.hpp"

namespace linnet::python {

/// One of `record`: a name, ("rank", fraction), ("new_property", item), ("end_to_end", rows, columns) or the package's
/// Observable of a Python function. `start` is asked for the network on which such a function is tried for the shape of
/// its result.
Observable observable(pybind11::handle value, const std::function<Network()>& start);

}  // namespace linnet::python
