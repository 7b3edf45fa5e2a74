#include "convert.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include "linnet/error.hpp"

namespace linnet::python {

namespace {

/// The values as doubles, with the given dimensions.
py::array_t<double, py::array::f_style | py::array::forcecast> reals(py::handle value, const char* field) {
  const auto is_exact = [](const py::dtype& type) {  // not of 8 bytes, whose whole numbers doubles may not represent
    const char kind = type.kind();
    return kind == 'f' || kind == 'b' || ((kind == 'i' || kind == 'u') && type.itemsize() <= 4);
  };
  if (py::type::handle_of(value).is(py::module_::import("numpy").attr("ndarray"))) {
    const auto given = py::reinterpret_borrow<py::array>(value);
    if (is_exact(given.dtype())) return given;
  }
  return py::array(py::module_::import("linnet._convert").attr("reals")(value, field));
}

std::string dimensions(py::ssize_t n) { return n == 1 ? "1 dimension" : std::to_string(n) + " dimensions"; }

template <class M>
py::array own(M&& m, std::vector<py::ssize_t> shape, std::vector<py::ssize_t> strides) {
  auto* kept = new std::decay_t<M>(std::forward<M>(m));
  const py::capsule owner(kept, [](void* p) { delete static_cast<std::decay_t<M>*>(p); });
  return py::array(py::dtype::of<double>(), std::move(shape), std::move(strides), kept->data(), owner);
}

constexpr auto size_of_double = static_cast<py::ssize_t>(sizeof(double));

std::vector<py::ssize_t> strides_of(const Matrix& m) { return {size_of_double, size_of_double * m.rows()}; }

}  // namespace

std::string text(py::handle value) { return py::str(py::module_::import("linnet._error").attr("shown")(value)); }

Matrix matrix(py::handle value, const char* field) {
  const auto a = reals(value, field);
  if (a.ndim() != 2) {
    bad_input({.field = field, .expected = "a matrix, 2 dimensions", .got = dimensions(a.ndim())});
  }
  return Eigen::Map<const Matrix>(a.data(), a.shape(0), a.shape(1));
}

Matrix matrix_with_gaps(py::handle value, const char* field) {
  return matrix(py::module_::import("linnet._convert").attr("with_gaps")(value), field);
}

Matrix samples(py::handle value, const char* field) {
  const auto a = reals(value, field);
  if (a.ndim() != 1) return matrix(value, field);
  return Eigen::Map<const Vector>(a.data(), a.shape(0));
}

Matrix stack(py::handle value, const char* field) {
  const auto a = reals(value, field);
  if (a.ndim() == 2) return matrix(a, field);
  if (a.ndim() != 3) {
    bad_input({.field = field,
               .expected = "matrices, 3 dimensions, or their entries in rows, 2 dimensions",
               .got = dimensions(a.ndim())});
  }
  return matrix(py::array(a.attr("reshape")(a.shape(0), a.shape(1) * a.shape(2))), field);
}

Shape shape_in_stack(py::handle value, const char* field) {
  const auto a = reals(value, field);
  if (a.ndim() != 3) return {};
  return {.outputs = a.shape(1), .inputs = a.shape(2)};
}

Vector vector(py::handle value, const char* field) {
  const auto a = reals(value, field);
  if (a.ndim() != 1) {
    bad_input({.field = field, .expected = "a vector, 1 dimension", .got = dimensions(a.ndim())});
  }
  return Eigen::Map<const Vector>(a.data(), a.shape(0));
}

Matrix matrix_of_shape(py::handle value, Shape shape, const char* field) {
  Matrix m = matrix(value, field);
  if (shape_of(m) != shape) {
    bad_input({.field = field,
               .expected = format_shape(shape.outputs, shape.inputs) + ", outputs x inputs",
               .got = format_shape(m.rows(), m.cols())});
  }
  return m;
}

double number(py::handle value, const char* field) {
  const double x = PyFloat_AsDouble(value.ptr());
  if (x == -1 && PyErr_Occurred() != nullptr) {
    PyErr_Clear();
    bad_input({.field = field, .expected = "a number", .got = text(value)});
  }
  return x;
}

std::optional<double> optional_number(py::handle value, const char* field) {
  if (value.is_none()) return std::nullopt;
  return number(value, field);
}

Index whole_number(py::handle value, const char* field) {
  if (const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()))) {
    const long long n = PyLong_AsLongLong(index.ptr());
    if (n != -1 || PyErr_Occurred() == nullptr) return n;
    PyErr_Clear();
    bad_input({.field = field, .expected = "a whole number of at most 64 bits", .got = text(value)});
  }
  PyErr_Clear();  // not an integer, but it may be a number without a fraction
  const double x = PyFloat_AsDouble(value.ptr());
  const bool is_number = PyErr_Occurred() == nullptr;
  PyErr_Clear();
  if (!is_number || x != std::floor(x) || !(std::abs(x) < 9e15)) {
    bad_input({.field = field, .expected = "a whole number", .got = text(value)});
  }
  return static_cast<Index>(x);
}

namespace {

thread_local std::optional<std::uint64_t> drawn_seed;

std::uint64_t given_seed(py::handle value, const char* field) {
  if (const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()))) {
    const unsigned long long seed = PyLong_AsUnsignedLongLong(index.ptr());
    if (PyErr_Occurred() == nullptr) return seed;
    PyErr_Clear();
    bad_input({.field = field, .expected = "a whole number from 0 to 2^64 - 1", .got = text(value)});
  }
  PyErr_Clear();
  return static_cast<std::uint64_t>(require_at_least(whole_number(value, field), 0, field));
}

}  // namespace

