#pragma once

#include "linnet/config/fields.hpp"

namespace linnet::config {

/// What each field would look like in a file; what is unset is an empty text.
class Lines : public FieldVisitor {
 public:
  virtual void line(const char* key, const std::string& value, const std::string& type, const char* doc) = 0;

  void field(const Field& field) override;
};

}  // namespace linnet::config
