#pragma once

#include <pybind11/pybind11.h>

#include <string>

#include "linnet/config/fields.hpp"

namespace linnet::python {

namespace py = pybind11;

/// Fills the options of a kind from Python's arguments, by name. The library checks their ranges.
class Arguments final : public config::FieldVisitor {
 public:
  /// `section` is the name of the section in errors: "task".
  Arguments(std::string section, const py::kwargs& given) : section_(std::move(section)), given_(given) {}

  void field(const Field& field) override;
  void object(const char* key, Object value, const char* doc) override;
  [[nodiscard]] bool in_python() const override { return true; }

 private:
  /// The argument for the next field: its value, a null handle if it is not given, and its name in errors.
  struct Given {
    py::handle value;
    std::string field;
    Argument as;
  };
  Given take(const char* key);

  std::string section_;
  const py::kwargs& given_;
};

}  // namespace linnet::python
