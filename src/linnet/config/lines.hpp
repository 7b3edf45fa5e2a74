#pragma once

#include "linnet/config/fields.hpp"

namespace linnet::config {

/// Each field as the text of its value in a file; empty if the field is not set.
class Lines : public FieldVisitor {
 public:
  virtual void line(const char* key, const std::string& value, const std::string& type, const char* doc) = 0;

  void field(const Field& field) override;
};

}  // namespace linnet::config
