#pragma once

#include "linnet/config/fields.hpp"

namespace linnet::config {

/// Each field as the text of its value in a file; empty if the field is not set.
class Lines : public FieldVisitor {
 public:
  virtual void line(const char* key, const std::string& value, const std::string& type, const char* doc) = 0;

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
  void layers(const char* key, LayerValue& value, const std::vector<std::string>& rules, Range range,
              const char* doc) override;
  void layers(const char* key, std::optional<LayerValue>& value, const std::vector<std::string>& rules, Range range,
              const char* doc) override;
  void shape(const char* key, Shape& value, const char* doc) override;
  void matrix(const char* key, MatrixInput& value, const char* doc) override;
  void matrices(const char* key, std::vector<MatrixInput>& value, const char* doc) override;
  void axes(const char* key, std::vector<Axis>& value, const char* doc) override;
};

}  // namespace linnet::config
