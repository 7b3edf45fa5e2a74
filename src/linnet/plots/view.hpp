#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "linnet/storage/dataset.hpp"

namespace linnet::plots {

/// Of one run, over time; else of a sweep.
bool is_run(const Dataset& data);

/// A dimension as an axis.
struct Axis {
  std::string name;
  std::vector<double> values;  ///< empty for an axis of texts
  std::vector<double> places;  ///< where they are drawn: the values themselves, but on a symmetric axis
  std::vector<std::string> texts;
  bool logarithmic = false;
  double unit = 0;    ///< symmetric if positive: linear up to here, logarithmic beyond, on both sides of 0
  std::string label;  ///< markup

  [[nodiscard]] std::size_t size() const { return values.empty() ? texts.size() : values.size(); }
  [[nodiscard]] bool of_texts() const { return values.empty(); }
  /// In which order its values stand along it.
  [[nodiscard]] std::vector<std::size_t> order() const;
  [[nodiscard]] bool distinct() const;  ///< no two values at one place
};

/// By its coordinate variable; without one it counts from 1. One with a value that is not finite is of texts.
Axis axis_of(const Dataset& data, const std::string& dimension);

/// The dimensions of a variable that distinguish its pictures: those of more than one value except time and the input
/// items, and except `seed` unless it is the only one.
std::vector<Axis> varied_axes(const Dataset& data, const Variable& variable);

/// "λ", "γ_w"; the label of an axis that has no symbol.
std::string symbol_of(const Axis& axis);

/// "λ = −10", "mode 3", or the text itself; markup.
std::string text_of(const Axis& axis, std::size_t i);

/// "λ = 10, trained" for each combination of the axes' values, the last axis fastest; of no axes one empty text.
std::vector<std::string> combinations(const std::vector<Axis>& axes);

/// gnuplot's tics for a symmetric axis of so many cm: 0 and decades of the unit, few enough to read; `which` is x or y.
std::string symmetric_tics(const char* which, const Axis& axis, double axis_length);

/// A variable over chosen dimensions (C order); over the others the mean of what is finite, and its standard deviation.
struct Values {
  std::vector<double> mean;    ///< NaN where nothing is finite
  std::vector<double> spread;  ///< 0 where fewer than two are; of geometric ones a factor, and 1
  bool geometric = false;

  /// The values one standard deviation below and above.
  [[nodiscard]] double low(std::size_t i) const { return geometric ? mean[i] / spread[i] : mean[i] - spread[i]; }
  [[nodiscard]] double high(std::size_t i) const { return geometric ? mean[i] * spread[i] : mean[i] + spread[i]; }
};

/// Results of a point of a sweep whose `status` says diverged or interrupted count as not finite; its curves are kept
/// as far as they go. Throws Error (input) when
/// the variable does not lie over all of `dimensions`.
Values values_over(const Dataset& data, const std::string& variable, const std::vector<std::string>& dimensions);

/// Whether `status` says that a point behind each of these values diverged or was interrupted.
std::vector<bool> failed_over(const Dataset& data, const std::string& variable,
                              const std::vector<std::string>& dimensions);

/// The geometric mean of positive numbers and the standard deviation of their logarithms as a factor: what is in the
/// middle, and even on both sides, on a logarithmic axis.
Values geometric_values_over(const Dataset& data, const std::string& variable,
                             const std::vector<std::string>& dimensions);

/// A square over the input items, with itself.
bool is_matrix(const Variable& variable);
bool has_dimension(const Variable& variable, const std::string& dimension);
/// A part of 1, an accuracy: its axis is linear, whatever it spans.
bool is_share(const Variable& variable);
/// The variables that can be drawn: numbers over at least one dimension that are not coordinates.
std::vector<std::string> drawable(const Dataset& data);

/// "test error of the best step": long_name, or the name in words; markup.
std::string long_label(const Variable& variable);

/// A short name for a colour bar: "test error", "rank", with the unit if there is one; markup.
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

/// The scale of a variable's axis by the attribute "axis_scale".
struct AxisScale {
  enum class Kind { fitting, linear, logarithmic };
  Kind kind = Kind::fitting;
  bool own = false;  ///< a range for each panel
  std::optional<std::pair<double, double>> limits = {};

  /// Over how many decades values lie on a logarithmic axis.
  [[nodiscard]] double decades(double otherwise) const { return kind == Kind::logarithmic ? 0 : otherwise; }
  /// The range as it is to be shown.
  [[nodiscard]] Range shown(Range range) const;
};
AxisScale axis_scale(const Variable& variable);

/// "%g", or powers of ten where that would be long; for logarithmic axes.
std::string power_format(double least, double most);

/// Tics at 1, 2 and 5 times the powers of ten on an axis ("y", "cb") of less than two decades, of which gnuplot would
/// name one or two; else nothing.
std::string steps_of_decades(const char* which, double least, double most);

/// The ends of a y axis.
struct YAxis {
  double least = 0;
  double most = 1;
  bool logarithmic = false;

  /// From 0 at the foot to 1 at the top.
  [[nodiscard]] double height(double value) const;
};

/// Of such values, with a little room; see fitting_y.
YAxis y_axis(const Range& range, double decades = 2);

/// A logarithmic y axis when the values span more than so many decades, else a linear one that starts at 0 if 0 is
/// near. With a little room; gnuplot's own logarithmic axis would end at full decades.
std::string fitting_y(const Range& range, double decades = 2);

/// About how many characters the numbers on such an axis have, where it is linear.
int tic_length(const Range& range, double decades = 2);

/// The attribute as a number, NaN when it is missing or is none.
double number_attribute(const Dataset& data, const std::string& name);

}  // namespace linnet::plots