std::uint64_t as_seed(py::handle value, const char* field) {
  const py::object number = py::module_::import("linnet._convert").attr("seed")(value);
  const std::uint64_t seed = given_seed(number, field);
  drawn_seed = number.is(value) ? std::nullopt : std::optional(seed);
  return seed;
}

py::object take_drawn_seed() {
  if (!drawn_seed) return py::none();
  return py::int_(*std::exchange(drawn_seed, std::nullopt));
}

Layerwise layerwise(py::handle value, const char* field) {
  const bool is_sequence = PySequence_Check(value.ptr()) != 0 && !py::isinstance<py::str>(value);
  if (!is_sequence || PySequence_Size(value.ptr()) < 0) {
    PyErr_Clear();  // a NumPy scalar array claims to be a sequence and has no size
    return number(value, field);
  }
  std::vector<double> values;
  for (const py::handle item : value) values.push_back(number(item, field));
  if (values.empty()) {
    bad_input({.field = field, .expected = "a number, or a sequence of one a layer", .got = text(value)});
  }
  return Layerwise(std::move(values));
}

Layerwise per_layer(py::handle value, const char* field) {
  Layerwise layers = layerwise(value, field);
  if (layers.values().size() > 2) {
    bad_input({.field = field, .expected = "a number, or a pair of them, one a layer", .got = text(value)});
  }
  return layers;
}

UnbalancedLayer unbalanced_layer(py::handle value) {
  const bool word = py::isinstance<py::str>(value);
  if (word && value.cast<std::string>() == "first") return UnbalancedLayer::first;
  if (word && value.cast<std::string>() == "last") return UnbalancedLayer::last;
  bad_input({.field = "layer", .expected = "\"first\" or \"last\"", .got = text(value)});
}

Shape shape_like(py::handle value) {
  py::object given = py::reinterpret_borrow<py::object>(value);
  if (py::hasattr(value, "shape") && py::len(value.attr("shape")) == 2) given = value.attr("shape");
  if (PySequence_Check(given.ptr()) == 0 || py::isinstance<py::str>(given) || py::len(given) != 2) {
    bad_input({.field = "shape", .expected = "a task, or a pair (outputs, inputs)", .got = text(value)});
  }
  const auto values = py::reinterpret_borrow<py::sequence>(given);
  return {.outputs = whole_number(py::object(values[0]), "shape"),
          .inputs = whole_number(py::object(values[1]), "shape")};
}

Network network(py::handle value, const char* field) {
  if (py::isinstance<GramState>(value)) return value.cast<const GramState&>();
  if (py::isinstance<SelfConsistent>(value)) return value.cast<const SelfConsistent&>();
  if (py::isinstance<DeepLinear>(value)) return value.cast<const DeepLinear&>();
  if (py::isinstance<DeepLinearized>(value)) return value.cast<const DeepLinearized&>();
  if (py::isinstance<DeepBalanced>(value)) return value.cast<const DeepBalanced&>();
  if (py::isinstance<Diagonal>(value)) return value.cast<const Diagonal&>();
  if (py::isinstance<DeepDiagonal>(value)) return value.cast<const DeepDiagonal&>();
  if (py::isinstance<Perceptron>(value)) return value.cast<const Perceptron&>();
  bad_input({.field = field, .expected = "a network: DeepLinear, GramState, …", .got = text(value)});
}

DeepLinear deep_network(py::handle value) {
  if (py::isinstance<DeepLinear>(value)) return value.cast<const DeepLinear&>();
  if (!py::isinstance<py::list>(value) && !py::isinstance<py::tuple>(value)) {
    bad_input({.field = "network", .expected = "DeepLinear or a list of matrices", .got = text(value)});
  }
  std::vector<Matrix> layers;
  for (const py::handle layer : value) layers.push_back(matrix(layer, "network.weights"));
  return DeepLinear(std::move(layers));
}

Schedule schedule(py::handle value) {
  if (py::isinstance<Schedule>(value)) return value.cast<const Schedule&>();
  const bool is_number = PyIndex_Check(value.ptr()) != 0 && !py::isinstance<py::array>(value);
  if (is_number) return Schedule::every(whole_number(value, "schedule"));
  const Vector instants = vector(value, "schedule");
  return Schedule::at({instants.data(), instants.data() + instants.size()});
}

py::array array(Matrix&& m) {
  std::vector<py::ssize_t> strides = strides_of(m);
  return own(std::move(m), {m.rows(), m.cols()}, std::move(strides));
}

py::array array(Vector&& v) { return own(std::move(v), {v.size()}, {size_of_double}); }

py::array view(const Matrix& m, py::handle owner) {
  py::array a(py::dtype::of<double>(), {m.rows(), m.cols()}, strides_of(m), m.data(), owner);
  a.attr("flags").attr("writeable") = false;
  return a;
}

py::object network_object(Network network) {
  return std::visit([](auto& n) { return py::cast(std::move(n)); }, network);
}

py::tuple pair(const Layerwise& value) { return py::make_tuple(value[0], value[1]); }

py::tuple pair(Shape value) { return py::make_tuple(value.outputs, value.inputs); }

}  // namespace linnet::python
