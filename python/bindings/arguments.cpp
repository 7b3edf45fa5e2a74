#include "arguments.hpp"

#include "convert.hpp"

namespace linnet::python {

namespace {

/// Sets what a field refers to from an argument. Errors call the argument `field`.
class Fill {
 public:
  Fill(py::handle given, const std::string& field, config::FieldVisitor::Argument::Array array)
      : given_(given), field_(field.c_str()), array_(array) {}

  void operator()(std::string* value) const { *value = py::str(given_); }
  void operator()(std::vector<std::string>* value) const {
    value->clear();
    for (const py::handle one : given_) value->push_back(py::str(one));
  }
  void operator()(bool* value) const { *value = py::bool_(py::reinterpret_borrow<py::object>(given_)); }
  void operator()(Index* value) const { *value = whole_number(given_, field_); }
  void operator()(std::uint64_t* value) const { *value = as_seed(given_, field_); }
  void operator()(double* value) const { *value = number(given_, field_); }
  void operator()(std::vector<double>* value) const {
    const Vector numbers = python::vector(given_, field_);
    value->assign(numbers.begin(), numbers.end());
  }
  void operator()(config::LayerValue* value) const {
    if (py::isinstance<py::str>(given_)) {
      *value = std::string(py::str(given_));
    } else {
      *value = layerwise(given_, field_);
    }
  }
  template <class T>
  void operator()(std::optional<T>* value) const {
    value->reset();
    if (!given_.is_none()) (*this)(&value->emplace());
  }
  void operator()(Shape* value) const { *value = shape_like(given_); }
  void operator()(config::MatrixInput* value) const {
    if (!given_.is_none()) value->values = std::make_shared<const Matrix>(matrix());
  }
  void operator()(std::vector<config::MatrixInput>* value) const {
    value->clear();
    for (const py::handle one : given_) {
      value->push_back({.values = std::make_shared<const Matrix>(python::matrix(one, field_))});
    }
  }
  void operator()(std::vector<config::Axis>* /*value*/) const {}  // of sweeps, which are configurations

 private:
  [[nodiscard]] Matrix matrix() const {
    using Array = config::FieldVisitor::Argument::Array;
    switch (array_) {
      case Array::samples:
        return samples(given_, field_);
      case Array::with_gaps:
        return matrix_with_gaps(given_, field_);
      case Array::matrix:
        break;
    }
    return python::matrix(given_, field_);
  }

  py::handle given_;
  const char* field_;
  config::FieldVisitor::Argument::Array array_;
};

}  // namespace

Arguments::Given Arguments::take(const char* key) {
  const Argument argument = take_argument();
  const char* name = argument.name == nullptr ? key : argument.name;
  const std::string field = argument.field == nullptr ? section_ + "." + key : argument.field;
  const py::handle value = given_.contains(name) ? py::handle(given_[name]) : py::handle();
  return {.value = value, .field = field, .array = argument.array};
}

void Arguments::field(const Field& field) {
  const Given given = take(field.key);
  if (given.value) std::visit(Fill(given.value, given.field, given.array), field.value);
}

void Arguments::own_seed() {
  if (const Given given = take("seed"); given.value) seed_ = as_seed(given.value, given.field.c_str());
}

}  // namespace linnet::python
