#include <pybind11/stl.h>

#include <type_traits>

#include "convert.hpp"
#include "dataset.hpp"
#include "floors.hpp"
#include "linnet/storage/matrix_file.hpp"
#include "linnet/storage/netcdf.hpp"
#include "linnet/storage/network_file.hpp"
#include "linnet/storage/output.hpp"
#include "watch.hpp"

namespace linnet::python {

namespace {

template <class T>
py::array shaped(const std::vector<T>& values, const std::vector<py::ssize_t>& shape) {
  return py::array_t<T>(shape, values.data());
}

std::vector<std::int64_t> as_integers(const py::array& values) {
  const py::array_t<std::int64_t, py::array::c_style | py::array::forcecast> v(values);
  return {v.data(), v.data() + v.size()};
}

std::vector<double> as_reals(const py::array& values) {
  const py::array_t<double, py::array::c_style | py::array::forcecast> v(values);
  return {v.data(), v.data() + v.size()};
}

/// Files may hold bytes that are no UTF-8: texts in Latin-1, or damage. They become U+FFFD.
py::str text_object(const std::string& text) {
  PyObject* decoded = PyUnicode_DecodeUTF8(text.data(), static_cast<py::ssize_t>(text.size()), "replace");
  if (decoded == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::str>(decoded);
}

py::list text_objects(const std::vector<std::string>& texts) {
  py::list result;
  for (const std::string& text : texts) result.append(text_object(text));
  return result;
}

/// A text, a number, or several numbers as an array.
py::object attribute_object(const Attribute& attribute) {
  return std::visit(
      [](const auto& value) -> py::object {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
          return text_object(value);
        } else {
          if (value.size() == 1) return py::cast(value.front());
          return shaped(value, {static_cast<py::ssize_t>(value.size())});
        }
      },
      attribute.value());
}

py::dict attributes_object(const Attributes& attributes) {
  py::dict result;
  for (const auto& [name, attribute] : attributes) result[text_object(name)] = attribute_object(attribute);
  return result;
}

/// The Python package has converted every value to a text or an array of numbers.
Attributes attributes_of(py::handle object) {
  Attributes attributes;
  for (const auto& [name, value] : object.cast<py::dict>()) {
    Attribute& attribute = attributes[name.cast<std::string>()];
    if (py::isinstance<py::str>(value)) {
      attribute = value.cast<std::string>();
    } else if (const auto numbers = value.cast<py::array>(); numbers.dtype().kind() == 'f') {
      attribute = as_reals(numbers);
    } else {
      attribute = as_integers(numbers);
    }
  }
  return attributes;
}

}  // namespace

py::dict dataset_object(const Dataset& data) {
  using namespace py::literals;
  py::list variables;
  for (const Variable& v : data.variables) {
    std::vector<py::ssize_t> shape;
    for (const std::string& dim : v.dims) shape.push_back(data.length(dim));
    py::object values;
    if (const auto* reals = std::get_if<std::vector<double>>(&v.values)) {
      values = shaped(*reals, shape);
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&v.values)) {
      values = shaped(*integers, shape);
    } else {
      const py::object numpy = py::module_::import("numpy");
      values = numpy.attr("array")(text_objects(v.texts()), "dtype"_a = "object").attr("reshape")(py::cast(shape));
    }
    variables.append(
        py::make_tuple(text_object(v.name), py::tuple(text_objects(v.dims)), values, attributes_object(v.attributes)));
  }
  return py::dict("variables"_a = variables, "attributes"_a = attributes_object(data.attributes));
}

Dataset dataset(py::handle object) {
  const auto parts = object.cast<py::dict>();
  Dataset data;
  for (const py::handle entry : parts["dimensions"]) {
    const auto dimension = entry.cast<py::tuple>();
    data.add_dimension(dimension[0].cast<std::string>(), dimension[1].cast<Index>());
  }
  for (const py::handle entry : parts["variables"]) {
    const auto fields = entry.cast<py::tuple>();
    Variable v{.name = fields[0].cast<std::string>(),
               .dims = fields[1].cast<std::vector<std::string>>(),
               .values = {},
               .attributes = attributes_of(fields[3])};
    const auto values = fields[2].cast<py::array>();
    const char kind = values.dtype().kind();
    if (kind == 'f') {
      v.values = as_reals(values);
    } else if (kind == 'i' || kind == 'u' || kind == 'b') {
      v.values = as_integers(values);
    } else {
      std::vector<std::string> texts;
      for (const py::handle text : values.attr("ravel")()) texts.push_back(py::str(text));
      v.values = std::move(texts);
    }
    data.add(std::move(v));
  }
  data.attributes = attributes_of(parts["attributes"]);
  return data;
}

void bind_storage(py::module_& m) {
  m.def("object_dataset", [](py::handle object) {
    if (py::isinstance<Checkpoint>(object))
      return dataset_object(storage::to_dataset(object.cast<const Checkpoint&>()));
    return dataset_object(storage::to_dataset(network(object)));
  });
  m.def("object_in", [](py::handle parts) {
    auto held = storage::held_by(dataset(parts));
    if (auto* checkpoint = std::get_if<Checkpoint>(&held)) return py::cast(std::move(*checkpoint));
    return network_object(std::get<Network>(held));
  });
  m.def("read_matrix",
        [](const std::string& file, const std::string& field) { return array(storage::read_matrix(file, field)); });
  m.def("write_npy", [](py::handle a, const std::string& target, bool force) {
    const Matrix values = matrix(a, "matrix");
    storage::require_writable(target, force);
    storage::write_npy(values, target);
  });
  m.def("read_netcdf",
        [](const std::string& file) { return dataset_object(released([&] { return storage::read_netcdf(file); })); });
  m.def("require_writable", [](const std::string& target, bool force) { storage::require_writable(target, force); });
  m.def("write_bytes", [](const py::bytes& bytes, const std::string& target) {
    const auto text = static_cast<std::string>(bytes);
    released([&] { storage::write_text(target, text); });
  });
  m.def("write_netcdf", [](py::handle object, const std::string& target, bool force) {
    const Dataset data = dataset(object);
    const Unlocked unlocked;
    storage::require_writable(target, force);
    storage::write_netcdf(data, target);
  });
}

}  // namespace linnet::python
