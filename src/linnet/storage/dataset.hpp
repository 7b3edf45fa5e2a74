#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// An attribute of a data set or of a variable: a text, or numbers.
class Attribute {
 public:
  using Value = std::variant<std::string, std::vector<double>, std::vector<std::int64_t>>;

  Attribute() = default;
  Attribute(std::string text) : value_(std::move(text)) {}                      // NOLINT: a text is an attribute
  Attribute(const char* text) : value_(std::string(text)) {}                    // NOLINT
  Attribute(std::vector<double> numbers) : value_(std::move(numbers)) {}        // NOLINT
  Attribute(std::vector<std::int64_t> numbers) : value_(std::move(numbers)) {}  // NOLINT

  [[nodiscard]] const Value& value() const { return value_; }
  [[nodiscard]] std::string text() const;          ///< numbers with all their digits, blanks between them
  operator std::string() const { return text(); }  // NOLINT: an attribute is read as a text
  friend bool operator==(const Attribute&, const Attribute&) = default;

 private:
  Value value_;
};

using Attributes = std::map<std::string, Attribute>;

/// A labelled variable: an array over named dimensions, in C order (the last dimension runs fastest).
struct Variable {
  std::string name;
  std::vector<std::string> dims;  ///< empty: a scalar
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;
  Attributes attributes = {};  ///< "long_name", "units", …

  [[nodiscard]] const std::vector<double>& reals() const;  ///< throws for values of another type
  [[nodiscard]] const std::vector<std::int64_t>& integers() const;
  [[nodiscard]] const std::vector<std::string>& texts() const;
  [[nodiscard]] std::vector<double> as_reals() const;  ///< integers too
  [[nodiscard]] std::string attribute(const std::string& name, const std::string& otherwise = {}) const;
};

/// The data of a run, a sweep or a figure, with their conventions: the in-memory form of a result file, like xarray's
/// Dataset. A variable named like a dimension is its coordinate, over that dimension only.
struct Dataset {
  std::vector<std::pair<std::string, Index>> dimensions;  ///< name and length, in order
  std::vector<Variable> variables;
  Attributes attributes;

  [[nodiscard]] bool has(const std::string& name) const;
  /// Throws for an unknown name, with the nearest known one.
  [[nodiscard]] const Variable& operator[](const std::string& name) const;
  [[nodiscard]] Index length(const std::string& dimension) const;
  /// The number of values of a variable over these dimensions; throws for an unknown dimension and for a product that
  /// exceeds Index.
  [[nodiscard]] Index size_over(const std::vector<std::string>& dims) const;
  [[nodiscard]] std::string attribute(const std::string& name, const std::string& otherwise = {}) const;

  /// Throws when the name is taken or cannot be over these dimensions (a coordinate has only its own). `add` makes the
  /// same checks; this function makes them before the values are read.
  void require_room(const std::string& name, const std::vector<std::string>& dims) const;
  /// Appends a variable. Throws as `require_room`, and when the number of its values does not match its dimensions.
  void add(Variable variable);
  /// Throws when the name is taken, and for a negative length.
  void add_dimension(const std::string& name, Index length);
};

}  // namespace linnet
