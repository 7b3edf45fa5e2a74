#pragma once

#include <pybind11/pybind11.h>

#include "linnet/storage/dataset.hpp"

namespace linnet::python {

/// {"variables": [(name, dims, values, attributes)], "attributes": {…}}, which the package turns into an
/// xarray.Dataset.
pybind11::dict dataset_object(const Dataset& data);

/// The inverse, from the same with "dimensions": [(name, length)].
Dataset dataset(pybind11::handle object);

}  // namespace linnet::python
