#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <optional>
#include <string>

#include "linnet/networks/network.hpp"
#include "linnet/networks/unbalanced_layers.hpp"
#include "linnet/observables/schedule.hpp"
#include "linnet/tasks/task.hpp"

/// Conversions between Python's values and linnet's. The error of a conversion names the argument, as the library does.
namespace linnet::python {

namespace py = pybind11;

/// A matrix from anything that NumPy converts to one, with any layout and real dtype; throws unless it has two
/// dimensions.
Matrix matrix(py::handle value, const char* field);
Matrix matrix_with_gaps(py::handle value, const char* field);  ///< masked entries of a masked array become nan
/// Samples in rows: as `matrix`, or a vector with one number for each sample, which becomes a column.
Matrix samples(py::handle value, const char* field);
/// A matrix in each row, row after row: of an array of three dimensions, or of two whose rows are that already.
Matrix stack(py::handle value, const char* field);
Shape shape_in_stack(py::handle value, const char* field);  ///< of each matrix; 0 x 0 for two dimensions
Vector vector(py::handle value, const char* field);

/// As `matrix`; throws for another shape.
Matrix matrix_of_shape(py::handle value, Shape shape, const char* field);

double number(py::handle value, const char* field);
std::optional<double> optional_number(py::handle value, const char* field);
Index whole_number(py::handle value, const char* field);  ///< or a float without a fraction
/// 0 ... 2^64 - 1; a NumPy Generator is asked for one, a SeedSequence gives its own; of None it is drawn.
std::uint64_t as_seed(py::handle value, const char* field);
/// The seed that this thread's last `as_seed` drew, once; None where it was given as a number.
py::object take_drawn_seed();
Layerwise per_layer(py::handle value, const char* field);  ///< a number, or a pair of them
Layerwise layerwise(py::handle value, const char* field);  ///< a number, or a sequence of one a layer
Shape shape_like(py::handle value);                        ///< a pair (outputs, inputs), or whatever has a .shape
Network network(py::handle value, const char* field = "network");
DeepLinear deep_network(py::handle value);           ///< DeepLinear, or a list of matrices, W_1 first
UnbalancedLayer unbalanced_layer(py::handle value);  ///< "first" or "last"
Schedule schedule(py::handle value);

/// A value for a message: its repr, or its type if the repr is long.
std::string text(py::handle value);

/// A NumPy array that takes over the memory.
py::array array(Matrix&& m);
py::array array(Vector&& v);

/// A read-only view of a matrix that `owner` keeps alive.
py::array view(const Matrix& m, py::handle owner);

py::object network_object(Network network);
py::tuple pair(const Layerwise& value);
py::tuple pair(Shape value);

}  // namespace linnet::python
