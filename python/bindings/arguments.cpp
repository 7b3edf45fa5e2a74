#include "arguments.hpp"

#include "convert.hpp"

namespace linnet::python {

Arguments::Given Arguments::take(const char* key) {
  const Argument argument = take_argument();
  const char* name = argument.name == nullptr ? key : argument.name;
  const std::string field = argument.field == nullptr ? section_ + "." + key : argument.field;
  const py::handle value = given_.contains(name) ? py::handle(given_[name]) : py::handle();
  return {.value = value, .field = field, .array = argument.array};
}

void Arguments::text(const char* key, std::string& value, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = py::str(given.value);
}

void Arguments::choice(const char* key, std::string& value, const std::vector<std::string>& /*known*/,
                       const char* doc) {
  text(key, value, doc);
}

void Arguments::choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& /*known*/,
                        const char* /*doc*/) {
  const Given given = take(key);
  if (!given.value) return;
  value.clear();
  for (const py::handle one : given.value) value.push_back(py::str(one));
}

void Arguments::flag(const char* key, bool& value, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = py::bool_(py::reinterpret_borrow<py::object>(given.value));
}

void Arguments::whole(const char* key, Index& value, Index /*least*/, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = whole_number(given.value, given.field.c_str());
}

void Arguments::whole(const char* key, std::optional<Index>& value, Index /*least*/, const char* /*doc*/) {
  const Given given = take(key);
  if (given.value && !given.value.is_none()) value = whole_number(given.value, given.field.c_str());
}

void Arguments::seed(const char* key, std::uint64_t& value, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = as_seed(given.value, given.field.c_str());
}

void Arguments::seed(const char* key, std::optional<std::uint64_t>& value, const char* /*doc*/) {
  const Given given = take(key);
  if (given.value && !given.value.is_none()) value = as_seed(given.value, given.field.c_str());
}

void Arguments::real(const char* key, double& value, Range /*range*/, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = number(given.value, given.field.c_str());
}

void Arguments::real(const char* key, std::optional<double>& value, Range /*range*/, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = optional_number(given.value, given.field.c_str());
}

void Arguments::reals(const char* key, std::vector<double>& value, const char* /*doc*/) {
  const Given given = take(key);
  if (!given.value) return;
  const Vector numbers = python::vector(given.value, given.field.c_str());
  value.assign(numbers.begin(), numbers.end());
}

void Arguments::layers(const char* key, config::LayerValue& value, const std::vector<std::string>& /*rules*/,
                       Range /*range*/, const char* /*doc*/) {
  const Given given = take(key);
  if (!given.value) return;
  if (py::isinstance<py::str>(given.value)) {
    value = std::string(py::str(given.value));
  } else {
    value = layerwise(given.value, given.field.c_str());
  }
}

void Arguments::layers(const char* key, std::optional<config::LayerValue>& value, const std::vector<std::string>& rules,
                       Range range, const char* doc) {
  config::LayerValue one = Layerwise(0.0);
  const py::handle given = given_.contains(key) ? py::handle(given_[key]) : py::handle();
  layers(key, one, rules, range, doc);
  if (given && !given.is_none()) value = one;
}

void Arguments::shape(const char* key, Shape& value, const char* /*doc*/) {
  if (const Given given = take(key); given.value) value = shape_like(given.value);
}

void Arguments::matrix(const char* key, config::MatrixInput& value, const char* /*doc*/) {
  const Given given = take(key);
  if (!given.value || given.value.is_none()) return;
  const char* field = given.field.c_str();
  const auto converted = [&] {
    switch (given.array) {
      case Argument::Array::samples:
        return samples(given.value, field);
      case Argument::Array::with_gaps:
        return matrix_with_gaps(given.value, field);
      case Argument::Array::matrix:
        break;
    }
    return python::matrix(given.value, field);
  };
  value.values = std::make_shared<const Matrix>(converted());
}

void Arguments::matrices(const char* key, std::vector<config::MatrixInput>& value, const char* /*doc*/) {
  const Given given = take(key);
  if (!given.value) return;
  value.clear();
  for (const py::handle one : given.value) {
    value.push_back({.values = std::make_shared<const Matrix>(python::matrix(one, given.field.c_str()))});
  }
}

void Arguments::own_seed() {
  if (const Given given = take("seed"); given.value) seed_ = as_seed(given.value, given.field.c_str());
}

}  // namespace linnet::python
