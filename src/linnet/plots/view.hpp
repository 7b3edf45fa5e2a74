#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::plots {

/// A dimension as an axis.
struct Axis {
  std::string name;
  std::vector<double> values;  ///< empty for an axis of texts
  std::vector<std::string> texts;
  bool logarithmic = false;
  std::string label;  ///< markup

  [[nodiscard]] std::size_t size() const { return values.empty() ? texts.size() : values.size(); }
  [[nodiscard]] bool of_texts() const { return values.empty(); }
};

/// By its coordinate variable; without one it counts from 1.
Axis axis_of(const Dataset& data, const std::string& dimension);

/// The dimensions that a sweep varied (more than one point), `seed` left out unless it is the only one.
std::vector<Axis> sweep_axes(const Dataset& data);

/// A variable over chosen dimensions (C order); over the others the mean of what is finite, and its standard deviation.
struct Values {
  std::vector<double> mean;    ///< NaN where nothing is finite
  std::vector<double> spread;  ///< 0 where fewer than two are
};

/// Points of a sweep whose `status` says diverged or interrupted count as not finite. Throws Error (input) when
/// the variable does not lie over all of `dimensions`.
Values values_over(const Dataset& data, const std::string& variable, const std::vector<std::string>& dimensions);

bool has_dimension(const Variable& variable, const std::string& dimension);
bool is_coordinate(const Dataset& data, const Variable& variable);

/// "test error of the best step": long_name, or the name in words; markup.
std::string long_label(const Variable& variable);

/// What a colour bar has room for: "test error", "rank", with the unit if there is one; markup.
std::string short_label(const Variable& variable);

struct Range {
  double least = 0;
  double most = 0;
  double least_positive = 0;  ///< 0 when none is positive
  bool empty = true;

  void include(double value);  ///< if it is finite
  /// Positive somewhere, negative nowhere, and more than `decades` from least to most.
  [[nodiscard]] bool spans(double decades) const;
};

Range range_of(const std::vector<double>& values);

/// "%g", or powers of ten where that would be long; for logarithmic axes.
std::string power_format(double least, double most);

/// A logarithmic y axis when the values span more than two decades, else a linear one that starts at 0 if 0 is near.
/// With a little room; gnuplot's own logarithmic axis would end at full decades.
std::string fitting_y(const Range& range);

/// The attribute as a number, NaN when it is missing or is none.
double number_attribute(const Dataset& data, const std::string& name);

}  // namespace linnet::plots
