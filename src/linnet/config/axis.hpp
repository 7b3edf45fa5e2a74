#pragma once

#include <string>
#include <variant>
#include <vector>

namespace linnet::config {

/// A value of a sweep axis: a number or a word.
using AxisValue = std::variant<double, std::string>;

/// An axis of a sweep: the values that a field takes.
struct Axis {
  std::string field;             ///< "network.width_exponent"
  std::string scale = "linear";  ///< linear, logarithmic, symmetric or list
  std::vector<AxisValue> values;
  std::vector<double> range = {};                    ///< first, last and count, if the values are computed from them
  std::vector<std::vector<std::string>> cases = {};  ///< assignments, if the values are names of cases

  /// The keys that its values set: the field, or those of the assignments of its cases.
  [[nodiscard]] std::vector<std::string> keys() const;
  [[nodiscard]] std::string name() const;  ///< the last part of the field's name: the name of the dimension
};

}  // namespace linnet::config
