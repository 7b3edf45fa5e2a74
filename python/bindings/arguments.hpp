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
  void own_seed() override;
  [[nodiscard]] bool in_python() const override { return true; }

  [[nodiscard]] std::uint64_t seed_given() const { return seed_; }

 private:
  /// The argument for the next field: its value, a null handle if it is not given, and its name in errors.
  struct Given {
    py::handle value;
    std::string field;
    Argument::Array array;
  };
  Given take(const char* key);

  std::string section_;
  const py::kwargs& given_;
  std::uint64_t seed_ = 0;
};

}  // namespace linnet::python
