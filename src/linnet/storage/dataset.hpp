#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "linnet/linalg/matrix.hpp"

namespace linnet {

/// A labelled variable: an array over named dimensions, in C order (the last dimension runs fastest).
struct Variable {
  std::string name;
  std::vector<std::string> dims;  ///< empty: a scalar
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;
  std::map<std::string, std::string> attributes = {};  ///< "long_name", "units", …

  [[nodiscard]] const std::vector<double>& reals() const;  ///< throws when it holds something else
  [[nodiscard]] const std::vector<std::int64_t>& integers() const;
  [[nodiscard]] const std::vector<std::string>& texts() const;
  [[nodiscard]] std::vector<double> as_reals() const;  ///< integers too
  [[nodiscard]] std::string attribute(const std::string& name, const std::string& otherwise = {}) const;
};

/// What a run, a sweep or a figure has to show, with its conventions: the in-memory form of a result file, as xarray's
/// Dataset is. A variable named like a dimension is its coordinate.
struct Dataset {
  std::vector<std::pair<std::string, Index>> dimensions;  ///< name and length, in order
  std::vector<Variable> variables;
  std::map<std::string, std::string> attributes;

  [[nodiscard]] bool has(const std::string& name) const;
  [[nodiscard]] const Variable& operator[](const std::string& name) const;  ///< throws naming the nearest one
  [[nodiscard]] Index length(const std::string& dimension) const;
  [[nodiscard]] std::string attribute(const std::string& name, const std::string& otherwise = {}) const;

  /// Append a variable; throws when its size does not fit its dimensions or a name is taken.
  void add(Variable variable);
  void add_dimension(const std::string& name, Index length);
};

}  // namespace linnet
