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

  void section(const std::string& /*name*/, const std::string& /*doc*/) override {}
  void text(const char* key, std::string& value, const char* doc) override;
  void choice(const char* key, std::string& value, const std::vector<std::string>& known, const char* doc) override;
  void choices(const char* key, std::vector<std::string>& value, const std::vector<std::string>& known,
               const char* doc) override;
  void flag(const char* key, bool& value, const char* doc) override;
  void whole(const char* key, Index& value, Index least, const char* doc) override;
  void whole(const char* key, std::optional<Index>& value, Index least, const char* doc) override;
  void seed(const char* key, std::uint64_t& value, const char* doc) override;
  void seed(const char* key, std::optional<std::uint64_t>& value, const char* doc) override;
  void real(const char* key, double& value, Range range, const char* doc) override;
  void real(const char* key, std::optional<double>& value, Range range, const char* doc) override;
  void reals(const char* key, std::vector<double>& value, const char* doc) override;
  void layers(const char* key, config::LayerValue& value, const std::vector<std::string>& rules, Range range,
              const char* doc) override;
  void layers(const char* key, std::optional<config::LayerValue>& value, const std::vector<std::string>& rules,
              Range range, const char* doc) override;
  void shape(const char* key, Shape& value, const char* doc) override;
  void matrix(const char* key, config::MatrixInput& value, const char* doc) override;
  void matrices(const char* key, std::vector<config::MatrixInput>& value, const char* doc) override;
  void axes(const char* /*key*/, std::vector<config::Axis>& /*value*/, const char* /*doc*/) override {}
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
